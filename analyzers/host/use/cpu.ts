import { formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { readingsOf } from '../../derived/counters/readings.ts';
import { hostShares } from '../../derived/cpu-time/cpu-shares.ts';
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
        saturation: stalledShare(context, 'cpu') ?? runQueue(context),
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
  if (shares === undefined) return undefined;
  const { busy: share, n } = shares;
  return { share, text: `${formatShare(share)} of the time of all CPUs`, n };
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
