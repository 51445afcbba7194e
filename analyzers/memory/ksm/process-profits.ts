import { ksm } from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { lastValue, readingsOf } from '../../derived/counters/readings.ts';
import { type KsmState, ksmMerging, ksmProcesses, RMAP_ITEM } from '../../derived/memory/ksm-state.ts';

/** Merging of one process at the last copy: pages, and bytes saved less what descriptions cost. */
export interface ProcessProfit {
  readonly pid: string;
  readonly items: number;
  readonly merging: number;
  readonly profit: number;
  readonly n: number;
}

/** Processes that told something of KSM, the most profitable first. */
export function processProfits(context: Context, { pageSize }: KsmState): ProcessProfit[] {
  return ksmProcesses(context)
    .map((pid) => {
      const read = (key: string) => readingsOf(context, ksm(key), 'process', pid);
      const [items, merging] = [lastValue(read('ksm_rmap_items')), lastValue(ksmMerging(context, pid))];
      const told = lastValue(read('ksm_process_profit'));
      return {
        pid,
        items,
        merging,
        profit: Number.isNaN(told) ? merging * pageSize - items * RMAP_ITEM : told,
        n: ksmMerging(context, pid)?.values.length ?? 0,
      };
    })
    .sort((a, b) => b.profit - a.profit || Number(a.pid) - Number(b.pid));
}
