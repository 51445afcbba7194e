import type { Action, Finding } from '../../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { mostBloat, residentProcesses } from '../../derived/memory/resident.ts';
import { THP_FOLDER, type ThpState } from '../../derived/memory/thp-state.ts';
import { pageSize } from '../../derived/page-size.ts';
import { countedFinding } from '../finding.ts';
import { gained, THP_SECTION } from './counts.ts';

/** Both arms with the memory of the program as it grows: what memory bloat is computed from. */
export function captureBoth({ enabled }: ThpState): Action {
  const knob = `${THP_FOLDER}enabled`;
  return {
    text: 'Run the program several times with never and with always, by turns, and compare run time and resident memory (bloat = RSS with always ÷ RSS with never − 1)',
    run: `for i in 1 2 3 4 5 6; do for v in never always; do d=runs/$v/rep-0$i; mkdir -p $d; echo $v > ${knob}; cat ${knob} > $d/sys@kernel@mm@transparent_hugepage@enabled; cat /proc/vmstat > $d/before@proc@vmstat; ./bench > $d/workload.txt & p=$!; while sleep 0.2; cat /proc/$p/smaps_rollup > $d/rollup 2> /dev/null; do mv $d/rollup $d/proc@$p@smaps_rollup; cat /proc/$p/status > $d/proc@$p@status; done; rm $d/rollup; cat /proc/vmstat > $d/after@proc@vmstat; done; done; vtune compare --group never=runs/never --group always=runs/always`,
    undo: `echo ${enabled ?? 'madvise'} > ${knob}`,
    verify: `cat ${knob}`,
    risk: 'low',
  };
}

/** What one capture can say of memory nobody asked for: the most it can be. */
export function bloatCaveat(context: Context, { hugeSize, enabled }: ThpState): string {
  const size = context.derive(pageSize);
  const [worst] = context
    .derive(residentProcesses)
    .filter(({ huge }) => huge > 0)
    .map((process) => ({ ...process, bloat: mostBloat(process, hugeSize, size) }))
    .sort((a, b) => b.huge - a.huge);
  if (worst === undefined)
    return 'what huge pages add to resident memory (RSS with always ÷ RSS with never − 1) takes smaps_rollup or status of the process under both settings';
  return `how much of its huge pages process ${worst.pid} touched one run${enabled === undefined ? '' : ` with ${enabled}`} does not tell: of ${formatValue(worst.rss, 'bytes')} resident, ${formatValue(worst.huge, 'bytes')} is huge pages, which can have made it larger by anything up to ${formatShare(worst.bloat)}`;
}

/** Huge pages the kernel took apart as mostly zeros: bloat that was counted. */
export function underusedPages(state: ThpState): Finding[] {
  const count = gained(state.underused);
  if (!(count > 0)) return [];
  return [
    countedFinding(
      'memory/thp/underused',
      'note',
      `${formatCount(count)} huge pages were taken apart as mostly zeros: memory the programs had not touched`,
      {
        section: THP_SECTION,
        formula: `Δthp_underused_split_page = ${formatCount(count)} × ${formatValue(state.hugeSize, 'bytes')} = ${formatValue(count * state.hugeSize, 'bytes')} at the most`,
        n: state.underused?.n ?? 1,
      },
      {
        actions: [
          {
            text: 'Give huge pages only to those that ask by madvise, and compare resident memory',
            run: `echo madvise > ${THP_FOLDER}enabled`,
            undo: `echo ${state.enabled ?? 'always'} > ${THP_FOLDER}enabled`,
            verify: 'grep -E "^(Rss|AnonHugePages)" /proc/$(pidof myprog)/smaps_rollup',
            persist: 'transparent_hugepage=madvise on the kernel command line',
            risk: 'low',
          },
        ],
        caveats: [
          'pages are looked at only under reclaim, and only those with more zeros than khugepaged/max_ptes_none allows: there can be more',
        ],
      },
    ),
  ];
}
