import { Problem } from '../../../model/problem.ts';
import { type SchedulerName, schedulerNames } from '../../../model/simulation.ts';
import { schedulers } from './schedulers/index.ts';

/** One scheduler with the tunables that differ from its defaults. */
export interface Variant {
  readonly scheduler: SchedulerName;
  readonly settings: Readonly<Record<string, number>>;
}

/** What the user asked for, as typed. */
export interface VariantRequest {
  readonly schedulers?: readonly string[];
  /** `mq-deadline.writes_starved=4`. */
  readonly set: readonly string[];
  /** `writes_starved=1..8`, with a scheduler before it or not. */
  readonly sweep?: string;
}

const MOST_STEPS = 64;
const simulated = schedulerNames.filter((name) => name === 'none' || schedulers[name] !== undefined);

/** Every scheduler asked for, once per value of a sweep it has. */
export function planVariants(asked: VariantRequest): readonly Variant[] {
  const names = [...new Set((asked.schedulers ?? simulated).map(schedulerOf))];
  const settings = new Map(names.map((name): [SchedulerName, Record<string, number>] => [name, {}]));
  for (const text of asked.set) {
    const [, scheduler = '', name = '', value = ''] = /^([a-z-]+)\.([a-z_]+)=(\d+)$/.exec(text) ?? [];
    if (value === '') throw usage(`--set ${text}`, 'expected scheduler.tunable=number');
    const of = settings.get(schedulerOf(scheduler));
    if (of === undefined) throw usage(`--set ${text}`, `${scheduler} is not among --scheduler`);
    if (!has(scheduler, name)) throw usage(`--set ${text}`, knownOf(scheduler));
    of[name] = numberOf(text, value);
  }
  const sweep = asked.sweep === undefined ? undefined : parseSweep(asked.sweep);
  if (sweep === undefined)
    return names.map((scheduler) => ({ scheduler, settings: settings.get(scheduler) ?? {} }));
  const swept = names.filter((name) => (sweep.scheduler ?? name) === name && has(name, sweep.name));
  if (swept.length === 0)
    throw usage(
      `--sweep ${asked.sweep}`,
      sweep.scheduler === undefined
        ? `none of ${names.join(', ')} has ${sweep.name}`
        : knownOf(sweep.scheduler),
    );
  // Without a choice of schedulers, only those with the tunable are of interest.
  return (asked.schedulers === undefined ? swept : names).flatMap((scheduler): readonly Variant[] => {
    const base = settings.get(scheduler) ?? {};
    if (!swept.includes(scheduler)) return [{ scheduler, settings: base }];
    return sweep.values.map((value) => ({ scheduler, settings: { ...base, [sweep.name]: value } }));
  });
}

function schedulerOf(name: string): SchedulerName {
  const found = simulated.find((each) => each === name);
  if (found !== undefined) return found;
  const known = schedulerNames.some((each) => each === name);
  throw usage(
    `scheduler ${name}`,
    `${known ? 'not simulated yet' : 'there is no such scheduler'}; simulated are ${simulated.join(', ')}`,
  );
}

function parseSweep(text: string): { scheduler?: string; name: string; values: readonly number[] } {
  const [, scheduler, name = '', from = '', to = ''] =
    /^(?:([a-z-]+)\.)?([a-z_]+)=(\d+)\.\.(\d+)$/.exec(text) ?? [];
  const [first, last] = [numberOf(text, from), numberOf(text, to)];
  if (from === '' || last < first || last - first >= MOST_STEPS)
    throw usage(
      `--sweep ${text}`,
      `expected tunable=first..last, as writes_starved=1..8, of at most ${MOST_STEPS} values`,
    );
  const values = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return { ...(scheduler === undefined ? {} : { scheduler: schedulerOf(scheduler) }), name, values };
}

function numberOf(text: string, digits: string): number {
  const value = Number(digits);
  if (value > 2 ** 31 - 1) throw usage(text, 'the kernel takes numbers up to 2147483647');
  return value;
}

function has(scheduler: string, name: string): boolean {
  return Object.hasOwn(schedulers[scheduler as SchedulerName]?.defaults ?? {}, name);
}

function knownOf(scheduler: string): string {
  const known = Object.keys(schedulers[scheduler as SchedulerName]?.defaults ?? {});
  return known.length === 0 ? `${scheduler} has no tunables` : `${scheduler} has ${known.join(', ')}`;
}

function usage(message: string, hint: string): Problem {
  return new Problem({ code: 'usage', message: `${message} cannot be simulated`, hint });
}
