import { processCpu } from '../../../model/cpu-series.ts';
import { printedGroup } from '../../../model/group-series.ts';
import { taskRate } from '../../../model/printed-series.ts';
import type { Context } from '../../context.ts';
import { gaugeOf } from '../cgroup/printed.ts';
import { increaseOf } from '../counters/increase.ts';
import { entitiesOf, lastValue, readingsOf } from '../counters/readings.ts';
import { processRestarts } from '../counters/restarts.ts';
import { settingsRead } from '../settings.ts';
import { type CpuShares, hostShares, sharesByCpu } from './cpu-shares.ts';
import { processRates } from './task-rates.ts';

/** Ticks a second of proc_pid_stat(5), USER_HZ: 100 on every common architecture, whatever CONFIG_HZ is. */
export const USER_HZ = 100;
/** ns; ticks of 10 ms tell nothing of less. */
export const SHORTEST = 0.5e9;

/** Shares are printed with two digits of a percent. */
const PRINTED_ROUNDING = 0.00005;

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

/** Usage of every process with readings, and why there is none of others. What was counted goes before what was printed. */
export function processUsages(context: Context): readonly (ProcessUsage | Refused)[] {
  const counted = countedUsages(context);
  const told = new Set(counted.filter(isUsage).map(({ pid }) => pid));
  const printed = printedUsages(context).filter(({ pid }) => !told.has(pid));
  const printedToo = new Set(printed.map(({ pid }) => pid));
  return [...counted.filter((each) => isUsage(each) || !printedToo.has(each.pid)), ...printed];
}

/** From copies of /proc/PID/stat. */
function countedUsages(context: Context): readonly (ProcessUsage | Refused)[] {
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

/** From the shares pidstat prints, which are ticks over the interval: two ticks are open over all of it. */
function printedUsages(context: Context): readonly ProcessUsage[] {
  return context.derive(processRates).flatMap(({ name, comm, mean, n, elapsed }): ProcessUsage[] => {
    const cpus = mean.get(taskRate.cpu);
    if (cpus === undefined || elapsed < SHORTEST) return [];
    const ticks = USER_HZ * (elapsed / 1e9);
    const error = 2 / ticks + PRINTED_ROUNDING;
    const guest = (mean.get(taskRate.guest) ?? 0) * ticks;
    return [
      {
        pid: name,
        comm,
        cpus,
        low: Math.max(0, cpus - error),
        high: cpus + error,
        user: (mean.get(taskRate.user) ?? 0) * ticks + guest,
        system: (mean.get(taskRate.system) ?? 0) * ticks,
        guest,
        elapsed,
        n,
      },
    ];
  });
}

export const isUsage = (each: ProcessUsage | Refused): each is ProcessUsage => !('refused' in each);

/** Share of the time of all CPUs in which they idled (iowait is idling); NaN where nothing tells. */
export function idleShare(context: Context): number {
  return idleOf(context.derive(hostShares));
}

/** The same of some CPUs, all together. */
export function idleShareOf(context: Context, cpus: readonly number[]): number {
  const all = context.derive(sharesByCpu);
  let [idle, time] = [0, 0];
  for (const cpu of cpus) {
    const shares = all.get(String(cpu));
    // Printed shares have no ticks: CPUs that are on have the same time.
    const own = shares === undefined || Number.isNaN(shares.ticks) ? 1 : shares.ticks;
    idle += idleOf(shares) * own;
    time += own;
  }
  return idle / time;
}

function idleOf(shares: CpuShares | undefined): number {
  return shares === undefined ? Number.NaN : shares.of.idle + shares.of.iowait;
}

/** CPU a process has run on in every reading; NaN when it moved or nothing tells. */
export function onlyCpu(context: Context, entity: string, name: string): number {
  const read = readingsOf(context, processCpu.lastCpu, entity, name);
  const last = lastValue(read);
  return read?.values.every((value) => value === last) ? last : Number.NaN;
}
