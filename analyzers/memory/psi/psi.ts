import { defineAnalyzer } from '../../analyzer.ts';
import { stalledTimes } from '../../derived/memory/pressure.ts';
import { PSI_SECTION } from './evidence.ts';
import { stallFindings } from './findings.ts';

/** Time lost to waiting for CPU, memory and devices, of the host and of control groups. */
export const pressureStalls = defineAnalyzer({
  id: 'psi/stalls',
  question: 'How much time was lost waiting for CPU, memory and devices?',
  needs: [
    {
      missing:
        'pressure stall information (/proc/pressure, *.pressure of control groups, below dump cgroup; needs psi=1 at boot on some kernels)',
      captureWith:
        'for t in before after; do for f in cpu memory io; do cat /proc/pressure/$f > $t@proc@pressure@$f; done; sleep 10; done',
      met: (_, context) => context.derive(stalledTimes).length > 0,
    },
  ],
  metrics: [
    {
      id: 'psi.some',
      unit: 'share',
      labels: ['resource', 'cgroup'],
      about:
        'Part of the time in which at least one task waited for the resource, from the totals of the first and last copy; cgroup is empty for the host.',
    },
    {
      id: 'psi.full',
      unit: 'share',
      labels: ['resource', 'cgroup'],
      about: 'The same where no task that had something to do could run.',
    },
  ],
  run(context) {
    const stalls = context.derive(stalledTimes);
    return {
      metrics: stalls
        .filter(({ share }) => Number.isFinite(share))
        .map(({ resource, cgroup, tasks, share, n }) => ({
          id: `psi.${tasks}`,
          labels: { resource, cgroup },
          value: share,
          unit: 'share',
          better: 'lower',
          n,
        })),
      findings: stallFindings(context),
      sections: [
        {
          kind: 'table',
          id: PSI_SECTION,
          title: 'Time lost to waiting, by resource and control group',
          note: 'Shares are differences of totals over the time between copies; avg10 is the kernel’s decaying average, its largest copy. A group stopped by its CPU quota shows here as waiting for CPU; the host need not.',
          columns: [
            { name: 'resource', unit: 'text' },
            { name: 'of', unit: 'text' },
            { name: 'tasks', unit: 'text' },
            { name: 'share', unit: 'share' },
            { name: 'avg10', unit: 'share' },
            { name: 'total', unit: 'ns' },
            { name: 'intervals', unit: 'count' },
          ],
          rows: stalls.map(({ resource, cgroup, tasks, share, avg10, total, n }) => ({
            cells: [resource, cgroup || 'host', tasks, share, avg10, total, n],
          })),
          of: stalls.length,
        },
      ],
    };
  },
});
