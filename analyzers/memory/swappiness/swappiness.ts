import type { Metric } from '../../../model/metric.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import { type Refaults, refaultsRead } from '../../derived/memory/refaults.ts';
import { SWAPPINESS_SECTION, swappinessVerdict } from './verdict.ts';

/** Groups beyond these say little. */
const MOST_GROUPS = 20;
const sorts = ['anon', 'file'] as const;

/** Is the balance between swapping and dropping page cache right? Told by which pages come back. */
export const swappiness = defineAnalyzer({
  id: 'memory/swappiness',
  question: 'Which pages come back after reclaim: swapped ones, or page cache?',
  needs: [
    {
      missing:
        'two copies of /proc/vmstat or memory.stat with times, of a kernel that tells refaults apart (5.9 and later)',
      captureWith:
        'for t in 1 2; do d=snap-00$t"_"$(cut -d" " -f1 /proc/uptime); mkdir $d; for f in vmstat meminfo swaps sys/vm/swappiness sys/kernel/osrelease; do cat /proc/$f > $d/proc@$(echo $f | tr / @); done; sleep 10; done',
      met: (_, context) => context.derive(refaultsRead).length > 0,
    },
  ],
  metrics: [
    {
      id: 'memory.refaults',
      unit: '1/s',
      labels: ['of'],
      about:
        'Pages a second that were needed again soon after they were reclaimed: anon (swapped) or file (page cache).',
    },
    {
      id: 'cgroup.memory.refaults',
      unit: '1/s',
      labels: ['cgroup', 'of'],
      about: 'The same of a control group, from its memory.stat.',
    },
  ],
  run(context) {
    const all = context.derive(refaultsRead);
    const shown = [...all].sort((a, b) => rank(a) - rank(b) || total(b) - total(a)).slice(0, MOST_GROUPS);
    return {
      metrics: all.flatMap(metricsOf),
      // Groups in which next to nothing came back have nothing to be told.
      findings: shown
        .map((each) => ({ each, finding: swappinessVerdict(context, each) }))
        .filter(({ each, finding }) => each.cgroup === '' || finding.severity !== 'ok')
        .map(({ finding }) => finding),
      sections: [
        {
          kind: 'table',
          id: SWAPPINESS_SECTION,
          title: 'Pages that came back after reclaim',
          columns: [
            { name: 'of', unit: 'text' },
            { name: 'pages', unit: 'text' },
            { name: 'came back', unit: '1/s' },
            { name: 'intervals', unit: 'count' },
            { name: 'swappiness', unit: 'count' },
          ],
          rows: shown.flatMap(({ cgroup, anon, file, knob }) => [
            { cells: [cgroup || 'host', 'swapped (anon)', anon.value, anon.n, knob?.value ?? Number.NaN] },
            { cells: [cgroup || 'host', 'page cache (file)', file.value, file.n, knob?.value ?? Number.NaN] },
          ]),
          of: all.length * 2,
        },
      ],
    };
  },
});

const rank = ({ cgroup }: Refaults): number => (cgroup === '' ? 0 : 1);
const total = ({ anon, file }: Refaults): number => anon.value + file.value;

function metricsOf(refaults: Refaults): Metric[] {
  const { cgroup } = refaults;
  return sorts.map((of) => ({
    id: cgroup === '' ? 'memory.refaults' : 'cgroup.memory.refaults',
    labels: cgroup === '' ? { of } : { cgroup, of },
    value: refaults[of].value,
    unit: '1/s',
    better: 'lower',
    n: refaults[of].n,
    low: refaults[of].low,
    high: refaults[of].high,
  }));
}
