import type { ComparedGoal } from '../../../model/comparison.ts';
import { ratioText } from '../../../model/goal-text.ts';
import type { DistributionSection, Section, TableSection } from '../../../model/section.ts';
import { formatShare, formatValue, type Unit } from '../../../model/units.ts';
import type { RunGroup } from '../conclusions.ts';
import { goalSection } from './goal-findings.ts';
import { type GroupValue, groupValue } from './group-values.ts';
import { commonDevice } from './workload.ts';

/** Streams beyond these are not set side by side. */
const MOST_STREAMS = 20;

/** The goals, what they are made of, and every stream, group beside group. */
export function goalSections(
  goals: readonly ComparedGoal[],
  groups: readonly RunGroup[],
  seed: number,
): Section[] {
  const device = commonDevice(groups);
  if (device === undefined || goals.length === 0) return [];
  return [
    goalTable(goals),
    ...goals.filter(({ state }) => state !== 'not comparable').map(distribution),
    measureTable(groups, device, seed),
    streamTable(groups, device, seed),
  ];
}

function goalTable(goals: readonly ComparedGoal[]): TableSection {
  return {
    kind: 'table',
    id: 'compare/goals',
    title: 'Which setting serves which goal',
    note: 'Groups whose 95 % intervals overlap share a rank (=). Intervals are between runs, or of the one run’s series of time: then they are indicative.',
    columns: ['goal', 'judged by', 'verdict', 'best to worst', 'how many times better', 'why'].map(
      (name) => ({
        name,
        unit: 'text' as const,
      }),
    ),
    rows: goals.map((goal) => ({
      cells: [
        goal.goal,
        goal.about,
        goal.state === 'ranked'
          ? `${goal.winners.join(' = ')}${goal.indicative ? ' (indicative)' : ''}`
          : goal.state,
        goal.ranking.map((names) => names.join(' = ')).join(', then '),
        goal.ratios.map(ratioText).join(', '),
        goal.why,
      ],
    })),
    of: goals.length,
  };
}

function distribution(goal: ComparedGoal): DistributionSection {
  return {
    kind: 'distribution',
    id: goalSection(goal),
    title: `Every run: ${goal.about}`,
    note: `A dot is a run; the bar is the 95 % interval${goal.indicative ? ', of the run’s own series of time where there is one run' : ' between runs'}. ${goal.better === 'lower' ? 'Lower' : 'Higher'} is better.`,
    unit: goal.unit,
    groups: goal.groups.map(({ name, values, value, low, high }) => ({
      name,
      values: values.filter((each) => each !== null),
      mean: value ?? Number.NaN,
      low,
      high,
      verdict: goal.winners.includes(name)
        ? 'best'
        : goal.state === 'ranked'
          ? `rank ${goal.ranking.findIndex((names) => names.includes(name)) + 1}`
          : goal.state,
    })),
  };
}

type Labels = Readonly<Record<string, string>>;

/** Everything a choice of a scheduler may turn on. */
function measures(device: string): readonly (readonly [string, string, Labels])[] {
  const who = (name: string): Labels => ({ device, who: name });
  return [
    ...(['mean', 'p50', 'p99', 'max'] as const).map(
      (part) => [`reads: latency ${part}`, `io.service.latency.${part}`, who('reads')] as const,
    ),
    ['reads a second', 'io.service.rate', who('reads')],
    ['reads: longest time without service', 'io.service.gap', who('reads')],
    ['reads beyond read_expire', 'io.deadline.missed', { device, op: 'read' }],
    ...(['mean', 'p50', 'p99', 'max'] as const).map(
      (part) => [`writes: latency ${part}`, `io.service.latency.${part}`, who('writes')] as const,
    ),
    ['writes: throughput', 'io.service.throughput', who('writes')],
    ['writes: longest time without service', 'io.service.gap', who('writes')],
    ['writes beyond write_expire', 'io.deadline.missed', { device, op: 'write' }],
    ['RT class: latency p99', 'io.service.latency.p99', who('class rt')],
    ['RT class: latency max', 'io.service.latency.max', who('class rt')],
    ['all: requests a second', 'io.service.rate', who('all')],
    ['all: throughput', 'io.service.throughput', who('all')],
    ...(['tag', 'plug', 'scheduler', 'device'] as const).map(
      (part) => [`all: mean wait, ${part}`, `io.service.wait.${part}`, who('all')] as const,
    ),
    ['Jain’s index, readers', 'io.service.jain', { device, between: 'readers' }],
    ['Jain’s index, threads', 'io.service.jain', { device, between: 'threads' }],
    ['Jain’s index, IO classes', 'io.service.jain', { device, between: 'classes' }],
    ['CPUs busy', 'host.cpu.busy', {}],
    ['CPU time a request', 'io.cpu', {}],
  ];
}

function measureTable(groups: readonly RunGroup[], device: string, seed: number): TableSection {
  const rows = measures(device).flatMap(([name, id, labels]) => {
    const values = groups.map((group) => groupValue(group, id, labels, seed));
    const unit = unitOf(groups, id);
    if (unit === undefined || values.every(({ value }) => value === null)) return [];
    return [{ cells: [name, ...values.map((value) => cellText(value, unit))] }];
  });
  return {
    kind: 'table',
    id: 'compare/io/measures',
    title: `What device ${device} did under each setting`,
    note: 'Mean over runs, 95 % interval in brackets, n = requests. CPU figures are of the whole machine between the copies of /proc/stat.',
    columns: [
      { name: 'measure', unit: 'text' },
      ...groups.map(({ name }) => ({ name, unit: 'text' as const })),
    ],
    rows,
    of: rows.length,
  };
}

function streamTable(groups: readonly RunGroup[], device: string, seed: number): TableSection {
  const sizes = new Map<string, number>();
  for (const { metrics } of groups.flatMap(({ runs }) => runs)) {
    for (const { id, labels, n } of metrics) {
      const who = labels.who ?? '';
      if (
        id === 'io.service.rate' &&
        labels.device === device &&
        / |^write-back$/.test(who) &&
        !/^rt reads$/.test(who)
      )
        sizes.set(who, (sizes.get(who) ?? 0) + n);
    }
  }
  const streams = [...sizes].sort((a, b) => b[1] - a[1]).map(([who]) => who);
  const rows = streams.slice(0, MOST_STREAMS).flatMap((who) =>
    (['rate', 'throughput', 'latency.mean', 'latency.p99', 'latency.max'] as const).map((id) => ({
      cells: [
        who,
        id.replace('.', ' '),
        ...groups.map((group) =>
          cellText(
            groupValue(group, `io.service.${id}`, { device, who }, seed),
            unitOf(groups, `io.service.${id}`) ?? 'count',
          ),
        ),
      ],
    })),
  );
  return {
    kind: 'table',
    id: 'compare/io/streams',
    title: `Classes and streams of device ${device}, setting beside setting`,
    note: 'A stream is requests of one program, operation, priority and size; write-back is one, whoever sends it.',
    columns: [
      { name: 'who', unit: 'text' },
      { name: 'figure', unit: 'text' },
      ...groups.map(({ name }) => ({ name, unit: 'text' as const })),
    ],
    rows,
    of: streams.length * 5,
  };
}

function unitOf(groups: readonly RunGroup[], id: string): Unit | undefined {
  for (const { metrics } of groups.flatMap(({ runs }) => runs)) {
    const found = metrics.find((metric) => metric.id === id);
    if (found !== undefined) return found.unit;
  }
  return undefined;
}

/** `144 ms [121 ms – 158 ms], n = 1323` */
function cellText({ value, low, high, n }: GroupValue, unit: Unit): string {
  if (value === null) return '–';
  const text = (each: number): string => (unit === 'share' ? formatShare(each) : formatValue(each, unit));
  const interval = low === null || high === null ? '' : ` [${text(low)} – ${text(high)}]`;
  return `${text(value)}${interval}, n = ${n}`;
}
