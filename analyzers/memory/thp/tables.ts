import type { Metric } from '../../../model/metric.ts';
import type { Section } from '../../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import type { HugePageSize } from '../../derived/memory/huge-page-sizes.ts';
import type { ThpState } from '../../derived/memory/thp-state.ts';
import { gained, SIZES_SECTION, THP_SECTION } from './counts.ts';

/** Counts and amounts of huge pages of PMD size. */
export function countsTable(state: ThpState, coverages: readonly Metric[]): Section {
  const rows: [string, string][] = [
    ['enabled', state.enabled ?? '–'],
    ['defrag', state.defrag ?? '–'],
    ['faults that got a huge page', formatCount(gained(state.allocated))],
    ['faults that fell back', formatCount(gained(state.fallback))],
    ['collapsed by khugepaged', formatCount(gained(state.collapsed))],
    ['huge pages split', formatCount(gained(state.split))],
    ['of them as mostly zeros', formatCount(gained(state.underused))],
    ['waits for compaction', formatCount(gained(state.stalls))],
    ['page faults of the host', formatCount(gained(state.faults))],
    ['anonymous memory', formatValue(state.anonymous, 'bytes')],
    ['of it huge', formatShare(state.huge / state.anonymous)],
    ['huge pages free memory could give', formatCount(state.available)],
    ...coverages.map(({ labels, value }): [string, string] => [
      `process ${labels.pid}: huge`,
      formatShare(value),
    ]),
  ];
  return {
    kind: 'table',
    id: THP_SECTION,
    title: 'Transparent huge pages',
    note: 'Differences between the first and the last copy; amounts at the last.',
    columns: [
      { name: 'what', unit: 'text' },
      { name: 'value', unit: 'text' },
    ],
    rows: rows.map((cells) => ({ cells })),
    of: rows.length,
  };
}

/** Anonymous huge pages by size. */
export function sizesTable(sizes: readonly HugePageSize[]): Section[] {
  if (sizes.length === 0) return [];
  return [
    {
      kind: 'table',
      id: SIZES_SECTION,
      title: 'Huge pages by size (mTHP)',
      note: 'Events between the copies, amounts at the last. AnonHugePages of /proc/meminfo and smaps has the largest of these sizes only.',
      columns: [
        { name: 'size', unit: 'text' },
        { name: 'enabled', unit: 'text' },
        { name: 'faults that got one', unit: 'count' },
        { name: 'faults that fell back', unit: 'count' },
        { name: 'swapped out whole', unit: 'count' },
        { name: 'split', unit: 'count' },
        { name: 'held', unit: 'bytes' },
      ],
      rows: sizes.map(({ size, enabled, allocated, fallback, swappedOut, split, held }) => ({
        cells: [
          size,
          enabled ?? '–',
          gained(allocated),
          gained(fallback),
          gained(swappedOut),
          gained(split),
          held,
        ],
      })),
      of: sizes.length,
    },
  ];
}
