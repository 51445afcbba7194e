import { CPU_SHARE } from '../../../model/device-series.ts';
import { formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../../derived/counters/increase.ts';
import { readingsOf } from '../../derived/counters/readings.ts';
import { queuedOnAll } from '../../derived/cpu-time/run-queues.ts';
import { type Measured, type ReadResource, resourceUse } from './resource.ts';
import { loggedErrors, stalledShare } from './stalled.ts';

const whole = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/** CPUs of the host: time not idle, tasks that wait for a CPU, machine checks. */
export const cpuUse: ReadResource = (context) => {
  const busy = busyShare(context);
  return [
    resourceUse(
      {
        resource: 'CPU',
        share: busy?.share,
        utilisation: busy,
        saturation: stalledShare(context, 'cpu') ?? queued(context) ?? runQueue(context),
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
  const states = whole.map((state) => increaseOf(readingsOf(context, `cpu time ${state}`)));
  const total = states.reduce((sum, each) => sum + (each?.value ?? 0), 0);
  if (total > 0) {
    const idle = (states[3]?.value ?? 0) + (states[4]?.value ?? 0);
    const share = 1 - idle / total;
    return { share, text: `${formatShare(share)} of the time of all CPUs`, n: states[3]?.n ?? 0 };
  }
  const idle = readingsOf(context, `${CPU_SHARE} idle`);
  if (idle === undefined) return undefined;
  const waiting = readingsOf(context, `${CPU_SHARE} iowait`);
  const share = 1 - mean(idle.values) - (waiting === undefined ? 0 : mean(waiting.values));
  return { share, text: `${formatShare(Math.max(0, share))} of the time of all CPUs`, n: idle.values.length };
}

/** What tasks queued for CPUs, of the time they wanted one. */
function queued(context: Context): Measured | undefined {
  const all = context.derive(queuedOnAll);
  return all === undefined
    ? undefined
    : { text: `tasks queued ${formatShare(all.share)} of the time they wanted a CPU (schedstat)`, n: all.n };
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
