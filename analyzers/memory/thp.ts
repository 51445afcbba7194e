import type { Action, Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { smaps } from '../../model/page-series.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { entitiesOf, lastValue, readingsOf } from '../derived/counters/readings.ts';
import { THP_FOLDER, type ThpState, thpState } from '../derived/memory/thp-state.ts';
import { kernelRelease } from '../derived/settings.ts';
import { isSince, parseRelease } from '../io/simulator/apply/kernel-release.ts';
import { countedFinding } from './finding.ts';

const section = 'memory/thp/counts';
/** Of the faults that wanted a huge page, so many in vain are worth a word (heuristic). */
const MANY_FALLBACKS = 0.1;

/** Whether huge pages are used, given on demand, and what getting them costs. */
export const thpAnalyzer = defineAnalyzer({
  id: 'memory/thp',
  question: 'Are transparent huge pages used, and what do they cost?',
  needs: [
    {
      missing: 'copies of /sys/kernel/mm/transparent_hugepage/enabled, /proc/vmstat or /proc/meminfo',
      captureWith:
        'for w in before after; do for f in sys/kernel/mm/transparent_hugepage/enabled sys/kernel/mm/transparent_hugepage/defrag proc/vmstat proc/meminfo proc/buddyinfo; do cat /$f > $w@$(echo $f | tr / @); done; [ $w = after ] || ./bench; done',
      met: (_, context) => context.derive(thpState) !== undefined,
    },
  ],
  metrics: [
    {
      id: 'memory.thp.coverage',
      unit: 'share',
      labels: ['pid'],
      about:
        'AnonHugePages ÷ AnonPages of the host at the last copy; with a pid, AnonHugePages ÷ Anonymous of smaps. Huge pages of PMD size only.',
    },
    {
      id: 'memory.thp.fault_alloc',
      unit: 'count',
      labels: [],
      about: 'Page faults that got a huge page of PMD size between the copies: events, not bytes.',
    },
    {
      id: 'memory.thp.fallback',
      unit: 'share',
      labels: [],
      about: 'Δfallback ÷ (Δalloc + Δfallback) of faults that wanted a huge page. n is such faults.',
    },
    {
      id: 'memory.thp.stalls',
      unit: 'count',
      labels: [],
      about: 'Δcompact_stall: allocations that had to compact memory themselves and waited for it.',
    },
    {
      id: 'memory.thp.available',
      unit: 'count',
      labels: [],
      about: 'Huge pages that free blocks of /proc/buddyinfo could give at once, all nodes and zones.',
    },
  ],
  run(context) {
    const state = context.derive(thpState);
    if (state === undefined) return { metrics: [], findings: [], sections: [] };
    const coverages = coverageByProcess(context);
    return {
      metrics: [...hostMetrics(state), ...coverages],
      findings: [verdictFinding(state), ...stallFinding(context, state), ...fallbackFinding(state)],
      sections: [table(state, coverages)],
    };
  },
});

const gained = (increase: { readonly value: number } | undefined): number => increase?.value ?? Number.NaN;

function fallbackRatio({ allocated, fallback }: ThpState): number {
  return gained(fallback) / (gained(allocated) + gained(fallback));
}

function hostMetrics(state: ThpState): Metric[] {
  const { allocated, fallback, stalls, huge, anonymous, available } = state;
  const metric = (id: string, value: number, unit: Metric['unit'], better: Metric['better'], n: number) =>
    Number.isFinite(value) ? [{ id: `memory.thp.${id}`, labels: {}, value, unit, better, n }] : [];
  return [
    ...metric('coverage', huge / anonymous, 'share', 'neither', 1),
    ...metric('fault_alloc', gained(allocated), 'count', 'neither', allocated?.n ?? 0),
    ...metric('fallback', fallbackRatio(state), 'share', 'lower', gained(allocated) + gained(fallback)),
    ...metric('stalls', gained(stalls), 'count', 'lower', stalls?.n ?? 0),
    ...metric('available', available, 'count', 'neither', 1),
  ];
}

function coverageByProcess(context: Context): Metric[] {
  return entitiesOf(context, 'process').flatMap((pid): Metric[] => {
    const huge = readingsOf(context, smaps('AnonHugePages'), 'process', pid);
    const value = lastValue(huge) / lastValue(readingsOf(context, smaps('Anonymous'), 'process', pid));
    if (huge === undefined || !Number.isFinite(value)) return [];
    return [
      {
        id: 'memory.thp.coverage',
        labels: { pid },
        value,
        unit: 'share',
        better: 'neither',
        n: huge.values.length,
      },
    ];
  });
}

function verdictFinding(state: ThpState): Finding {
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
      section,
      formula: `Δthp_fault_alloc = ${formatCount(count)} events, each one page of ${formatValue(hugeSize, 'bytes')}${coverage}`,
      n: Math.max(1, allocated?.n ?? 0),
    },
    {
      share: Number.isFinite(huge / anonymous) ? huge / anonymous : 0,
      actions: [
        {
          text: 'Run the program several times with never and with always, by turns, and compare',
          run: 'vtune compare --group never=runs/never --group always=runs/always',
          risk: 'none',
        },
      ],
      caveats: [
        'counts are of events on the whole host; pages freed since are still in them',
        'AnonHugePages has huge pages of PMD size only, not smaller ones (mTHP), nor those of hugetlbfs',
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

function stallFinding(context: Context, { stalls, defrag, enabled }: ThpState): Finding[] {
  if (stalls === undefined || stalls.value === 0 || enabled === 'never') return [];
  const perSecond =
    stalls.duration > 0 ? `, ${formatValue(stalls.value / (stalls.duration / 1e9), '1/s')}` : '';
  return [
    countedFinding(
      'memory/thp/stalls',
      'warning',
      `${formatCount(stalls.value)} allocations waited while they compacted memory${perSecond}`,
      {
        section,
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

function fallbackFinding(state: ThpState): Finding[] {
  const ratio = fallbackRatio(state);
  if (!(ratio > MANY_FALLBACKS)) return [];
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
        section,
        formula: `${formatCount(not)} ÷ (${formatCount(got)} + ${formatCount(not)}) = ${formatShare(ratio)}${free}`,
        n: got + not,
      },
      { share: ratio, caveats: ['memory was fragmented or short; more than 10 % is a heuristic'] },
    ),
  ];
}

function table(state: ThpState, coverages: readonly Metric[]) {
  const rows: [string, string][] = [
    ['enabled', state.enabled ?? '–'],
    ['defrag', state.defrag ?? '–'],
    ['faults that got a huge page', formatCount(gained(state.allocated))],
    ['faults that fell back', formatCount(gained(state.fallback))],
    ['collapsed by khugepaged', formatCount(gained(state.collapsed))],
    ['huge pages split', formatCount(gained(state.split))],
    ['waits for compaction', formatCount(gained(state.stalls))],
    ['page faults of the host', formatCount(gained(state.faults))],
    ['anonymous memory', formatValue(state.anonymous, 'bytes')],
    ['of it huge', formatShare(state.huge / state.anonymous)],
    ['huge pages free memory could give', formatCount(state.available)],
    ...coverages
      .slice(0, 50)
      .map(({ labels, value }): [string, string] => [`process ${labels.pid}: huge`, formatShare(value)]),
  ];
  return {
    kind: 'table',
    id: section,
    title: 'Transparent huge pages',
    note: 'Differences between the first and the last copy; amounts at the last.',
    columns: [
      { name: 'what', unit: 'text' },
      { name: 'value', unit: 'text' },
    ],
    rows: rows.map((cells) => ({ cells })),
    of: rows.length,
  } as const;
}
