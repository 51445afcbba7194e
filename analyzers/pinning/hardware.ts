import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type HardwareRatio, hardwareRatios } from '../derived/hardware-ratios.ts';
import { LEAST_RUNNING } from '../derived/perf-events.ts';

/** What migrations cost in caches, where a PMU counted it long enough. */
export const hardwareCounters = defineAnalyzer({
  id: 'pinning/hardware',
  question: 'What do hardware counters say of caches and instructions?',
  needs: [
    {
      missing:
        'hardware counters (cycles, instructions, cache misses); a virtual machine may have none: measure on its host',
      captureWith:
        'perf stat -x, -e cycles,instructions,LLC-load-misses,dTLB-load-misses -o perf-stat.csv -- ./bench',
      met: (_, context) => context.derive(hardwareRatios).length > 0,
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
    {
      id: 'cpu.dtlb.walk_share',
      unit: 'share',
      labels: [],
      about:
        'Cycles in which a page walk for a load was under way, and those for stores where they were counted, over cycles (Intel: dtlb_load_misses.walk_active).',
    },
  ],
  run(context) {
    const found = context.derive(hardwareRatios);
    const good = found.filter(({ running }) => !(running < LEAST_RUNNING));
    return {
      metrics: good.map(
        ({ rule, value, of }): Metric => ({
          id: rule.id,
          labels: {},
          value,
          unit: rule.unit,
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
          rows: found.map(({ rule, value, of, over, running }) => ({
            cells: [
              rule.what,
              running < LEAST_RUNNING
                ? 'not told'
                : rule.unit === 'share'
                  ? formatShare(value)
                  : value.toPrecision(3),
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

function refused(found: readonly HardwareRatio[]): Finding[] {
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
