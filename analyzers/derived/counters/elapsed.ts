import type { Context } from '../../context.ts';
import { increaseOf } from './increase.ts';
import { readingsOf } from './readings.ts';

/** USER_HZ, of the ticks of /proc: 100 on every common architecture. */
export const USER_HZ = 100;
const states = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'] as const;

/**
 * ns between copies of which only the order is known (`proc_stat.before`, `proc_stat.after`): told by /proc/uptime,
 * else by the time all CPUs spent in any state, to a tick for each CPU. Undefined when nothing tells.
 */
export function elapsedBetweenCopies(context: Context): number | undefined {
  const uptime = readingsOf(context, 'uptime');
  if (uptime !== undefined && uptime.values.length > 1 && Number.isNaN(uptime.times[0])) {
    const gained = (uptime.values.at(-1) as number) - (uptime.values[0] as number);
    if (gained > 0) return gained;
  }
  const cpus = readingsOf(context, 'cpus')?.values.at(-1);
  const own = states.map((state) => readingsOf(context, `cpu time ${state}`));
  if (cpus === undefined || !(cpus > 0) || !Number.isNaN(own[0]?.times[0] ?? 0)) return undefined;
  const ticks = own.reduce((sum, each) => sum + (increaseOf(each)?.value ?? 0), 0);
  return ticks > 0 ? (ticks / USER_HZ / cpus) * 1e9 : undefined;
}
