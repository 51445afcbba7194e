import type { Metric } from '../../../model/metric.ts';
import { vmstat } from '../../../model/page-series.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import { increaseOf } from '../../derived/counters/increase.ts';
import { readingsOf } from '../../derived/counters/readings.ts';
import { balancing, balancingKeys } from '../../derived/memory/balancing.ts';
import { BALANCING_SECTION, balancingVerdict } from './balancing-verdict.ts';

/** Whether automatic NUMA balancing works, and whether it could. */
export const numaBalancing = defineAnalyzer({
  id: 'memory/numa-balancing',
  question: 'Does automatic NUMA balancing help?',
  needs: [
    {
      missing: 'two copies of /proc/vmstat with counts of NUMA balancing',
      captureWith:
        'for i in 0 1 2 3 4 5 6; do d=snap-00$i"_"$(cut -d" " -f1 /proc/uptime); mkdir $d; cat /proc/vmstat > $d/proc@vmstat; sleep 10; done; cat /proc/sys/kernel/numa_balancing > $d/proc@sys@kernel@numa_balancing',
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
    const { gained, hints, ratio } = context.derive(balancing);
    const metric = (id: string, value: number | undefined, unit: Metric['unit'], n: number): Metric[] =>
      value === undefined || !Number.isFinite(value)
        ? []
        : [{ id: `memory.numa.${id}`, labels: {}, value, unit, better: 'neither', n }];
    const { numa_pages_migrated: migrated, numa_pte_updates: updates } = gained;
    return {
      metrics: [
        ...metric('hint_local', ratio, 'share', hints),
        ...metric('migrated', migrated?.value, 'count', migrated?.n ?? 0),
        ...metric('pte_updates', updates?.value, 'count', updates?.n ?? 0),
      ],
      findings: [balancingVerdict(context)],
      sections: [
        {
          kind: 'table',
          id: BALANCING_SECTION,
          title: 'Automatic NUMA balancing between the copies',
          columns: [
            { name: 'count', unit: 'text' },
            { name: 'increase', unit: 'count' },
          ],
          rows: balancingKeys.map((key) => ({ cells: [key, gained[key]?.value ?? Number.NaN] })),
          of: balancingKeys.length,
        },
      ],
    };
  },
});
