import type { NoiseGuard } from '../../model/comparison.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { formatShare, formatValue, type Unit } from '../../model/units.ts';
import { mannWhitney } from '../stats/mann-whitney.ts';
import { recordedCommand, type WorkUnit } from './exposure.ts';

interface NamedRuns {
  readonly name: string;
  readonly runs: readonly SavedRun[];
}

/** Facts of the host that must be the same on both sides. */
const facts: readonly { readonly key: string; readonly what: string; readonly advice: string }[] = [
  { key: 'cpuModel', what: 'CPU model', advice: 'record all groups on one machine' },
  { key: 'kernel', what: 'kernel', advice: 'boot one kernel, or compare kernels and nothing else' },
  { key: 'arch', what: 'architecture', advice: 'record all groups on one machine' },
  { key: 'cpus', what: 'number of CPUs', advice: 'record all groups on one machine' },
  { key: 'memory', what: 'memory', advice: 'record all groups on one machine' },
  { key: 'governor', what: 'frequency governor', advice: 'cpupower frequency-set -g performance' },
  { key: 'perf', what: 'perf version', advice: 'record with one perf' },
];

/** Numbers of the host: how far group means may lie apart, and what is too much in any group. */
const gauges: readonly {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly what: string;
  readonly unit: Unit;
  readonly apart: number;
  readonly relative?: true;
  readonly most?: number;
  readonly advice: string;
}[] = [
  {
    id: 'host.cpu.share',
    labels: { state: 'steal' },
    what: 'CPU time stolen by the hypervisor',
    unit: 'share',
    apart: 0.01,
    most: 0.03,
    advice: 'use a host of your own, or record when its neighbours are quiet',
  },
  {
    id: 'host.cpu.share',
    labels: { state: 'iowait' },
    what: 'iowait',
    unit: 'share',
    apart: 0.1,
    advice: 'warm the page cache, or keep other IO away',
  },
  {
    id: 'host.pressure.avg10',
    labels: { resource: 'cpu', tasks: 'some' },
    what: 'CPU pressure',
    unit: 'share',
    apart: 0.1,
    most: 0.3,
    advice: 'keep other work off the CPUs: taskset, cpusets, another machine',
  },
  {
    id: 'host.pressure.avg10',
    labels: { resource: 'memory', tasks: 'some' },
    what: 'memory pressure',
    unit: 'share',
    apart: 0.02,
    most: 0.1,
    advice: 'give the machine more memory, or the program less to do',
  },
  {
    id: 'host.pressure.avg10',
    labels: { resource: 'io', tasks: 'some' },
    what: 'IO pressure',
    unit: 'share',
    apart: 0.1,
    most: 0.5,
    advice: 'keep other IO away',
  },
  {
    id: 'host.cpu.frequency',
    labels: {},
    what: 'CPU frequency',
    unit: 'hz',
    apart: 0.03,
    relative: true,
    advice: 'fix the frequency: cpupower frequency-set -g performance, and no turbo',
  },
  {
    id: 'load.read',
    labels: { window: '1m' },
    what: 'load average',
    unit: 'load',
    apart: 0.5,
    advice: 'let the machine come to rest before each run',
  },
  {
    id: 'stacks.broken.share',
    labels: {},
    what: 'stacks that could not be unwound',
    unit: 'share',
    apart: 0.05,
    most: 0.3,
    advice: 'compile with -fno-omit-frame-pointer, or record with --call-graph dwarf',
  },
  {
    id: 'stacks.unknown.share',
    labels: {},
    what: 'samples without a symbol',
    unit: 'share',
    apart: 0.05,
    most: 0.3,
    advice: 'install debug symbols on both sides',
  },
];

const ENOUGH_LOST = 0.01;

/** What differs between the groups besides the program, and what shook the measurement. */
export function noiseGuards(
  groups: readonly NamedRuns[],
  aliases: ReadonlyMap<string, string> = new Map(),
): NoiseGuard[] {
  return [
    ...aliasGuard(aliases),
    ...sameRuns(groups),
    ...factGuards(groups),
    ...commandGuard(groups, aliases),
    ...gauges.flatMap((gauge) => gaugeGuard(groups, gauge)),
    ...lostGuard(groups),
    ...orderGuard(groups),
  ];
}

/** A run held against itself agrees with itself: that shows nothing. */
function sameRuns(groups: readonly NamedRuns[]): NoiseGuard[] {
  const [first, ...others] = groups;
  const names = new Set(first?.runs.map(({ run }) => run.name));
  const twice = others.flatMap(({ runs }) => runs.filter(({ run }) => names.has(run.name)));
  if (twice.length === 0) return [];
  return [
    {
      id: 'same-runs',
      severity: 'warning',
      text: `${twice.length === 1 ? 'one run stands' : `${twice.length} runs stand`} on both sides: ${twice[0]?.run.name}`,
      advice: 'give each run to one group',
    },
  ];
}

function aliasGuard(aliases: ReadonlyMap<string, string>): NoiseGuard[] {
  if (aliases.size === 0) return [];
  const pairs = [...aliases].map(([name, of]) => `${name} for ${of}`);
  return [
    {
      id: 'renamed-programs',
      severity: 'note',
      text: `taken for another build of the same, as the same functions make up most of both: ${pairs.join(', ')}`,
      advice: 'give both builds the same file name if that is wrong',
    },
  ];
}

function factGuards(groups: readonly NamedRuns[]): NoiseGuard[] {
  return facts.flatMap(({ key, what, advice }) => {
    const values = groups.map(({ runs }) => [
      ...new Set(runs.flatMap(({ run }) => run.host[key] ?? run.labels[key] ?? [])),
    ]);
    const all = new Set(values.flat());
    if (all.size < 2) return [];
    const text = groups
      .map(({ name }, i) => `${name} ${values[i]?.join(' and ') || 'not recorded'}`)
      .join(', ');
    return [{ id: `environment/${key}`, severity: 'warning', text: `the ${what} differs: ${text}`, advice }];
  });
}

/** Commands without the directories and versions that differ between builds by right. */
function commandGuard(groups: readonly NamedRuns[], aliases: ReadonlyMap<string, string>): NoiseGuard[] {
  const plain = (run: SavedRun): string[] => {
    const command = recordedCommand(run.run.host.command ?? '');
    if (command === undefined) return [];
    const [program = '', ...rest] = command.replace(/\S*\/(?=[^/\s]+)/g, '').split(' ');
    return [[aliases.get(program) ?? program, ...rest].join(' ')];
  };
  const values = groups.map(({ runs }) => [...new Set(runs.flatMap(plain))]);
  if (new Set(values.flat()).size < 2) return [];
  const text = groups
    .map(({ name }, i) => `${name} ran ${values[i]?.join(' and ') || 'what is not recorded'}`)
    .join(', ');
  return [
    {
      id: 'environment/command',
      severity: 'warning',
      text: `the recorded commands differ: ${text}`,
      advice: 'run the same work on both sides, or compare per unit of work: --per requests',
    },
  ];
}

function gaugeGuard(groups: readonly NamedRuns[], gauge: (typeof gauges)[number]): NoiseGuard[] {
  const { id, labels, what, unit, apart, relative, most, advice } = gauge;
  const gaugeOf = ({ metrics }: SavedRun): number | undefined =>
    metrics.find(
      (metric) =>
        metric.id === id && Object.entries(labels).every(([name, value]) => metric.labels[name] === value),
    )?.value;
  const values = groups.map(({ runs }) => runs.flatMap((run) => gaugeOf(run) ?? []));
  if (values.some(({ length }) => length === 0)) return [];
  const means = values.map((own) => own.reduce((sum, value) => sum + value, 0) / own.length);
  const show = (value: number): string => (unit === 'share' ? formatShare(value) : formatValue(value, unit));
  const text = groups.map(({ name }, i) => `${name} ${show(means[i] as number)}`).join(', ');
  const guards: NoiseGuard[] = [];
  const [lowest, highest] = [Math.min(...means), Math.max(...means)];
  const gap = relative ? (highest - lowest) / (lowest || 1) : highest - lowest;
  const [first = [], ...others] = values;
  // With few runs a side ranks cannot tell: then the size of the gap must do.
  const shown = others.some((own) => {
    const { p, smallest } = mannWhitney(first, own);
    return smallest > 0.05 ? true : p <= 0.05;
  });
  if (gap > apart && shown) {
    guards.push({ id: `environment/${what}`, severity: 'warning', text: `${what} differs: ${text}`, advice });
  } else if (most !== undefined && highest > most) {
    guards.push({ id: `environment/${what}`, severity: 'note', text: `${what} is high: ${text}`, advice });
  }
  return guards;
}

const DURATIONS_APART = 0.02;

/** Costs per second hide what makes every run of the same work longer: the CPU is as busy as before, only for longer. */
export function workGuard(groups: readonly NamedRuns[], { per, asked }: WorkUnit): NoiseGuard[] {
  if (per !== 'second' || asked) return [];
  const durations = groups.map(({ runs }) => runs.map(({ run }) => run.duration));
  const [first = [], ...others] = durations;
  const mean = (own: readonly number[]): number => own.reduce((sum, value) => sum + value, 0) / own.length;
  return others.flatMap((own, i): NoiseGuard[] => {
    const change = mean(own) / mean(first) - 1;
    const { p, smallest } = mannWhitney(first, own);
    if (Math.abs(change) <= DURATIONS_APART || (p > 0.05 && smallest <= 0.05)) return [];
    return [
      {
        id: 'work',
        severity: 'warning',
        text: `runs of ${groups[i + 1]?.name} last ${formatShare(Math.abs(change))} ${change > 0 ? 'longer' : 'shorter'} than those of ${groups[0]?.name}, and costs are counted per second: if every run does the same work, part of the change is hidden`,
        advice: 'compare with --per run, or let the program print how much it did: requests=20000',
      },
    ];
  });
}

function lostGuard(groups: readonly NamedRuns[]): NoiseGuard[] {
  const worst = groups.map(({ name, runs }) => ({
    name,
    lost: Math.max(0, ...runs.map(({ lost }) => lost)),
  }));
  if (!worst.some(({ lost }) => lost > ENOUGH_LOST)) return [];
  return [
    {
      id: 'environment/lost',
      severity: 'warning',
      text: `events were lost while recording, at worst ${worst.map(({ name, lost }) => `${name} ${formatShare(lost)}`).join(', ')}`,
      advice: 'record with larger buffers (perf record -m 16M) or a lower rate (-F 199)',
    },
  ];
}

/** Runs of one group before all of the other: whatever changed on the machine meanwhile looks like the change. */
function orderGuard(groups: readonly NamedRuns[]): NoiseGuard[] {
  const times = groups.map(({ runs }) => runs.map(({ run }) => Date.parse(run.host.captured ?? '')));
  if (groups.length !== 2 || times.some((own) => own.length < 2 || own.some(Number.isNaN))) return [];
  const [a = [], b = []] = times;
  const apart = Math.max(...a) <= Math.min(...b) || Math.max(...b) <= Math.min(...a);
  if (!apart) return [];
  return [
    {
      id: 'order',
      severity: 'note',
      text: `all runs of ${groups[0]?.name} were recorded before or after all of ${groups[1]?.name}: a drift of the machine would look like a change`,
      advice: 'record interleaved, ABAB: scripts/record-runs.sh does',
    },
  ];
}
