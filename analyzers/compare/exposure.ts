import type { SavedProfile, SavedRun } from '../../model/saved-run.ts';
import type { Unit } from '../../model/units.ts';

/**
 * What costs are counted over. `run`: each run did the same work. `second`: runs lasted as long as
 * they did. `total`: shares of all samples, when nothing better is known. Else the name of a result
 * or label that says how much work a run did: requests, queries.
 */
export type Per = 'run' | 'second' | 'total' | (string & {});

export interface WorkUnit {
  readonly per: Per;
  /** To follow `cost`: `per run`, `per second`, `per request`. */
  readonly text: string;
  readonly why: string;
  /** The user chose it. */
  readonly asked: boolean;
}

/** Options of perf record that take an argument; what follows the last option is the command it ran. */
const withArgument =
  /^-(?:e|o|i|p|t|r|c|F|m|C|D|W|k|G|u|j|S|z|b|H|M|x)$|^--(?:event|output|pid|tid|realtime|count|freq|mmap-pages|cpu|delay|clockid|cgroup|uid|max-size|switch-output|call-graph|user-regs|intr-regs|affinity|aio|control|filter|proc-map-timeout|num-thread-synthesize|synth|threads|weight|branch-filter|compression-level)$/;

/** The command a recording ran: `/opt/app/bench 100` of `perf record -g -- /opt/app/bench 100`; undefined for -a, -p and sleep. */
export function recordedCommand(cmdline: string): string | undefined {
  const words = cmdline.trim().split(/\s+/);
  const start = words.indexOf('record');
  if (start < 0) return undefined;
  let at = start + 1;
  while (at < words.length) {
    const word = words[at] as string;
    if (word === '--') {
      at++;
      break;
    }
    if (!word.startsWith('-')) break;
    at += withArgument.test(word) ? 2 : 1;
  }
  const command = words.slice(at);
  const program = command[0]?.split('/').at(-1);
  return program === undefined || program === 'sleep' || program === 'timeout'
    ? undefined
    : command.join(' ');
}

/** Decides what costs are counted over, from what the runs say of themselves. */
export function chooseWorkUnit(runs: readonly SavedRun[], asked: Per | undefined): WorkUnit {
  if (asked !== undefined) return askedUnit(asked);
  const found = (per: Per, text: string, why: string): WorkUnit => ({ per, text, why, asked: false });
  if (runs.length === 0) return found('total', 'of all samples', 'there are no runs');
  const counted = workCounters.find((name) => runs.every((run) => workOf(run, name) > 0));
  if (counted !== undefined) {
    return found(counted, perOne(counted), `every run says how many ${counted} it did`);
  }
  if (runs.every(({ run }) => recordedCommand(run.host.command ?? '') !== undefined)) {
    return found('run', 'per run', 'each recording is of a command from start to end');
  }
  if (runs.every(({ run }) => run.duration > 0)) {
    return found('second', 'per second', 'the recordings are of a time, not of a command');
  }
  return found('total', 'of all samples', 'the captures tell neither work nor time');
}

function askedUnit(per: Per): WorkUnit {
  const known: Readonly<Record<string, readonly [string, string]>> = {
    run: ['per run', 'as asked: every run does the same work'],
    second: ['per second', 'as asked'],
    total: ['of all samples', 'as asked'],
  };
  const [text, why] = known[per] ?? [perOne(per), `as asked: ${per} tells the work a run did`];
  return { per, text, why, asked: true };
}

/** `requests` → `per request`, `queries` → `per query`. */
function perOne(counter: string): string {
  return `per ${counter.replace(/ies$/, 'y').replace(/s$/, '')}`;
}

/** Results and labels that are taken for the amount of work without being asked. */
const workCounters = [
  'requests',
  'transactions',
  'queries',
  'operations',
  'iterations',
  'items',
  'messages',
  'jobs',
];

/** Work a run did; NaN when it does not say. */
export function workOf({ run, metrics }: SavedRun, per: Per): number {
  if (per === 'run') return 1;
  if (per === 'second') return run.duration > 0 ? run.duration : Number.NaN;
  const result = metrics.find(({ id, labels }) => id === 'run.result' && labels.name === per);
  const label = run.labels[per];
  return result?.value ?? (label === undefined || label.trim() === '' ? Number.NaN : Number(label));
}

/** A run as the tests see it. */
export interface MeasuredRun {
  readonly run: SavedRun;
  readonly profile: SavedProfile;
  /** Factor from weights as recorded to `unit`. */
  readonly scale: number;
  /** Cost that one effective sample stands for, in `unit`: Σw²/Σw. */
  readonly perSample: number;
  /** Work; for `total` the cost of all samples. */
  readonly work: number;
}

export interface Measured {
  readonly unit: Unit;
  readonly event: string;
  /** `[group][run]`; runs without the event or the work are left out. */
  readonly groups: readonly (readonly MeasuredRun[])[];
  readonly left: readonly { readonly run: string; readonly why: string }[];
  readonly notes: readonly string[];
}

/** Why profiles cannot be compared: there are none, or (`mixed`) they are of different events or units. */
export interface NotMeasured {
  readonly why: string;
  readonly mixed?: true;
}

/** The profiles to compare, brought to one unit, or the reason why that cannot be done. */
export function measure(
  groups: readonly (readonly SavedRun[])[],
  per: Per,
  event: string | undefined,
): Measured | NotMeasured {
  const runs = groups.flat().filter(({ profiles }) => profiles.length > 0);
  if (runs.length === 0) return { why: 'none of the runs holds a profile' };
  const names = [...new Set(runs.flatMap(({ profiles }) => profiles.map((each) => plainEvent(each.event))))];
  const shared = names.filter((name) => runs.every((run) => profileOf(run, name) !== undefined));
  const wanted = event === undefined ? shared[0] : names.find((name) => name === plainEvent(event));
  if (wanted === undefined) {
    const each = [...new Set(runs.map(({ profiles }) => profiles[0]?.event ?? ''))].join(', ');
    return {
      why:
        event === undefined
          ? `the runs were recorded by different events (${each}); samples of one are not samples of another`
          : `no run holds the event ${event}; they hold ${names.join(', ')}`,
      mixed: true,
    };
  }
  const chosen = groups.map((group) => group.map((run) => ({ run, profile: profileOf(run, wanted) })));
  const profiles = chosen.flat().flatMap(({ profile }) => profile ?? []);
  const common = commonUnit(profiles);
  if ('why' in common) return common;
  const { unit, scaleOf, notes } = common;
  const left: { run: string; why: string }[] = [];
  const measured = chosen.map((group) =>
    group.flatMap(({ run, profile }): MeasuredRun[] => {
      if (profile === undefined || !(profile.weight > 0)) {
        left.push({ run: run.run.name, why: `no samples of ${wanted}` });
        return [];
      }
      const scale = scaleOf(profile);
      const work = per === 'total' ? profile.weight * scale : workOf(run, per);
      if (!(work > 0)) {
        left.push({ run: run.run.name, why: per === 'second' ? 'no times' : `does not say its ${per}` });
        return [];
      }
      // Samples the recorder lost would have cost as much as those it kept.
      const kept = per === 'total' ? 1 : 1 - Math.min(0.9, run.lost);
      return [
        { run, profile, scale, perSample: (profile.squares / profile.weight) * scale, work: work * kept },
      ];
    }),
  );
  return { unit, event: wanted, groups: measured, left, notes };
}

function profileOf({ profiles }: SavedRun, event: string): SavedProfile | undefined {
  return profiles.find((each) => plainEvent(each.event) === event);
}

/** `cycles:u` and `cycles:uH` differ in what they see; `cpu-clock:` and `cpu-clock:HG` do not. */
function plainEvent(name: string): string {
  return name.replace(/:([a-zA-Z]*)$/, (_, modifiers: string) => {
    const kept = modifiers.replace(/[HGpPSDWe]/g, '');
    return kept === '' ? '' : `:${kept}`;
  });
}

/** The one unit all profiles can be brought to; samples of clocks are time once each file's own period is known. */
function commonUnit(
  profiles: readonly SavedProfile[],
): { unit: Unit; scaleOf: (profile: SavedProfile) => number; notes: string[] } | NotMeasured {
  const units = [...new Set(profiles.map(({ unit }) => unit))];
  const [only] = units;
  if (units.length === 1 && only !== undefined && only !== 'samples')
    return { unit: only, scaleOf: () => 1, notes: [] };
  const isTime = (profile: SavedProfile): boolean =>
    profile.unit === 'ns' || (profile.unit === 'samples' && profile.isTime && profile.interval > 0);
  if (profiles.every(isTime)) {
    return {
      unit: 'ns',
      scaleOf: ({ unit, interval }) => (unit === 'samples' ? interval : 1),
      notes: ['captures without periods: a sample counts as the median time between samples of its own file'],
    };
  }
  if (units.length > 1)
    return {
      why: `weights of ${profiles[0]?.event ?? 'the event'} are in ${units.join(' and ')}`,
      mixed: true,
    };
  return {
    unit: 'samples',
    scaleOf: () => 1,
    notes: ['neither periods nor times are recorded: samples are compared as if all were taken at one rate'],
  };
}
