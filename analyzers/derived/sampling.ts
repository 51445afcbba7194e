import type { Context } from '../context.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { profile } from './profile.ts';

/** How the primary event was sampled. */
export interface Sampling {
  /** Samples per second, idle ones included; 0 without times. */
  readonly rate: number;
  /** Median period of the first, second and last third of the capture; empty without periods. */
  readonly medians: readonly number[];
  /** Largest over smallest of `medians`; 0 when they are not known. */
  readonly drift: number;
  readonly lost: {
    readonly events: number;
    readonly share: number;
    readonly n: number;
    readonly low: number;
    readonly high: number;
  };
  readonly outOfOrder: { readonly n: number; readonly of: number; readonly share: number };
}

export function sampling(context: Context): Sampling {
  const { imports, tables } = context.trace;
  const { rows, duration, idleSamples, event } = context.derive(profile);
  const weights = tables.samples.columns.weight;
  const hasPeriods = event.unit !== 'samples';
  const third = Math.floor(rows.length / 3);
  const medians =
    hasPeriods && third >= 20
      ? [0, 1, 2].map((part) =>
          median(
            Float64Array.from(
              rows.subarray(part * third, (part + 1) * third),
              (row) => weights[row] as number,
            ),
          ),
        )
      : [];
  const smallest = Math.min(...medians);
  const lost = imports.reduce((sum, row) => sum + row.lost, 0);
  const tried = lost + tables.samples.length;
  const outOfOrder = imports.reduce((sum, row) => sum + row.outOfOrder, 0);
  const share = tried > 0 ? lost / tried : 0;
  return {
    rate: duration > 0 ? (rows.length + idleSamples) / duration : 0,
    medians,
    drift: medians.length > 0 && smallest > 0 ? Math.max(...medians) / smallest : 0,
    lost: { events: lost, share, n: tried, ...wilsonInterval(share, tried) },
    outOfOrder: {
      n: outOfOrder,
      of: tables.samples.length,
      share: outOfOrder / Math.max(1, tables.samples.length),
    },
  };
}

function median(values: Float64Array): number {
  values.sort();
  const middle = values.length >> 1;
  return values.length % 2 === 1
    ? (values[middle] as number)
    : ((values[middle - 1] as number) + (values[middle] as number)) / 2;
}
