import type { Finding } from '../../../model/finding.ts';
import { formatCount, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { hugePageSizes } from '../../derived/memory/huge-page-sizes.ts';
import type { ThpState } from '../../derived/memory/thp-state.ts';
import { countedFinding } from '../finding.ts';
import { bloatCaveat, captureBoth } from './bloat.ts';
import { gained, THP_SECTION } from './counts.ts';
import { countWalks, walksCounted } from './walks.ts';

/** Are huge pages given? What they are worth one run does not say. */
export function thpVerdict(context: Context, state: ThpState): Finding {
  const { enabled, allocated, hugeSize, huge, anonymous } = state;
  const set = enabled === undefined ? '' : ` (enabled = ${enabled})`;
  const count = gained(allocated);
  const used = count > 0 ? `${formatCount(count)} page faults got a huge page` : undefined;
  const coverage = Number.isFinite(huge / anonymous)
    ? `; at the last copy ${formatValue(huge, 'bytes')} of ${formatValue(anonymous, 'bytes')} anonymous memory is huge pages`
    : '';
  const [claim, why] =
    enabled === 'never' && !(count > 0)
      ? [`Huge pages are switched off${set}`, 'switched off: enabled = never']
      : used !== undefined
        ? [
            `${used}${set}`,
            'one run shows that huge pages are given, not what they are worth: compare runs with and without',
          ]
        : Number.isNaN(count)
          ? [`Whether page faults get huge pages is not known${set}`, 'two copies of /proc/vmstat are needed']
          : [`No page fault got a huge page${set}`, 'nothing asked for huge pages, or none was to be had'];
  return countedFinding(
    'memory/thp/verdict',
    used === undefined && enabled === 'always' ? 'note' : 'ok',
    claim,
    {
      section: THP_SECTION,
      formula: `Δthp_fault_alloc = ${formatCount(count)} events, each one page of ${formatValue(hugeSize, 'bytes')}${coverage}`,
      n: Math.max(1, allocated?.n ?? 0),
    },
    {
      share: Number.isFinite(huge / anonymous) ? huge / anonymous : 0,
      actions: [captureBoth(state), ...(walksCounted(context) ? [] : [countWalks])],
      caveats: [
        'counts are of events on the whole host; pages freed since are still in them',
        `AnonHugePages has huge pages of PMD size only, not smaller ones (mTHP${smallerOnes(context, hugeSize)}), nor those of hugetlbfs`,
        ...(used === undefined && !(huge > 0) ? [] : [bloatCaveat(context, state)]),
      ],
      verdict: {
        knob: 'thp',
        state: 'not enough data',
        ...(used === undefined ? {} : { mechanism: used }),
        why,
      },
    },
  );
}

/** `, 12 MiB here`: what smaller huge pages hold, where that was read. */
function smallerOnes(context: Context, hugeSize: number): string {
  const held = context
    .derive(hugePageSizes)
    .filter(({ bytes, held: own }) => bytes < hugeSize && own > 0)
    .reduce((sum, { held: own }) => sum + own, 0);
  return held > 0 ? `, ${formatValue(held, 'bytes')} here` : '';
}
