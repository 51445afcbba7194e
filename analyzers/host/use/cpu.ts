import { printedGroup } from '../../../model/group-series.ts';
import { taskRate } from '../../../model/printed-series.ts';
import { formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { gaugeOf, printedOf } from '../../derived/cgroup/printed.ts';
import { onlineCpus } from '../../derived/cgroup-cpu/limits.ts';
import { readingsOf } from '../../derived/counters/readings.ts';
import { hostShares } from '../../derived/cpu-time/cpu-shares.ts';
import { hostCpus } from '../../derived/cpu-time/host-cpus.ts';
import { processRates, threadRates } from '../../derived/cpu-time/task-rates.ts';
import { type Measured, type ReadResource, resourceUse } from './resource.ts';
import { loggedErrors, stalledShare } from './stalled.ts';

/** CPUs of the host: time not idle, tasks that wait for a CPU, machine checks. */
export const cpuUse: ReadResource = (context) => {
  const busy = busyShare(context);
  return [
    resourceUse(
      {
        resource: 'CPU',
        share: busy?.share,
        utilisation: busy,
        saturation: stalledShare(context, 'cpu') ?? runQueue(context) ?? waitingTasks(context),
        errors: loggedErrors(context, /\bmce: |Machine [Cc]heck|Hardware Error/, 'machine checks'),
      },
      {
        utilisation: 'cp /proc/stat proc_stat.before; sleep 30; cp /proc/stat proc_stat.after',
        saturation:
          'cp /proc/pressure/cpu pressure_cpu.before; sleep 30; cp /proc/pressure/cpu pressure_cpu.after',
        errors: 'dmesg > dmesg.txt',
      },
    ),
  ];
};

function busyShare(context: Context): (Measured & { readonly share: number }) | undefined {
  const shares = context.derive(hostShares);
  if (shares === undefined) return rootGroup(context) ?? busyByProcesses(context);
  const { busy: share, n } = shares;
  return { share, text: `${formatShare(share)} of the time of all CPUs`, n };
}

/** What the processes of pidstat used is the least there was: interrupts and processes that came and went are not in it. */
function busyByProcesses(context: Context): (Measured & { readonly share: number }) | undefined {
  const all = context.derive(processRates);
  const cpus = context.derive(hostCpus);
  const used = all.reduce((sum, { mean }) => sum + (mean.get(taskRate.cpu) ?? 0), 0);
  const n = Math.max(0, ...all.map((each) => each.n));
  if (n === 0 || !(cpus > 0)) return undefined;
  const share = used / cpus;
  return { share, text: `at least ${formatShare(share)} of ${cpus} CPUs, by ${all.length} processes`, n };
}

/** Time tasks waited for a CPU, over the time: tasks waiting on average. Without pidstat -t only main threads are known. */
function waitingTasks(context: Context): Measured | undefined {
  const threads = context.derive(threadRates);
  const all = threads.length > 0 ? threads : context.derive(processRates);
  const waits = all.flatMap(({ mean }) => mean.get(taskRate.wait) ?? []);
  if (waits.length === 0) return undefined;
  const waiting = waits.reduce((sum, each) => sum + each, 0);
  return {
    text: `${threads.length > 0 ? '' : 'at least '}${formatValue(waiting, 'tasks')} waiting for a CPU on average`,
    n: Math.max(...all.map(({ n }) => n)),
  };
}

/** What systemd-cgtop or below printed of the root group: all tasks of the host, without interrupts. */
function rootGroup(context: Context): (Measured & { readonly share: number }) | undefined {
  const root = gaugeOf(printedOf(context, printedGroup.cpu, '/'));
  const cpus = onlineCpus(context);
  if (root === undefined || !(cpus > 0)) return undefined;
  const share = root.mean / cpus;
  return { share, text: `${formatShare(share)} of ${cpus} CPUs by tasks of the root group`, n: root.n };
}

/** Runnable tasks beside CPUs, at the moments somebody looked. */
function runQueue(context: Context): Measured | undefined {
  const running = readingsOf(context, 'procs running') ?? readingsOf(context, 'runnable tasks');
  if (running === undefined) return undefined;
  return {
    text: `${formatValue(mean(running.values), 'tasks')} running or waiting on average`,
    n: running.values.length,
  };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
