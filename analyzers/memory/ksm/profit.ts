import { formatCount } from '../../../model/units.ts';
import { type KsmState, RMAP_ITEM } from '../../derived/memory/ksm-state.ts';

/** What is saved less what descriptions cost, with the numbers put in. */
export function profitFormula(state: KsmState): string {
  const { sharing, zero, pageSize, items, profit } = state;
  const computed = (sharing + (Number.isNaN(zero) ? 0 : zero)) * pageSize - items * RMAP_ITEM;
  const pages =
    Number.isNaN(zero) || zero === 0
      ? formatCount(sharing)
      : `(${formatCount(sharing)} + ${formatCount(zero)} zero)`;
  const text = `${pages} × ${pageSize} − ${formatCount(items)} × ${RMAP_ITEM} = ${formatCount(computed)} bytes`;
  return state.profitBy === 'formula' || computed === profit
    ? text
    : `general_profit = ${formatCount(profit)} bytes; files copied a moment apart give ${text}`;
}
