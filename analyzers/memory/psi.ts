import type { Finding } from '../../model/finding.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type Stalled, stalledTimes } from '../derived/memory/pressure.ts';

const SECTION = 'psi/stalls/table';

/** Shares from which a stall is worth a card. Heuristics, but the sense of each is the kernel's. */
const rules = [
  {
    resource: 'memory',
    tasks: 'full',
    from: 0.05,
    severe: 0.1,
    means: 'work stood still while memory was reclaimed',
    todo: 'Give it more memory, or less to do at once; the section on control groups says which limit it met',
    verify: 'cat /proc/pressure/memory',
  },
  {
    resource: 'io',
    tasks: 'full',
    from: 0.1,
    // What others' findings explain: by itself it is a note.
    severe: Number.POSITIVE_INFINITY,
    means: 'every task that had something to do waited for a device',
    todo: 'Record block events to see where requests wait',
    verify: 'cat /proc/pressure/io',
  },
  {
    resource: 'cpu',
    tasks: 'some',
    from: 0.1,
    // What others' findings explain: by itself it is a note.
    severe: Number.POSITIVE_INFINITY,
    means: 'tasks were ready and had no CPU',
    todo: 'Compare with nr_throttled of cpu.stat (a quota) and with run queues (too few CPUs)',
    verify: 'cat /proc/pressure/cpu',
  },
] as const;
type Rule = (typeof rules)[number];

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
      findings: findings(stalls),
      sections: [
        {
          kind: 'table',
          id: SECTION,
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

/** What a stall is judged by: the share of totals; the kernel's average only where there are no times. */
function judged({ share, avg10 }: Stalled): number {
  return Number.isFinite(share) ? share : avg10;
}

function findings(stalls: readonly Stalled[]): Finding[] {
  const measured = stalls.filter((each) => Number.isFinite(judged(each)));
  const cards = rules.flatMap((rule) =>
    measured
      .filter((each) => each.resource === rule.resource && each.tasks === rule.tasks)
      .filter((each) => judged(each) >= rule.from)
      .map((each) => card(rule, each, stalls)),
  );
  if (cards.length > 0 || measured.length === 0) return cards;
  const worst = measured.reduce((most, each) => (judged(each) > judged(most) ? each : most));
  return [
    {
      id: 'psi/none',
      severity: 'ok',
      claim: `Little time was lost to waiting: at most ${formatShare(judged(worst))} (${worst.resource} ${worst.tasks}, ${worst.cgroup || 'host'})`,
      share: judged(worst),
      confidence: certain(worst),
      evidence: [evidence(worst)],
      actions: [],
      caveats: ['Thresholds are heuristics: 5 % memory full, 10 % io full, 10 % cpu some.'],
    },
  ];
}

function card(rule: Rule, stalled: Stalled, all: readonly Stalled[]): Finding {
  const { cgroup, resource, tasks } = stalled;
  const host = all.find((each) => each.cgroup === '' && each.resource === resource && each.tasks === tasks);
  const onlyInGroup =
    resource === 'cpu' && cgroup !== '' && host !== undefined && judged(host) < rule.from
      ? [
          `The host waited ${formatShare(judged(host))} of the time: a quota of the group (cpu.max) stops it, not a lack of CPUs.`,
        ]
      : [];
  const value = judged(stalled);
  return {
    id: `psi/${resource}/${cgroup || 'host'}`,
    severity: value >= rule.severe ? 'warning' : 'note',
    claim: `For ${formatShare(value)} of the time ${rule.means} (${cgroup === '' ? 'host' : cgroup})`,
    share: value,
    confidence: certain(stalled),
    evidence: [evidence(stalled)],
    actions: [{ text: rule.todo, verify: rule.verify, risk: 'none' }],
    caveats: [
      `${formatShare(rule.from)} is a heuristic threshold.`,
      ...onlyInGroup,
      ...(Number.isFinite(stalled.share)
        ? []
        : ['The copies have no times: this is the kernel’s decaying average of ten seconds.']),
    ],
  };
}

function certain(stalled: Stalled): Finding['confidence'] {
  const value = judged(stalled);
  return {
    n: Math.max(1, stalled.n),
    low: value,
    high: value,
    why: Number.isNaN(stalled.total)
      ? 'shares below printed, each of the interval before it'
      : 'the kernel adds stalls up in µs; which part of the run it was copied in is all that is open',
    bounds: true,
  };
}

function evidence(stalled: Stalled): Finding['evidence'][number] {
  return {
    label: `${stalled.resource} ${stalled.tasks} of ${stalled.cgroup || 'host'}, ${stalled.n} intervals`,
    section: SECTION,
    selection: {},
    formula: Number.isNaN(stalled.total)
      ? `mean of ${stalled.n} printed shares = ${formatShare(stalled.share)}`
      : `Δtotal / Δt = ${formatShare(stalled.share)}; total ${formatValue(stalled.total, 'ns')}; largest avg10 ${formatShare(stalled.avg10)}`,
  };
}
