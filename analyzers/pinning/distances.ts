import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { TableSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import {
  inOrder,
  leavesCache,
  type MigrationDistances,
  migrationDistances,
  type ThreadMoves,
} from '../derived/pinning/migration-distances.ts';
import { captureTopology, distances } from '../derived/sched/topology.ts';

const SECTION = 'pinning/distances/table';
const MOST_ROWS = 100;
/** Moves a second of one thread across caches from which pinning may pay (heuristic). */
const OFTEN = 100;
/** Seconds and moves below which no rate is judged. */
const SHORTEST = 0.5;
const FEWEST = 20;

/** A move within a core costs next to nothing; across caches and nodes what was cached has to be fetched again. */
export const migrationDistance = defineAnalyzer({
  id: 'pinning/distances',
  question: 'How far are threads moved: within a core, a cache, a node, or across?',
  needs: [
    {
      missing: 'sched_migrate_task events',
      captureWith:
        'perf record -a -k CLOCK_MONOTONIC -e sched:sched_migrate_task -- sleep 30 && perf script --ns > migrations.txt   # beside it topology.txt: ' +
        captureTopology,
      met: ({ tables }) => tables.migrations.length > 0,
    },
  ],
  metrics: [
    {
      id: 'cpu.migrations.by_distance',
      unit: 'count',
      labels: ['distance'],
      about:
        'sched_migrate_task events by how far orig_cpu and dest_cpu are apart: same core, same cache (last level), same socket, same node, other socket, other node, not known.',
    },
    {
      id: 'cpu.migrations.across_cache.rate',
      unit: '1/s',
      labels: ['thread'],
      about: 'Moves of a thread that left the last-level cache behind, a second; the ten with the most.',
    },
  ],
  run(context) {
    const found = context.derive(migrationDistances);
    const seconds = found.duration / 1e9;
    return {
      metrics: [
        ...inOrder(found.byDistance).map(
          ([distance, value]): Metric => ({
            id: 'cpu.migrations.by_distance',
            labels: { distance },
            value,
            unit: 'count',
            better: 'lower',
            n: found.total,
          }),
        ),
        ...(found.known && seconds > 0
          ? found.threads.slice(0, 10).map(
              ({ label, byDistance, total }): Metric => ({
                id: 'cpu.migrations.across_cache.rate',
                labels: { thread: label },
                value: leavesCache(byDistance) / seconds,
                unit: '1/s',
                better: 'lower',
                n: total,
              }),
            )
          : []),
      ],
      findings: [found.known ? judged(found) : unknown(found)],
      sections: [table(found)],
    };
  },
});

const evidence = (formula: string) => [
  { label: 'moves by distance', section: SECTION, selection: {}, formula },
];

function unknown({ total }: MigrationDistances): Finding {
  return {
    id: 'pinning/distances/unknown',
    severity: 'note',
    claim: `How far ${formatCount(total)} moves of threads went is not known: the topology of the host was not captured`,
    share: 0,
    confidence: {
      n: total,
      low: 0,
      high: 1,
      why: 'not enough data: CPU numbers alone tell no distance',
      bounds: true,
    },
    evidence: evidence(`${formatCount(total)} sched_migrate_task events, none with a known distance`),
    actions: [
      {
        text: 'Capture which CPUs share cores, caches and nodes, and put it beside the trace',
        run: captureTopology,
        risk: 'none',
      },
    ],
    caveats: [],
  };
}

function judged(found: MigrationDistances): Finding {
  const { threads, byDistance, total, duration } = found;
  const seconds = duration / 1e9;
  const across = leavesCache(byDistance);
  const unclear = byDistance.get('not known') ?? 0;
  const [most] = threads as readonly [ThreadMoves];
  const rate = leavesCache(most.byDistance) / seconds;
  const enough = seconds >= SHORTEST && total >= FEWEST;
  const often = enough && rate > OFTEN;
  const share = across / total;
  const parts = inOrder(byDistance)
    .map(([distance, count]) => `${distance} ${formatCount(count)}`)
    .join(', ');
  return {
    id: 'pinning/distances/across',
    severity: often ? 'warning' : across > 0 ? 'note' : 'ok',
    claim: `${formatShare(share)} of ${formatCount(total)} moves left the last-level cache${across === 0 || !(seconds > 0) ? '' : `; ${most.label} the most, ${rate.toFixed(1)} a second`}`,
    share: often ? share : 0,
    confidence: {
      n: total,
      low: across / total,
      high: (across + unclear) / total,
      why: enough
        ? 'every move is an event; topology as the kernel tells it'
        : `not enough data for rates: ${formatCount(total)} moves${seconds > 0 ? ` in ${formatValue(duration, 'ns')}` : ''}`,
      bounds: true,
    },
    evidence: evidence(
      `${parts}; ${most.label}: ${formatCount(leavesCache(most.byDistance))} / ${seconds.toFixed(2)} s = ${Number.isFinite(rate) ? rate.toFixed(1) : 'not known'} a second, above ${OFTEN} worth a try (heuristic)`,
    ),
    actions: often
      ? [
          {
            text: `Hold ${most.label} to the CPUs of one cache, and compare: it pays when cache misses fall by a tenth or more (heuristic)`,
            ...(most.tid > 0
              ? {
                  run: `cat /sys/devices/system/cpu/cpu*/cache/index3/shared_cpu_list | sort -u; taskset -cp ${most.tid}   # then: sudo taskset -cp LIST_OF_ONE_CACHE ${most.tid}`,
                  undo: `sudo taskset -cp LIST_SHOWN_BEFORE ${most.tid}`,
                  verify: `perf stat -e cpu-migrations,LLC-load-misses,instructions -t ${most.tid} -- sleep 10`,
                }
              : {}),
            persist: 'CPUAffinity= or AllowedCPUs= of the unit',
            risk: 'low',
          },
        ]
      : [],
    caveats: [
      'sched_migrate_task fires in the context of whoever wakes or balances; recorded of one task alone it misses moves others make',
      ...(unclear > 0 ? [`${formatCount(unclear)} moves from or to CPUs the topology does not list`] : []),
    ],
  };
}

function table({ threads, duration, known }: MigrationDistances): TableSection {
  const seconds = duration / 1e9;
  return {
    kind: 'table',
    id: SECTION,
    title: known
      ? 'Moves of threads by distance'
      : `Moves of threads; distance not known: capture topology with ${captureTopology}`,
    columns: [
      { name: 'thread', unit: 'text' },
      { name: 'moves', unit: 'count' },
      { name: 'a second', unit: '1/s' },
      ...distances.map((name) => ({ name, unit: 'count' as const })),
      { name: 'not known', unit: 'count' },
    ],
    rows: threads.slice(0, MOST_ROWS).map(({ label, total, byDistance }) => ({
      cells: [
        label,
        total,
        total / seconds,
        ...distances.map((distance) => byDistance.get(distance) ?? 0),
        byDistance.get('not known') ?? 0,
      ],
    })),
    of: threads.length,
  };
}
