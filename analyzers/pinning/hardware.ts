import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { counted, LEAST_RUNNING, type PerfEvent, perfEvents } from '../derived/perf-events.ts';

/** Ratios of hardware counters: what is counted over what, and how many times. */
const ratios = [
  {
    id: 'cpu.ipc',
    what: 'instructions per cycle',
    of: ['instructions'],
    over: ['cycles', 'cpu-cycles'],
    times: 1,
    better: 'higher',
  },
  {
    id: 'cpu.llc.mpki',
    what: 'last-level cache misses per thousand instructions',
    of: ['LLC-load-misses', 'cache-misses'],
    over: ['instructions'],
    times: 1000,
    better: 'lower',
  },
  {
    id: 'cpu.dtlb.mpki',
    what: 'data TLB misses per thousand instructions',
    of: ['dTLB-load-misses'],
    over: ['instructions'],
    times: 1000,
    better: 'lower',
  },
] as const;

interface Ratio {
  readonly rule: (typeof ratios)[number];
  readonly of: PerfEvent & { readonly name: string };
  readonly over: PerfEvent & { readonly name: string };
  /** Share of the time in which the scarcer of both was counted; NaN = not told. */
  readonly running: number;
}

/** What migrations cost in caches, where a PMU counted it long enough. */
export const hardwareCounters = defineAnalyzer({
  id: 'pinning/hardware',
  question: 'What do hardware counters say of caches and instructions?',
  needs: [
    {
      missing:
        'hardware counters on this machine: perf stat printed <not supported> or <not counted> for all of them (a guest without a virtual PMU, or a host that hides it)',
      captureWith:
        'perf stat -x, -e cycles,instructions,LLC-load-misses,dTLB-load-misses -o perf-stat.csv -- ./bench   # on the host; or give the guest a PMU: <features><pmu state="on"/></features>',
      unusable: true,
      met: (_, context) => !context.derive(notSupported),
    },
    {
      missing:
        'hardware counters (cycles, instructions, cache misses); a virtual machine may have none: measure on its host',
      captureWith:
        'perf stat -x, -e cycles,instructions,LLC-load-misses,dTLB-load-misses -o perf-stat.csv -- ./bench',
      met: (_, context) => context.derive(ratiosCounted).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cpu.ipc',
      unit: 'count',
      labels: [],
      about: 'Instructions per cycle. Not told of counters that ran less than half the time.',
    },
    {
      id: 'cpu.llc.mpki',
      unit: 'count',
      labels: [],
      about:
        'Misses of the last-level cache per thousand instructions; of all cache-misses where loads were not counted apart.',
    },
    {
      id: 'cpu.dtlb.mpki',
      unit: 'count',
      labels: [],
      about: 'Misses of the data TLB by loads, per thousand instructions.',
    },
  ],
  run(context) {
    const found = context.derive(ratiosCounted);
    const good = found.filter(({ running }) => !(running < LEAST_RUNNING));
    return {
      metrics: good.map(
        ({ rule, of, over }): Metric => ({
          id: rule.id,
          labels: {},
          value: (of.value * rule.times) / over.value,
          unit: 'count',
          better: rule.better,
          n: of.n,
        }),
      ),
      findings: refused(found.filter((each) => !good.includes(each))),
      sections: [
        {
          kind: 'table',
          id: 'pinning/hardware/table',
          title: 'Hardware counters',
          columns: [
            { name: 'what', unit: 'text' },
            { name: 'value', unit: 'text' },
            { name: 'of', unit: 'text' },
            { name: 'counted for', unit: 'text' },
          ],
          rows: found.map(({ rule, of, over, running }) => ({
            cells: [
              rule.what,
              running < LEAST_RUNNING ? 'not told' : ((of.value * rule.times) / over.value).toPrecision(3),
              `${of.name} ${formatCount(of.value)}, ${over.name} ${formatCount(over.value)}`,
              Number.isNaN(running) ? 'not told' : formatShare(running),
            ],
          })),
          of: found.length,
        },
      ],
    };
  },
});

/** Counters of the PMU were asked for, and there is none: every one of them is without a value. */
function notSupported(context: Context): boolean {
  const events = context.derive(perfEvents);
  const asked = ratios.flatMap(({ of, over }) => [...of, ...over]).flatMap((name) => events.get(name) ?? []);
  return asked.length > 0 && asked.every(({ value }) => Number.isNaN(value));
}

function ratiosCounted(context: Context): Ratio[] {
  const events = context.derive(perfEvents);
  return ratios.flatMap((rule): Ratio[] => {
    const [of, over] = [counted(events, rule.of), counted(events, rule.over)];
    if (of === undefined || over === undefined || !(over.value > 0)) return [];
    return [{ rule, of, over, running: least(of.running, over.running) }];
  });
}

function least(a: number, b: number): number {
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b);
}

function refused(found: readonly Ratio[]): Finding[] {
  const [first] = found;
  if (first === undefined) return [];
  return [
    {
      id: 'pinning/hardware/multiplexed',
      severity: 'warning',
      claim: `Not enough data: ${first.rule.what} was counted for ${formatShare(first.running)} of the time, the rest is scaled up`,
      share: 1 - first.running,
      confidence: {
        n: first.of.n,
        low: 1 - first.running,
        high: 1 - first.running,
        bounds: true,
        why: `Counters that ran less than ${formatShare(LEAST_RUNNING)} of the time are not compared (heuristic).`,
      },
      evidence: [{ label: 'hardware counters', section: 'pinning/hardware/table', selection: {} }],
      actions: [
        {
          text: 'Count fewer events at once',
          run: 'perf stat -x, -e cycles,instructions,LLC-load-misses -o perf-stat.csv -- ./bench',
          risk: 'none',
        },
      ],
      caveats: found.slice(1).map(({ rule, running }) => `${rule.what}: ${formatShare(running)} of the time`),
    },
  ];
}
