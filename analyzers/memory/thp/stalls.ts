import type { Action, Finding } from '../../../model/finding.ts';
import { formatCount, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { THP_FOLDER, type ThpState } from '../../derived/memory/thp-state.ts';
import { kernelRelease } from '../../derived/settings.ts';
import { isSince, parseRelease } from '../../io/simulator/apply/kernel-release.ts';
import { countedFinding } from '../finding.ts';
import { THP_SECTION } from './counts.ts';

/** Allocations that compacted memory and waited for it. */
export function compactionStalls(context: Context, { stalls, defrag, enabled }: ThpState): Finding[] {
  if (stalls === undefined || stalls.value === 0 || enabled === 'never') return [];
  const perSecond =
    stalls.duration > 0 ? `, ${formatValue(stalls.value / (stalls.duration / 1e9), '1/s')}` : '';
  return [
    countedFinding(
      'memory/thp/stalls',
      'warning',
      `${formatCount(stalls.value)} allocations waited while they compacted memory${perSecond}`,
      {
        section: THP_SECTION,
        formula: `Δcompact_stall = ${formatCount(stalls.value)}${perSecond}`,
        n: stalls.n,
      },
      {
        actions: deferAction(context, defrag),
        caveats: [
          'other allocations of several pages compact, too; how long they waited is not counted: look for outliers of latency',
        ],
      },
    ),
  ];
}

/** Background compaction for who did not ask; `defer+madvise` is there since 4.11. */
function deferAction(context: Context, defrag: string | undefined): Action[] {
  const release = parseRelease(kernelRelease(context) ?? '');
  const wanted = release !== undefined && !isSince(release, '4.11') ? 'madvise' : 'defer+madvise';
  if (defrag === wanted || defrag === 'never' || defrag === 'defer') return [];
  const path = `${THP_FOLDER}defrag`;
  return [
    {
      text: 'Let memory be compacted in the background, except for those that ask by madvise',
      run: `echo ${wanted} > ${path}`,
      undo: `echo ${defrag ?? 'madvise'} > ${path}`,
      verify: `cat ${path}; grep compact_stall /proc/vmstat`,
      persist: `echo 'w ${path} - - - - ${wanted}' > /etc/tmpfiles.d/thp-defrag.conf`,
      risk: 'low',
      setting: { path, value: wanted, ...(defrag === undefined ? {} : { was: defrag }) },
    },
  ];
}
