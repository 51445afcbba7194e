import { processCpu } from '../../../model/cpu-series.ts';
import { printedGroup } from '../../../model/group-series.ts';
import type { Context } from '../../context.ts';
import { gaugeOf } from '../cgroup/printed.ts';
import { increaseOf } from '../counters/increase.ts';
import { entitiesOf, lastValue, readingsOf } from '../counters/readings.ts';
import { processRestarts } from '../counters/restarts.ts';
import { settingsRead } from '../settings.ts';

/** Ticks a second of proc_pid_stat(5), USER_HZ: 100 on every common architecture, whatever CONFIG_HZ is. */
export const USER_HZ = 100;
/** ns; ticks of 10 ms tell nothing of less. */
export const SHORTEST = 0.5e9;

/** What one process used of the CPU between its first and last reading. */
export interface ProcessUsage {
  readonly pid: string;
  readonly comm: string;
  /** CPUs, 1 = one CPU all the time: ((utime2 − utime1) + (stime2 − stime1)) / (USER_HZ · time). */
  readonly cpus: number;
  /** What whole ticks leave open: two of them, 2 / (USER_HZ · time). */
  readonly low: number;
  readonly high: number;
  /** Ticks of user, system and guest time; guest time is part of user time. NaN where only the usage was printed. */
  readonly user: number;
  readonly system: number;
  readonly guest: number;
  /** ns. */
  readonly elapsed: number;
  readonly n: number;
}

/** Why the usage of a process is not told. */
export type Refused = { readonly pid: string; readonly refused: string };

/** Usage of every process with readings, and why there is none of others. */
export function processUsages(context: Context): readonly (ProcessUsage | Refused)[] {
  return entitiesOf(context, 'process').flatMap((pid): (ProcessUsage | Refused)[] => {
    const restarts = processRestarts(context, pid);
    const of = (name: string) => increaseOf(readingsOf(context, name, 'process', pid), restarts);
    const [user, system] = [of(processCpu.user), of(processCpu.system)];
    const many = readingsOf(context, processCpu.user, 'process', pid)?.values.length;
    if (many === undefined) return printedUsage(context, pid);
    if (user === undefined || system === undefined) return [{ pid, refused: 'one reading' }];
    if (!(user.duration > 0)) return [{ pid, refused: 'the copies have no times' }];
    if (user.duration < SHORTEST)
      return [
        {
          pid,
          refused: `${(user.duration / 1e6).toFixed(0)} ms: ticks of 10 ms tell nothing of less than 0.5 s`,
        },
      ];
    const seconds = user.duration / 1e9;
    const ticks = user.value + system.value;
    const comm = context.derive(settingsRead).get(`/proc/${pid}/comm`) ?? '';
    return [
      {
        pid,
        comm,
        cpus: ticks / (USER_HZ * seconds),
        low: Math.max(0, ticks - 2) / (USER_HZ * seconds),
        high: (ticks + 2) / (USER_HZ * seconds),
        user: user.value,
        system: system.value,
        guest: of(processCpu.guest)?.value ?? 0,
        elapsed: user.duration,
        n: user.n,
      },
    ];
  });
}

/** The mean of what below printed; its rounding is less than a tick. */
function printedUsage(context: Context, pid: string): ProcessUsage[] {
  const readings = readingsOf(context, printedGroup.cpu, 'process', pid);
  const gauge = gaugeOf(readings);
  if (readings === undefined || gauge === undefined) return [];
  return [
    {
      pid,
      comm: context.derive(settingsRead).get(`/proc/${pid}/comm`) ?? '',
      cpus: gauge.mean,
      low: gauge.mean,
      high: gauge.mean,
      user: Number.NaN,
      system: Number.NaN,
      guest: 0,
      elapsed: (readings.times.at(-1) ?? Number.NaN) - (readings.times[0] ?? Number.NaN),
      n: gauge.n,
    },
  ];
}

export const isUsage = (each: ProcessUsage | Refused): each is ProcessUsage => !('refused' in each);

/** Share of the time of all CPUs in which they idled (iowait is idling); NaN without two copies of /proc/stat. */
export function idleShare(context: Context): number {
  const of = (state: string) => increaseOf(readingsOf(context, `cpu time ${state}`))?.value ?? Number.NaN;
  const idle = of('idle') + of('iowait');
  const all = idle + of('user') + of('nice') + of('system') + of('irq') + of('softirq') + of('steal');
  return idle / all;
}

/** The same of some CPUs, all together. */
export function idleShareOf(context: Context, cpus: readonly number[]): number {
  let [idle, all] = [0, 0];
  for (const cpu of cpus) {
    const of = (state: string) =>
      increaseOf(readingsOf(context, `cpu time ${state}`, 'cpu', String(cpu)))?.value ?? Number.NaN;
    const rest = of('idle') + of('iowait');
    idle += rest;
    all += rest + of('user') + of('nice') + of('system') + of('irq') + of('softirq') + of('steal');
  }
  return idle / all;
}

/** CPU a process has run on in every reading; NaN when it moved or nothing tells. */
export function onlyCpu(context: Context, entity: string, name: string): number {
  const read = readingsOf(context, processCpu.lastCpu, entity, name);
  const last = lastValue(read);
  return read?.values.every((value) => value === last) ? last : Number.NaN;
}
