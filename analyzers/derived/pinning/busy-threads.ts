import { processCpu } from '../../../model/cpu-series.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../counters/increase.ts';
import { entitiesOf, readingsOf } from '../counters/readings.ts';
import { processRestarts } from '../counters/restarts.ts';
import { USER_HZ } from '../cpu-time/process-usage.ts';
import { threadTimes } from '../cpu-time/threads.ts';
import { coverage } from '../sched/coverage.ts';
import { QUEUED, RUNNING } from '../sched/intervals.ts';
import { timeline } from '../sched/timeline.ts';
import { settingsRead } from '../settings.ts';
import { type AllowedCpus, allowedCpus } from './allowed-cpus.ts';

/** A thread that used CPU time, with what it may run on and where it ran. */
export interface BusyThread {
  /** −1 = not recorded. */
  readonly pid: number;
  readonly tid: number;
  readonly label: string;
  /** Shares of the time: on a CPU, and waiting for one (NaN = not recorded). */
  readonly run: number;
  readonly wait: number;
  /** ns. */
  readonly elapsed: number;
  readonly allowed: AllowedCpus | undefined;
  /** CPUs it was seen on, with its part of the looks (copies) or of the time (switches). */
  readonly seen: ReadonlyMap<number, number>;
  /** How many looks, or runs, `seen` is made of. */
  readonly looks: number;
  /** Intervals between readings, or runs. */
  readonly n: number;
  readonly from: 'copies' | 'switches';
}

/** Threads of switches where there are any: these know all of the time. Else threads of copies of /proc. */
export function busyThreads(context: Context): readonly BusyThread[] {
  const traced = fromSwitches(context);
  return traced.length > 0 ? traced : fromCopies(context);
}

function fromCopies(context: Context): BusyThread[] {
  const found = new Map<string, BusyThread>();
  for (const { name, label, run, waited, elapsed, n } of context.derive(threadTimes)) {
    if (!(elapsed > 0)) continue;
    const [pid = '', tid = ''] = name.split('/');
    found.set(
      name,
      thread(context, pid, tid, { label, run: run / elapsed, wait: waited / elapsed, elapsed, n }),
    );
  }
  // Ticks are left where there is no schedstat. A process of several threads is no thread.
  for (const [entity, name] of tickEntities(context)) {
    const [pid = '', tid = pid] = name.split('/');
    if (found.has(`${pid}/${tid}`)) continue;
    const restarts = processRestarts(context, pid);
    const [user, system] = [processCpu.user, processCpu.system].map((series) =>
      increaseOf(readingsOf(context, series, entity, name), restarts),
    );
    if (user === undefined || system === undefined || !(user.duration > 0)) continue;
    const run = ((user.value + system.value) / USER_HZ) * (1e9 / user.duration);
    const names = context.derive(settingsRead);
    const comm = names.get(`/proc/${pid}/task/${tid}/comm`) ?? names.get(`/proc/${pid}/comm`) ?? '';
    const label = `${comm} ${tid}`.trim();
    found.set(
      `${pid}/${tid}`,
      thread(context, pid, tid, { label, run, wait: Number.NaN, elapsed: user.duration, n: user.n }),
    );
  }
  return [...found.values()];
}

function tickEntities(context: Context): (readonly [entity: string, name: string])[] {
  const alone = (pid: string): boolean =>
    readingsOf(context, processCpu.threads, 'process', pid)?.values.every((many) => many === 1) ?? false;
  return [
    ...entitiesOf(context, 'thread').map((name) => ['thread', name] as const),
    ...entitiesOf(context, 'process')
      .filter(alone)
      .map((pid) => ['process', pid] as const),
  ];
}

function thread(
  context: Context,
  pid: string,
  tid: string,
  told: Pick<BusyThread, 'label' | 'run' | 'wait' | 'elapsed' | 'n'>,
): BusyThread {
  const read =
    readingsOf(context, processCpu.lastCpu, 'thread', `${pid}/${tid}`) ??
    (pid === tid ? readingsOf(context, processCpu.lastCpu, 'process', pid) : undefined);
  // Some kernels print −1 for tasks that sleep.
  const cpus = [...(read?.values ?? [])].filter((cpu) => cpu >= 0);
  const seen = new Map<number, number>();
  for (const cpu of cpus) seen.set(cpu, (seen.get(cpu) ?? 0) + 1 / cpus.length);
  return {
    pid: Number(pid),
    tid: Number(tid),
    ...told,
    allowed: allowedCpus(context, pid, tid),
    seen,
    looks: cpus.length,
    from: 'copies',
  };
}

function fromSwitches(context: Context): BusyThread[] {
  const { start, end, used } = context.derive(coverage);
  const elapsed = end - start;
  if (used.length === 0 || !(elapsed > 0)) return [];
  const { intervals, lives } = context.derive(timeline);
  const columns = intervals.columns;
  const sums = new Map<number, { run: number; wait: number; runs: number; cpus: Map<number, number> }>();
  for (let row = 0; row < intervals.length; row++) {
    const activity = columns.activity[row];
    if (activity !== RUNNING && activity !== QUEUED) continue;
    const life = columns.life[row] as number;
    const took = (columns.end[row] as number) - (columns.start[row] as number);
    if (!(took > 0) || lives.tid[life] === 0) continue;
    const own = sums.get(life) ?? { run: 0, wait: 0, runs: 0, cpus: new Map<number, number>() };
    if (activity === QUEUED) own.wait += took;
    else {
      own.run += took;
      own.runs++;
      const cpu = columns.cpu[row] as number;
      own.cpus.set(cpu, (own.cpus.get(cpu) ?? 0) + took);
    }
    sums.set(life, own);
  }
  const { comm } = context.trace.tables.threads.columns;
  return [...sums].map(([life, { run, wait, runs, cpus }]): BusyThread => {
    const [pid, tid] = [lives.pid[life] as number, lives.tid[life] as number];
    const name = decodeString(context.trace.strings, comm[lives.thread[life] as number] as number);
    return {
      pid,
      tid,
      label: `${name} ${tid}`.trim(),
      run: run / elapsed,
      wait: wait / elapsed,
      elapsed,
      allowed: ofTid(context, pid, tid),
      seen: new Map([...cpus].map(([cpu, time]) => [cpu, time / run])),
      looks: runs,
      n: runs,
      from: 'switches',
    };
  });
}

/** Traces of switches often know the thread alone: its status is found by the thread id then. */
function ofTid(context: Context, pid: number, tid: number): AllowedCpus | undefined {
  const process = pid >= 0 ? String(pid) : (context.derive(processOfThread).get(String(tid)) ?? String(tid));
  return allowedCpus(context, process, String(tid));
}

/** Process ids by thread id, as far as copies of /proc/PID/task/TID/status were read. */
function processOfThread(context: Context): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const path of context.derive(settingsRead).keys()) {
    const [, pid, tid] = /^\/proc\/(\d+)\/task\/(\d+)\/status$/.exec(path) ?? [];
    if (pid !== undefined && tid !== undefined) found.set(tid, pid);
  }
  return found;
}
