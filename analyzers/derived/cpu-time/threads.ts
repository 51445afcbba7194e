import { processCpu, START_TIME, threadCpu, UNKNOWN_PROCESS } from '../../../model/cpu-series.ts';
import { taskRate } from '../../../model/printed-series.ts';
import type { Context } from '../../context.ts';
import { cgroupsOfProcesses } from '../cgroup-cpu/members.ts';
import { increaseOf } from '../counters/increase.ts';
import { entitiesOf, lastValue, readingsOf } from '../counters/readings.ts';
import { processRestarts } from '../counters/restarts.ts';
import { settingsRead } from '../settings.ts';
import { onlyCpu, USER_HZ } from './process-usage.ts';
import { threadRates } from './task-rates.ts';
import { weightOfNice } from './weights.ts';

/** What the scheduler gave one thread. */
export interface ThreadTime {
  /** `PID/TID`. */
  readonly name: string;
  readonly label: string;
  /** ns run, and ns waited for a CPU; the latter NaN when only the former is known. */
  readonly run: number;
  readonly waited: number;
  /** ns of the time run that counting leaves open, up and down: two ticks where pidstat printed it, else 0. */
  readonly runError: number;
  /** ns; NaN when the copies have no times. */
  readonly elapsed: number;
  /** Of the fair scheduler, 1024 for nice 0; NaN when not captured or when another class schedules it. */
  readonly weight: number;
  /** Nice levels changed within the capture: no share can be expected. */
  readonly weightChanged: boolean;
  /** CPU it was on at every reading; NaN when it moved or is not known. */
  readonly cpu: number;
  /** ns; NaN when not captured. */
  readonly vruntime: number;
  readonly cgroup: string | undefined;
  /** It was on a CPU or waited for one at every reading; false where that was not captured. */
  readonly runnableAlways: boolean;
  readonly n: number;
}

/** SCHED_NORMAL, SCHED_BATCH and SCHED_IDLE are the fair scheduler's: 0, 3 and 5 (sched(7)). */
const fair = new Set([0, 3, 5]);
const IDLE_POLICY = 5;
const IDLE_WEIGHT = 3;
const TICK_NS = 1e9 / USER_HZ;

/** Threads with two readings of their run time: schedstat, else sched; else what pidstat -t printed. In order of first appearance. */
export function threadTimes(context: Context): readonly ThreadTime[] {
  const counted = countedTimes(context);
  return counted.length > 0 ? counted : printedTimes(context);
}

/** Shares of pidstat -t over the time they are of; what it does not tell are weights. */
function printedTimes(context: Context): readonly ThreadTime[] {
  return context.derive(threadRates).flatMap(({ name, comm, mean, n, elapsed }): ThreadTime[] => {
    const [pid = '', tid = ''] = name.split('/');
    const cpu = mean.get(taskRate.cpu);
    if (cpu === undefined) return [];
    return [
      {
        name,
        label: `${comm} ${tid}`.trim(),
        run: cpu * elapsed,
        waited: (mean.get(taskRate.wait) ?? Number.NaN) * elapsed,
        runError: 2 * TICK_NS,
        elapsed,
        weight: Number.NaN,
        weightChanged: false,
        cpu: cpuOf(context, name, pid, tid),
        vruntime: Number.NaN,
        cgroup: context.derive(cgroupsOfProcesses).get(pid),
        runnableAlways: false,
        n,
      },
    ];
  });
}

function countedTimes(context: Context): readonly ThreadTime[] {
  const all = entitiesOf(context, 'thread');
  const known = new Set(
    all.filter((name) => !name.startsWith(UNKNOWN_PROCESS)).map((name) => name.split('/')[1]),
  );
  return all.flatMap((name): ThreadTime[] => {
    const [pid = '', tid = ''] = name.split('/');
    // The same thread by a file that knows its process.
    if (pid === UNKNOWN_PROCESS && known.has(tid)) return [];
    const read = (series: string) => readingsOf(context, series, 'thread', name);
    const starts = read(START_TIME);
    const restarts = [
      ...processRestarts(context, pid),
      ...[...(starts?.times ?? [])].filter((_, i) => i > 0 && starts?.values[i] !== starts?.values[i - 1]),
    ];
    const gained = (series: string) => increaseOf(read(series), restarts);
    const run = gained(threadCpu.run) ?? gained(threadCpu.exec);
    if (run === undefined) return [];
    const weight = weightOf(context, name, pid, tid);
    const names = context.derive(settingsRead);
    const comm = names.get(`/proc/${pid}/task/${tid}/comm`) ?? names.get(`/proc/${pid}/comm`) ?? '';
    return [
      {
        name,
        label: `${comm} ${tid}`.trim(),
        run: run.value,
        waited: (gained(threadCpu.wait) ?? gained(threadCpu.waitSum))?.value ?? Number.NaN,
        runError: 0,
        elapsed: run.duration,
        ...weight,
        cpu: cpuOf(context, name, pid, tid),
        vruntime: lastValue(read(threadCpu.vruntime)),
        cgroup:
          pid === UNKNOWN_PROCESS
            ? /^0::(.*)$/.exec(names.get(`/proc/${pid}/task/${tid}/cgroup`) ?? '')?.[1]
            : context.derive(cgroupsOfProcesses).get(pid),
        runnableAlways: read(processCpu.runnable)?.values.every((value) => value === 1) ?? false,
        n: run.n,
      },
    ];
  });
}

function weightOf(
  context: Context,
  name: string,
  pid: string,
  tid: string,
): { readonly weight: number; readonly weightChanged: boolean } {
  const policy = lastValue(readingsOf(context, threadCpu.policy, 'thread', name));
  if (Number.isFinite(policy) && !fair.has(policy)) return { weight: Number.NaN, weightChanged: false };
  const said = readingsOf(context, threadCpu.weight, 'thread', name);
  if (said !== undefined)
    return { weight: lastValue(said), weightChanged: said.values.some((value) => value !== said.values[0]) };
  if (policy === IDLE_POLICY) return { weight: IDLE_WEIGHT, weightChanged: false };
  const priority = lastValue(readingsOf(context, threadCpu.priority, 'thread', name));
  // Of kernel priorities 100 … 139 are nice −20 … 19; what is below is of another class.
  if (pid === UNKNOWN_PROCESS) return { weight: weightOfNice(priority - 120), weightChanged: false };
  const nice =
    readingsOf(context, 'nice', 'thread', name) ??
    (pid === tid ? readingsOf(context, 'nice', 'process', pid) : undefined);
  return {
    weight: weightOfNice(lastValue(nice)),
    weightChanged: nice?.values.some((value) => value !== nice.values[0]) ?? false,
  };
}

function cpuOf(context: Context, name: string, pid: string, tid: string): number {
  const own = onlyCpu(context, 'thread', name);
  return Number.isNaN(own) && pid === tid ? onlyCpu(context, 'process', pid) : own;
}
