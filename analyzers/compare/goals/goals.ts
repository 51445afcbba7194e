import type { ComparedGoal, GoalName } from '../../../model/comparison.ts';
import { togetherText } from '../../../model/goal-text.ts';
import type { Unit } from '../../../model/units.ts';
import type { RunGroup } from '../conclusions.ts';
import { rank } from '../metrics.ts';
import { type GroupValue, groupValue, metricOf, ratioOf } from './group-values.ts';
import { starvedReaders } from './starvation.ts';
import { commonDevice, differentWorkloads } from './workload.ts';

/** What a goal is judged by: of several candidates the first that every run has and that has an interval in every group. */
interface Goal {
  readonly goal: GoalName;
  readonly candidates: readonly {
    readonly about: string;
    /** Why it is this one, after the device. */
    readonly note?: string;
    readonly metric: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
  readonly unit: Unit;
  readonly better: 'lower' | 'higher';
}

const goals: readonly Goal[] = [
  {
    goal: 'latency',
    unit: 'ns',
    better: 'lower',
    candidates: [
      { about: 'p99 latency of reads', metric: 'io.service.latency.p99', labels: { who: 'reads' } },
      {
        about: 'mean latency of reads',
        note: '; too few for a p99',
        metric: 'io.service.latency.mean',
        labels: { who: 'reads' },
      },
      { about: 'p99 latency of all requests', metric: 'io.service.latency.p99', labels: { who: 'all' } },
    ],
  },
  {
    goal: 'throughput',
    unit: 'bytes/s',
    better: 'higher',
    candidates: [
      { about: 'bytes completed a second', metric: 'io.service.throughput', labels: { who: 'all' } },
    ],
  },
  {
    goal: 'fairness',
    unit: 'share',
    better: 'higher',
    candidates: [
      {
        about: 'Jain’s index of bytes among readers',
        metric: 'io.service.jain',
        labels: { between: 'readers' },
      },
      {
        about: 'Jain’s index of bytes among threads',
        metric: 'io.service.jain',
        labels: { between: 'threads' },
      },
    ],
  },
  {
    goal: 'real time',
    unit: 'ns',
    better: 'lower',
    candidates: [
      { about: 'p99 latency of the RT class', metric: 'io.service.latency.p99', labels: { who: 'class rt' } },
      {
        about: 'mean latency of the RT class',
        note: '; too few for a p99',
        metric: 'io.service.latency.mean',
        labels: { who: 'class rt' },
      },
    ],
  },
];

/** Which group serves which goal on the device they share; empty when they share none. */
export function compareGoals(groups: readonly RunGroup[], seed: number): ComparedGoal[] {
  const device = commonDevice(groups);
  if (device === undefined || groups.length < 2) return [];
  const refusal = differentWorkloads(groups, device);
  return goals.flatMap((goal): ComparedGoal[] => {
    const offered = goal.candidates
      .filter(({ metric, labels }) =>
        groups.every(({ runs }) => runs.every((run) => metricOf(run, metric, { ...labels, device }))),
      )
      .map((candidate) => {
        const labels = { ...candidate.labels, device };
        return {
          ...candidate,
          labels,
          values: groups.map((group) => groupValue(group, candidate.metric, labels, seed)),
        };
      });
    const chosen = offered.find(({ values }) => values.every(({ high }) => high !== null)) ?? offered[0];
    if (chosen === undefined) return [];
    const { labels, values } = chosen;
    const head = {
      ...goal,
      about: `${chosen.about} on ${device}${chosen.note ?? ''}`,
      metric: chosen.metric,
      labels,
    };
    if (goal.goal !== 'latency' || refusal !== '') return [judgeGoal(head, values, refusal)];
    const starved = starvedReaders(groups, device);
    const judged = judgeGoal(head, values, refusal, starved.behind);
    return [{ ...judged, why: [judged.why, ...starved.why].filter((text) => text !== '').join('; ') }];
  });
}

type Head = Omit<Goal, 'candidates'> & Pick<ComparedGoal, 'about' | 'metric' | 'labels'>;

/**
 * The verdict on one goal. `refusal`: why these groups must not be ranked at all; `last`: groups that stand behind
 * the others whatever their value.
 */
export function judgeGoal(
  head: Head,
  values: readonly GroupValue[],
  refusal: string,
  last: readonly string[] = [],
): ComparedGoal {
  const { goal, about, metric, labels, unit, better } = head;
  const common = {
    goal,
    about,
    metric,
    labels,
    unit,
    better,
    groups: values.map(({ runs: _, ...value }) => value),
    indicative: values.some(({ runs }) => runs < 2),
  };
  const open = (state: ComparedGoal['state'], why: string, ranking: string[][] = []): ComparedGoal => ({
    ...common,
    state,
    why,
    ranking,
    winners: [],
    ratios: [],
  });
  if (refusal !== '') return open('not comparable', refusal);
  const unbounded = values.filter(({ low, high }) => low === null || high === null);
  if (unbounded.length > 0) {
    const who = unbounded.map(({ name, n }) => `${name} (n = ${n})`).join(', ');
    return open('not enough data', `too few requests for an interval: ${who}; record longer`);
  }
  const able = values.filter(({ name }) => !last.includes(name));
  const [winners = [], ...rest] = rank(
    able.map((value) => ({ ...value, mean: value.value })),
    better,
  );
  const ranking = [winners, ...rest, ...(last.length === 0 ? [] : [[...last]])];
  if (ranking.length === 1) return open('inconclusive', 'inconclusive: intervals overlap', ranking);
  const sign = better === 'lower' ? 1 : -1;
  const best = [...values]
    .filter(({ name }) => winners.includes(name))
    .sort((a, b) => sign * ((a.value as number) - (b.value as number)))[0] as GroupValue;
  return {
    ...common,
    state: 'ranked',
    why: togetherText(winners),
    ranking,
    winners,
    ratios: rest.flat().map((name) => {
      const other = values.find((value) => value.name === name) as GroupValue;
      return { name, ...(better === 'lower' ? ratioOf(other, best) : ratioOf(best, other)) };
    }),
  };
}
