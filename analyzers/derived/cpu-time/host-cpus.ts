import type { Context } from '../../context.ts';
import { lastValue, readingsOf } from '../counters/readings.ts';
import { hostFacts } from '../host-facts.ts';

/** CPUs of the host; NaN when nothing tells. */
export function hostCpus(context: Context): number {
  const counted = lastValue(readingsOf(context, 'cpus'));
  return Number.isNaN(counted) ? Number(context.derive(hostFacts).cpus ?? Number.NaN) : counted;
}
