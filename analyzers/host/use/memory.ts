import { taskRate } from '../../../model/printed-series.ts';
import { formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { increaseOf, rateOf } from '../../derived/counters/increase.ts';
import { readingsOf } from '../../derived/counters/readings.ts';
import { pidstatTables, processRates } from '../../derived/cpu-time/task-rates.ts';
import { type Measured, type ReadResource, resourceUse } from './resource.ts';
import { loggedErrors, stalledShare } from './stalled.ts';

/** Memory of the host: what is not available, time lost to reclaim or pages swapped, tasks killed. */
export const memoryUse: ReadResource = (context) => {
  const used = usedShare(context);
  return [
    resourceUse(
      {
        resource: 'memory',
        share: used?.share,
        utilisation: used,
        saturation: stalledShare(context, 'memory') ?? swapped(context),
        errors:
          killed(context) ?? loggedErrors(context, /[Oo]ut of memory/, 'tasks killed for lack of memory'),
      },
      {
        utilisation: 'cat /proc/meminfo > proc@meminfo',
        saturation:
          'cp /proc/pressure/memory pressure_memory.before; sleep 30; cp /proc/pressure/memory pressure_memory.after',
        errors: 'cp /proc/vmstat vmstat.before; sleep 30; cp /proc/vmstat vmstat.after',
      },
    ),
  ];
};

/** Highest share of memory that was not available for new work without swapping. */
function usedShare(context: Context): (Measured & { readonly share: number }) | undefined {
  const total = readingsOf(context, 'meminfo MemTotal')?.values.at(-1);
  const available = readingsOf(context, 'meminfo MemAvailable')?.values;
  if (total === undefined || available === undefined || !(total > 0)) return undefined;
  const least = available.reduce((a, b) => Math.min(a, b));
  const share = 1 - least / total;
  return {
    share,
    text: `${formatShare(share)} of ${formatValue(total, 'bytes')} at most`,
    n: available.length,
  };
}

function swapped(context: Context): Measured | undefined {
  const rate = rateOf(readingsOf(context, 'vmstat pswpin'));
  if (rate !== undefined) return { text: `${formatValue(rate.value, '1/s')} pages swapped in`, n: rate.n };
  const readings = readingsOf(context, 'swapped in');
  if (readings === undefined) return majorFaults(context);
  const mean = readings.values.reduce((sum, value) => sum + value, 0) / readings.values.length;
  return { text: `${formatValue(mean, 'bytes/s')} swapped in`, n: readings.values.length };
}

/** Pages that had to be read from a device, by the processes of pidstat; of files mapped as well as of swap. */
function majorFaults(context: Context): Measured | undefined {
  const n = context.derive(pidstatTables).get('memory')?.n;
  if (n === undefined) return undefined;
  const faults = context
    .derive(processRates)
    .reduce((sum, { mean }) => sum + (mean.get(taskRate.majorFaults) ?? 0), 0);
  return { text: `${formatValue(faults, '1/s')} page faults that read a device, of all processes`, n };
}

function killed(context: Context): Measured | undefined {
  const kills = increaseOf(readingsOf(context, 'vmstat oom_kill'));
  return kills === undefined
    ? undefined
    : { text: `${kills.value} tasks killed for lack of memory`, n: kills.n };
}
