import type { Action, Finding, KnobVerdict, Severity } from '../../../model/finding.ts';
import { formatCount, formatShare } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { type HardwareRatio, hardwareRatios } from '../../derived/hardware-ratios.ts';
import { residentProcesses } from '../../derived/memory/resident.ts';
import { THP_FOLDER, type ThpState } from '../../derived/memory/thp-state.ts';
import { LEAST_RUNNING } from '../../derived/perf-events.ts';
import { countedFinding } from '../finding.ts';

/** Heuristics: cycles of page walks, or misses per thousand instructions, from which huge pages can pay. */
const WALKS = 0.05;
const MISSES = 1;
/** More than this of the memory in huge pages: there is not much left for them to cover (heuristic). */
const COVERED = 0.5;
const SECTION = 'pinning/hardware/table';

/** Counts what address translation costs; Intel's names, AMD has none of cycles. */
export const countWalks: Action = {
  text: 'Count what address translation costs: that is the most huge pages can save',
  run: 'perf stat -x, -e cycles,instructions,dTLB-load-misses,dtlb_load_misses.walk_active,dtlb_store_misses.walk_active -o perf-stat.csv -- ./bench',
  risk: 'none',
};

/** The ratio, if it was counted for long enough. */
function ratioOf(context: Context, id: string): HardwareRatio | undefined {
  return context
    .derive(hardwareRatios)
    .find(({ rule, running }) => rule.id === id && !(running < LEAST_RUNNING));
}

export function walksCounted(context: Context): boolean {
  return (
    ratioOf(context, 'cpu.dtlb.walk_share') !== undefined || ratioOf(context, 'cpu.dtlb.mpki') !== undefined
  );
}

/** Whether address translation costs enough for huge pages to pay, where a PMU counted it. */
export function pageWalks(context: Context, state: ThpState): Finding[] {
  const [walks, misses] = [ratioOf(context, 'cpu.dtlb.walk_share'), ratioOf(context, 'cpu.dtlb.mpki')];
  const counted = walks ?? misses;
  if (counted === undefined) return [];
  const coverage = coverageOf(context, state);
  const dear = (walks?.value ?? 0) > WALKS || (misses?.value ?? 0) > MISSES;
  const cost = [
    ...(walks === undefined ? [] : [`${formatShare(walks.value)} of the cycles a page walk was under way`]),
    ...(misses === undefined
      ? []
      : [`${misses.value.toPrecision(3)} data TLB misses per thousand instructions`]),
  ].join(', ');
  const [severity, claim, verdict, actions] = judge(cost, dear, coverage, state);
  return [
    countedFinding(
      'memory/thp/walks',
      severity,
      claim,
      {
        section: SECTION,
        formula: [walks, misses]
          .flatMap((ratio) => (ratio === undefined ? [] : [formulaOf(ratio)]))
          .join('; '),
        n: counted.of.n,
      },
      {
        share: walks?.value ?? 0,
        verdict: { knob: 'thp', ...verdict },
        actions,
        caveats: [
          'more than 5 % of the cycles, or more than 1 miss per thousand instructions, with more than half of the memory in huge pages: heuristics',
          ...(walks === undefined
            ? ['misses are counted, not what they cost: walks of page tables in the cache are cheap']
            : [
                'walks overlap with other work, and those of loads and stores with each other: what they cost is at most this',
              ]),
        ],
      },
    ),
  ];
}

function judge(
  cost: string,
  dear: boolean,
  coverage: number,
  { enabled }: ThpState,
): readonly [Severity, string, Omit<KnobVerdict, 'knob'>, readonly Action[]] {
  if (!dear)
    return [
      'ok',
      `Address translation costs little (${cost}): huge pages have next to nothing to save`,
      { state: 'no difference', why: `what they could save is small: ${cost}` },
      [],
    ];
  if (Number.isNaN(coverage))
    return [
      'note',
      `Address translation is worth a look (${cost}); how much of the memory is huge pages was not read`,
      {
        state: 'not enough data',
        why: 'AnonHugePages of /proc/meminfo or smaps_rollup is not in the capture',
      },
      [],
    ];
  const covered = `${formatShare(coverage)} of the memory is huge pages`;
  if (coverage > COVERED)
    return [
      'note',
      `Address translation is dear (${cost}) although ${covered}`,
      {
        state: 'inconclusive',
        mechanism: covered,
        why: 'what it would cost without huge pages was not measured: compare runs with never',
      },
      [
        {
          text: 'Pages of 1 GiB (hugetlbfs, mmap MAP_HUGE_1GB), or data that is used together kept together, are what is left',
          risk: 'low',
        },
      ],
    ];
  return [
    'note',
    `Address translation is dear (${cost}) and ${covered}: huge pages can pay`,
    { state: 'inconclusive', why: 'the rule says it can pay, runs with and without say whether it does' },
    enabled === 'always' ? [] : tryAlways(enabled),
  ];
}

function tryAlways(enabled: string | undefined): Action[] {
  const path = `${THP_FOLDER}enabled`;
  return [
    {
      text: 'Give the program huge pages, and compare: for all programs, or by madvise(MADV_HUGEPAGE), -XX:+UseTransparentHugePages, GLIBC_TUNABLES=glibc.malloc.hugetlb=1 for this one',
      run: `echo always > ${path}`,
      undo: `echo ${enabled ?? 'madvise'} > ${path}`,
      verify: 'grep AnonHugePages /proc/$(pidof myprog)/smaps_rollup',
      persist: 'transparent_hugepage=always on the kernel command line',
      risk: 'low',
      setting: { path, value: 'always', ...(enabled === undefined ? {} : { was: enabled }) },
    },
  ];
}

/** Of the process that was looked at where one was, else of the host. */
function coverageOf(context: Context, { huge, anonymous }: ThpState): number {
  const known = context.derive(residentProcesses).filter((each) => each.huge >= 0 && each.anonymous > 0);
  const [largest] = [...known].sort((a, b) => b.anonymous - a.anonymous);
  return largest === undefined ? huge / anonymous : largest.huge / largest.anonymous;
}

function formulaOf({ rule, of, over, value }: HardwareRatio): string {
  const factor = rule.times === 1 ? '' : ` × ${rule.times}`;
  const result = rule.unit === 'share' ? formatShare(value) : value.toPrecision(3);
  return `${of.name} ${formatCount(of.value)}${factor} ÷ ${over.name} ${formatCount(over.value)} = ${result}`;
}
