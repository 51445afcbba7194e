import type { Section } from '../../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import type { KsmState } from '../../derived/memory/ksm-state.ts';
import type { ProcessProfit } from './process-profits.ts';
import { profitFormula } from './profit.ts';

const MOST_ROWS = 100;

export function countsTable(state: KsmState): Section {
  const pages = (count: number): string =>
    Number.isNaN(count)
      ? '–'
      : `${formatCount(count)} pages, ${formatValue(count * state.pageSize, 'bytes')}`;
  const rows: [string, string][] = [
    ['run', formatCount(state.run)],
    ['full_scans', formatCount(state.fullScans)],
    ['pages_shared', pages(state.shared)],
    ['pages_sharing', pages(state.sharing)],
    ['pages_unshared', pages(state.unshared)],
    ['pages_volatile', pages(state.volatile)],
    ['ksm_zero_pages', pages(state.zero)],
    [`profit (${state.profitBy})`, profitFormula(state)],
    ['sharing ÷ shared', formatCount(state.sharing / state.shared)],
    ['unshared ÷ sharing', formatCount(state.unshared / state.sharing)],
    ['pages scanned a second', formatCount(Math.round(state.scanRate))],
    ['time of a full pass', formatValue(state.passSeconds * 1e9, 'ns')],
    ['CPU of ksmd', formatShare(state.cpu)],
  ];
  return {
    kind: 'table',
    id: 'memory/ksm/counts',
    title: 'Same-page merging at the last copy',
    note: `${formatCount(state.n)} readings; pages of ${formatValue(state.pageSize, 'bytes')}.`,
    columns: [
      { name: 'what', unit: 'text' },
      { name: 'value', unit: 'text' },
    ],
    rows: rows.map((cells) => ({ cells })),
    of: rows.length,
  };
}

export function processTable(processes: readonly ProcessProfit[]): Section[] {
  if (processes.length === 0) return [];
  return [
    {
      kind: 'table',
      id: 'memory/ksm/processes',
      title: 'Merged pages by process',
      columns: [
        { name: 'process', unit: 'text' },
        { name: 'pages merged', unit: 'count' },
        { name: 'pages described', unit: 'count' },
        { name: 'profit', unit: 'bytes' },
        { name: 'readings', unit: 'count' },
      ],
      rows: processes
        .slice(0, MOST_ROWS)
        .map(({ pid, merging, items, profit, n }) => ({ cells: [pid, merging, items, profit, n] })),
      of: processes.length,
    },
  ];
}
