import type { Action, Finding } from '../../../model/finding.ts';
import { formatCount, formatShare } from '../../../model/units.ts';
import type { HugePageSize } from '../../derived/memory/huge-page-sizes.ts';
import type { ThpState } from '../../derived/memory/thp-state.ts';
import { countedFinding } from '../finding.ts';
import { fallbackRatio, gained, SIZES_SECTION, THP_SECTION } from './counts.ts';

/** Of the faults that wanted a huge page, so many in vain are worth a word (heuristic). */
const MANY = 0.1;

/** Memory is put together by the kernel at once; nothing is set, so there is nothing to take back. */
const compact: Action = {
  text: 'Compact memory once, before the program starts: free blocks of the size of a huge page are what is missing',
  run: 'echo 1 > /proc/sys/vm/compact_memory',
  verify: 'cat /proc/buddyinfo   # the columns from order 9 on',
  persist:
    'vm.compaction_proactiveness (5.9 and later) keeps compacting in the background; hugetlbfs pages are reserved at boot',
  risk: 'low',
};

/** Faults that wanted a huge page, of any size, and got small ones. */
export function fallbackFindings(state: ThpState, sizes: readonly HugePageSize[]): Finding[] {
  return [
    ...ofPmdSize(state),
    // The largest size is told above, where /proc/vmstat counts it, too.
    ...sizes.filter(({ bytes }) => bytes !== state.hugeSize).flatMap(ofSize),
  ];
}

function ofPmdSize(state: ThpState): Finding[] {
  const ratio = fallbackRatio(state);
  if (!(ratio > MANY)) return [];
  const [got, not] = [gained(state.allocated), gained(state.fallback)];
  const free = Number.isNaN(state.available)
    ? ''
    : `; free memory could give ${formatCount(state.available)} at the last copy`;
  return [
    countedFinding(
      'memory/thp/fallback',
      'note',
      `${formatShare(ratio)} of the faults that wanted a huge page got small pages`,
      {
        section: THP_SECTION,
        formula: `${formatCount(not)} ÷ (${formatCount(got)} + ${formatCount(not)}) = ${formatShare(ratio)}${free}`,
        n: got + not,
      },
      {
        share: ratio,
        actions: [compact],
        caveats: [
          state.available > not
            ? 'free blocks were large enough at the last copy: a limit of the control group refuses them, too, or memory was short before'
            : 'memory was fragmented or short',
          'more than 10 % is a heuristic',
        ],
      },
    ),
  ];
}

function ofSize({ size, allocated, fallback }: HugePageSize): Finding[] {
  const [got, not] = [gained(allocated), gained(fallback)];
  const ratio = not / (got + not);
  if (!(ratio > MANY)) return [];
  return [
    countedFinding(
      `memory/thp/fallback/${size}`,
      'note',
      `${formatShare(ratio)} of the faults that wanted a page of ${size} got smaller ones`,
      {
        section: SIZES_SECTION,
        formula: `${formatCount(not)} ÷ (${formatCount(got)} + ${formatCount(not)}) = ${formatShare(ratio)}`,
        n: got + not,
      },
      {
        share: ratio,
        actions: [compact],
        caveats: [
          'a fault tries the sizes that are enabled from the largest down',
          'more than 10 % is a heuristic',
        ],
      },
    ),
  ];
}
