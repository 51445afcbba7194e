import type { ComparedGoal } from '../../../model/comparison.ts';
import type { Finding } from '../../../model/finding.ts';
import { goalText } from '../../../model/goal-text.ts';
import { formatValue } from '../../../model/units.ts';

/** One card a goal: who serves it, or why nobody can be named. */
export function goalFindings(goals: readonly ComparedGoal[]): Finding[] {
  return goals.map((goal): Finding => {
    const [first] = goal.ratios;
    const n = goal.groups.reduce((sum, group) => sum + group.n, 0);
    return {
      id: `compare/goal/${goal.goal.replace(' ', '-')}`,
      severity: goal.state === 'ranked' ? 'ok' : 'note',
      claim: goalText(goal).replace(/\.$/, ''),
      share: first === undefined ? 0 : Math.min(1, Math.max(0, 1 - 1 / first.ratio)),
      confidence: {
        n,
        low: first?.low ? Math.max(0, 1 - 1 / first.low) : 0,
        high: first?.high ? Math.max(0, 1 - 1 / first.high) : 1,
        why: goal.indicative
          ? 'A group has one run: intervals are of its own series of time, and a lower bound of what runs differ by.'
          : 'Intervals are between runs; groups whose intervals overlap share a rank.',
      },
      evidence: [
        {
          label: 'every group',
          section: goalSection(goal),
          selection: {},
          formula: goal.groups
            .map(({ name, value }) => `${name} ${value === null ? '–' : formatValue(value, goal.unit)}`)
            .join(', '),
        },
      ],
      actions: goal.state === 'ranked' && !goal.indicative ? [] : [moreRuns],
      caveats: goal.why === '' || goal.state !== 'ranked' ? [] : [goal.why],
    };
  });
}

const moreRuns = {
  text: 'Record each setting several times, interleaved, under the same load: then the spread between runs is known',
  run: 'for rep in 1 2 3 4 5; do for s in none mq-deadline kyber bfq; do echo $s > /sys/block/sda/queue/scheduler; ./record.sh runs/$s/rep-$rep; done; done',
  undo: 'echo OLD > /sys/block/sda/queue/scheduler   # what the brackets in that file showed before',
  risk: 'low',
} as const;

export function goalSection({ goal }: Pick<ComparedGoal, 'goal'>): string {
  return `compare/goal/${goal.replace(' ', '-')}/groups`;
}
