import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type BlockedTime, blockedTime } from '../derived/io/blocked-time.ts';
import { needsSeconds } from '../needs.ts';
import { needsBlockEvents, needsSwitchesBeside } from './needs.ts';

const MOST_ROWS = 100;
/** ns in D above the block layer from which on it is worth a card. */
const NOTABLE = 1e9;

/** Who was blocked without a request in the block layer: no scheduler and no device made him wait. */
export const ioAbove = defineAnalyzer({
  id: 'io/above',
  question: 'Who is blocked above the block layer, without a request of its own in it?',
  needs: [needsSeconds, needsSwitchesBeside, needsBlockEvents],
  metrics: [
    {
      id: 'io.above.task_seconds',
      unit: 'task-s',
      labels: ['comm', 'reason'],
      about:
        'Time in uninterruptible sleep while no request of the thread was between queueing and completion, by its name and what it waited for.',
    },
    {
      id: 'io.inside.task_seconds',
      unit: 'task-s',
      labels: ['comm', 'reason'],
      about:
        'Time in uninterruptible sleep while a request of the thread was in the block layer or the device.',
    },
  ],
  run(context) {
    const groups = context.derive(blockedTime);
    const metric = (id: string, { comm, reason, n }: BlockedTime, time: number): Metric => ({
      id: `io.${id}.task_seconds`,
      labels: { comm, reason },
      value: time / 1e9,
      unit: 'task-s',
      better: 'lower',
      n,
    });
    return {
      metrics: groups.flatMap((group) => [
        metric('above', group, group.above),
        metric('inside', group, group.inside),
      ]),
      findings: findings(groups),
      sections:
        groups.length === 0
          ? []
          : [
              {
                kind: 'table',
                id: 'io/above/threads',
                title:
                  'Time in uninterruptible sleep, with and without a request of one’s own in the block layer',
                note: 'Who has none waits for something above it: a lock, a frozen or full filesystem, a limit, memory to be written back, or a request somebody else submitted. No IO scheduler can be blamed for that time.',
                columns: [
                  { name: 'name', unit: 'text' },
                  { name: 'waits for', unit: 'text' },
                  { name: 'above the block layer', unit: 'task-s' },
                  { name: 'with a request in it', unit: 'task-s' },
                  { name: 'waits', unit: 'count' },
                  { name: 'requests submitted', unit: 'count' },
                ],
                rows: groups.slice(0, MOST_ROWS).map(({ comm, reason, above, inside, n, requests }) => ({
                  cells: [comm, reason, above / 1e9, inside / 1e9, n, requests],
                })),
                of: groups.length,
              },
            ],
    };
  },
});

/** One card: the name that waited longest above, of those that never reached the block layer first. */
function findings(groups: readonly BlockedTime[]): Finding[] {
  const notable = groups.filter(({ above }) => above >= NOTABLE);
  const worst = notable.find(({ requests }) => requests === 0) ?? notable[0];
  if (worst === undefined) return [];
  const { comm, reason, above, inside, n, requests } = worst;
  const all = groups.reduce((sum, group) => sum + group.above + group.inside, 0);
  const never =
    requests === 0
      ? 'never reached the block layer'
      : 'had no request of its own in the block layer meanwhile';
  return [
    {
      id: 'io/above/blocked',
      severity: 'note',
      claim: `${comm} was blocked for ${formatValue(above / 1e9, 'task-s')} (${reason}) and ${never}: neither the IO scheduler nor the device made it wait`,
      share: above / all,
      confidence: {
        n,
        bounds: true,
        low: above / all,
        high: above / all,
        why: `${formatCount(n)} waits laid beside ${formatCount(requests)} requests of its own; lost events would hide some`,
      },
      evidence: [
        {
          label: 'blocked with and without requests',
          section: 'io/above/threads',
          selection: {},
          formula: `${formatValue(above / 1e9, 'task-s')} above + ${formatValue(inside / 1e9, 'task-s')} inside; ${formatShare(above / all)} of all time in D`,
        },
      ],
      actions: [
        {
          text: 'Record the stacks of blocked threads: they say which lock, filesystem or limit it is',
          run: "echo 'stacktrace if prev_state & 2' > /sys/kernel/tracing/events/sched/sched_switch/trigger",
          undo: "echo '!stacktrace if prev_state & 2' > /sys/kernel/tracing/events/sched/sched_switch/trigger",
          risk: 'low',
        },
      ],
      caveats: [
        'A thread that waits for a page somebody else reads or writes has no request of its own either.',
      ],
    },
  ];
}
