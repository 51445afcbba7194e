import type { KnobVerdict } from '../../model/finding.ts';
import { vmstat } from '../../model/page-series.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { increaseOf } from '../derived/counters/increase.ts';
import { readingsOf } from '../derived/counters/readings.ts';
import { explicitShare, placements } from '../derived/memory/numa-state.ts';
import { settingsRead } from '../derived/settings.ts';
import { countedFinding } from './finding.ts';

const section = 'memory/numa-balancing/counts';
/** Of hinting faults, so many on the own node are good (heuristic). */
const GOOD = 0.8;
/** Most of the memory under policies of its own: balancing has next to nothing to do (heuristic). */
const MOSTLY = 0.5;
const keys = [
  'numa_pte_updates',
  'numa_hint_faults',
  'numa_hint_faults_local',
  'numa_pages_migrated',
] as const;

/** Whether automatic NUMA balancing works, and whether it could. */
export const numaBalancing = defineAnalyzer({
  id: 'memory/numa-balancing',
  question: 'Does automatic NUMA balancing help?',
  needs: [
    {
      missing: 'two copies of /proc/vmstat with counts of NUMA balancing',
      captureWith:
        'cat /proc/vmstat > before@proc@vmstat; sleep 60; cat /proc/vmstat > after@proc@vmstat; cat /proc/sys/kernel/numa_balancing > proc@sys@kernel@numa_balancing',
      met: (_, context) => increaseOf(readingsOf(context, vmstat('numa_pte_updates'))) !== undefined,
    },
  ],
  metrics: [
    {
      id: 'memory.numa.hint_local',
      unit: 'share',
      labels: [],
      about: 'Δnuma_hint_faults_local ÷ Δnuma_hint_faults. n is hinting faults.',
    },
    { id: 'memory.numa.migrated', unit: 'count', labels: [], about: 'Δnuma_pages_migrated, pages.' },
    {
      id: 'memory.numa.pte_updates',
      unit: 'count',
      labels: [],
      about: 'Δnuma_pte_updates: what balancing pays for hinting faults.',
    },
  ],
  run(context) {
    const [updates, hints, local, migrated] = keys.map((key) => increaseOf(readingsOf(context, vmstat(key))));
    const ratio = (local?.value ?? Number.NaN) / (hints?.value ?? Number.NaN);
    const explicit = explicitShare(context.derive(placements));
    const mode = context.derive(settingsRead).get('/proc/sys/kernel/numa_balancing');
    const idle = (updates?.value ?? 0) === 0 && (hints?.value ?? 0) === 0;
    const knob = 'kernel.numa_balancing';
    const verdict: KnobVerdict = idle
      ? {
          knob,
          state: 'not enough data',
          why:
            mode === '0'
              ? 'switched off: kernel.numa_balancing = 0'
              : explicit > MOSTLY
                ? `an explicit policy exempts the memory from balancing: ${formatShare(explicit)} of it is bound, preferred or interleaved`
                : 'nothing was scanned: one node, switched off, or too short a run',
        }
      : {
          knob,
          state: 'inconclusive',
          mechanism: `${formatShare(ratio)} of hinting faults were local, ${formatCount(migrated?.value ?? 0)} pages moved`,
          why: 'one run shows what balancing does, not what it is worth: compare runs with 0 and 1',
        };
    const formula = keys
      .map((key, i) => `Δ${key} ${formatCount([updates, hints, local, migrated][i]?.value ?? Number.NaN)}`)
      .join(', ');
    const bad = !idle && ratio < GOOD && (migrated?.value ?? 0) > 0;
    const metric = (id: string, value: number, unit: 'share' | 'count', n: number) =>
      Number.isFinite(value)
        ? [{ id: `memory.numa.${id}`, labels: {}, value, unit, better: 'neither' as const, n }]
        : [];
    return {
      metrics: [
        ...metric('hint_local', ratio, 'share', hints?.value ?? 0),
        ...metric('migrated', migrated?.value ?? Number.NaN, 'count', migrated?.n ?? 0),
        ...metric('pte_updates', updates?.value ?? Number.NaN, 'count', updates?.n ?? 0),
      ],
      findings: [
        countedFinding(
          'memory/numa-balancing/verdict',
          bad ? 'warning' : 'ok',
          idle
            ? `NUMA balancing did nothing: ${verdict.why}`
            : `${formatShare(ratio)} of ${formatCount(hints?.value ?? 0)} hinting faults were on the own node`,
          { section, formula, n: idle ? (updates?.n ?? 1) : (hints?.value ?? 1) },
          {
            ...(idle ? {} : { share: ratio }),
            verdict,
            caveats: ['more than 80 % local is good: a heuristic'],
            actions: bad
              ? [
                  {
                    text: 'Pages move and locality is low: bind the program to a node where it fits, and compare',
                    run: 'numactl --cpunodebind=0 --membind=0 ./bench',
                    verify: 'grep numa_ /proc/vmstat',
                    risk: 'low',
                  },
                ]
              : [],
          },
        ),
      ],
      sections: [
        {
          kind: 'table',
          id: section,
          title: 'Automatic NUMA balancing between the copies',
          columns: [
            { name: 'count', unit: 'text' },
            { name: 'increase', unit: 'count' },
          ],
          rows: keys.map((key, i) => ({
            cells: [key, [updates, hints, local, migrated][i]?.value ?? Number.NaN],
          })),
          of: keys.length,
        },
      ],
    };
  },
});
