import { defineAnalyzer } from '../analyzer.ts';
import { stallFindings } from './stall-findings.ts';
import { stalls } from './stalls.ts';

const SECTION = 'pressure/stalls/table';

/** Pressure stall information: time lost to waiting for CPU, memory and IO (Documentation/accounting/psi.rst). */
export const pressureStalls = defineAnalyzer({
  id: 'pressure/stalls',
  question: 'How much time was lost to waiting for CPU, memory and IO?',
  needs: [
    {
      missing:
        'two readings of /proc/pressure/* or of a cgroup’s *.pressure (PSI may be off: psi=1 boots it)',
      captureWith:
        'for r in cpu memory io; do cp /proc/pressure/$r pressure_$r.before; done; cp /proc/uptime uptime.before; sleep 30; for r in cpu memory io; do cp /proc/pressure/$r pressure_$r.after; done; cp /proc/uptime uptime.after',
      met: (_, context) => context.derive(stalls).length > 0,
    },
  ],
  metrics: [
    {
      id: 'psi.some',
      unit: 'share',
      labels: ['resource', 'cgroup'],
      about:
        'Share of the time in which some task waited for the resource: increase of the total over the time between the first and the last reading. Without `cgroup`: of the host.',
    },
    {
      id: 'psi.full',
      unit: 'share',
      labels: ['resource', 'cgroup'],
      about: 'Share of the time in which all tasks that were not idle waited for the resource.',
    },
  ],
  run(context) {
    const all = context.derive(stalls);
    return {
      metrics: all.map(({ resource, tasks, cgroup, share, n }) => ({
        id: `psi.${tasks}`,
        labels: { resource, ...(cgroup === '' ? {} : { cgroup }) },
        value: share,
        unit: 'share',
        better: 'lower',
        n,
      })),
      findings: stallFindings(all, SECTION),
      sections: [
        {
          kind: 'table',
          id: SECTION,
          title: 'Time lost to waiting, from totals of PSI',
          columns: [
            { name: 'of', unit: 'text' },
            { name: 'resource', unit: 'text' },
            { name: 'tasks', unit: 'text' },
            { name: 'share of the time', unit: 'share' },
            { name: 'worst interval', unit: 'share' },
            { name: 'stalled', unit: 'ns' },
            { name: 'over', unit: 'ns' },
            { name: 'intervals', unit: 'count' },
          ],
          rows: all.map(({ resource, tasks, cgroup, share, worst, stalled, duration, n }) => ({
            cells: [cgroup === '' ? 'host' : cgroup, resource, tasks, share, worst, stalled, duration, n],
          })),
          of: all.length,
        },
      ],
    };
  },
});
