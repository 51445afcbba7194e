import { NSTAT, protocolSeries } from '../../../model/net-series.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../counters/increase.ts';
import { lastValue, readingsOf } from '../counters/readings.ts';

/** Over which time a count was gained. */
export type Span = 'between copies' | 'since boot' | 'one nstat';

/** A count of the network stack. */
export interface NetCount {
  readonly value: number;
  readonly span: Span;
  /** ns; NaN where the copies have no times, or there is one only. */
  readonly duration: number;
  /** Readings it is from. */
  readonly n: number;
}

/**
 * What a count gained between copies; of a single copy what it is since boot (or since the namespace was made);
 * of nstat what its last call printed. Undefined where it was not read.
 */
export function netCount(context: Context, protocol: string, key: string): NetCount | undefined {
  const name = protocolSeries(protocol, key);
  const readings = readingsOf(context, name);
  const gained = increaseOf(readings);
  if (gained !== undefined)
    return { value: gained.value, span: 'between copies', duration: gained.duration, n: gained.n + 1 };
  const none = { duration: Number.NaN, n: 1 };
  if (readings !== undefined) return { value: lastValue(readings), span: 'since boot', ...none };
  const printed = readingsOf(context, NSTAT + name);
  return printed === undefined ? undefined : { value: lastValue(printed), span: 'one nstat', ...none };
}
