import {
  CHARGED_TOTAL,
  chargedSeries,
  IO_CGROUP_VERSION,
  type IoDirection,
  type IoQuantity,
  limitCountSeries,
  limitOf,
} from '../../../model/io-limit-series.ts';
import type { Context } from '../../context.ts';
import { type Increase, increaseOf, stepsOf } from '../counters/increase.ts';
import { allReadings, lastValue, type Readings } from '../counters/readings.ts';
import { type Sustained, sustainedAt } from '../counters/sustained.ts';

/** One limit of one group on one device, and what was charged to it. */
export interface LimitUse {
  readonly cgroup: string;
  /** `254:0`. */
  readonly device: string;
  readonly direction: IoDirection;
  readonly quantity: IoQuantity;
  readonly version: 1 | 2;
  /** Per second, of the quantity; the last one read. */
  readonly limit: number;
  /** The limit had other values before. */
  readonly changed: boolean;
  /** It was taken away again before the last reading. */
  readonly lifted: boolean;
  /** Undefined: the group's counts were not copied, or once only. */
  readonly charged: Increase | undefined;
  /** Largest mean over one interval, per second; NaN without times. */
  readonly peak: number;
  /** Intervals in which anything was charged. */
  readonly active: number;
  /** Longest stretch at the limit. */
  readonly atLimit: Sustained | undefined;
}

/** From this share of its limit on, a rate is at the limit. */
export const AT_LIMIT = 0.95;

/** Every limit that was read, by group, device and sort. */
export function ioLimits(context: Context): readonly LimitUse[] {
  const groups =
    context.derive(allReadings).get('cgroup') ?? new Map<string, ReadonlyMap<string, Readings>>();
  return [...groups].flatMap(([cgroup, series]) =>
    [...series.values()].flatMap((limits) => {
      const of = limitOf(limits.name);
      return of === undefined ? [] : [useOf(cgroup, series, limits, of)];
    }),
  );
}

/** Groups whose files of limits were read and were empty. */
export function groupsWithoutLimits(context: Context): readonly string[] {
  const groups =
    context.derive(allReadings).get('cgroup') ?? new Map<string, ReadonlyMap<string, Readings>>();
  return [...groups]
    .filter(([, series]) => {
      const counts = [...series.values()].filter(({ name }) => name.startsWith('io limits '));
      return counts.length > 0 && counts.every(({ values }) => values.every((value) => value === 0));
    })
    .map(([cgroup]) => cgroup);
}

function useOf(
  cgroup: string,
  series: ReadonlyMap<string, Readings>,
  limits: Readings,
  of: { readonly direction: IoDirection; readonly quantity: IoQuantity; readonly device: string },
): LimitUse {
  const limit = lastValue(limits);
  const counts = series.get(limitCountSeries(of.direction, of.quantity));
  const first = limits.values.findIndex((value, i) =>
    limits.values.subarray(i).every((later) => later === value),
  );
  const changed = first > 0;
  const charged =
    since(
      series.get(chargedSeries(of.direction, of.quantity, of.device)),
      changed ? limits.times[first] : undefined,
    ) ?? nothingCharged(series.get(`${CHARGED_TOTAL} ${of.quantity}`));
  const steps = charged === undefined ? undefined : stepsOf(charged);
  const rates =
    steps === undefined
      ? []
      : [...steps.increases].map(
          (gained, i) => (gained / ((steps.ends[i] as number) - (steps.starts[i] as number))) * 1e9,
        );
  return {
    cgroup,
    ...of,
    version: lastValue(series.get(IO_CGROUP_VERSION)) === 1 ? 1 : 2,
    limit,
    changed,
    lifted: counts !== undefined && lastValue(counts) === 0,
    charged: increaseOf(charged),
    peak: rates.reduce((most, rate) => (rate > most || Number.isNaN(most) ? rate : most), Number.NaN),
    active: steps === undefined ? 0 : steps.increases.filter((gained) => gained > 0).length,
    atLimit: steps === undefined ? undefined : sustainedAt(steps, limit, AT_LIMIT),
  };
}

/** Readings from a moment on: those before were taken under another limit. */
function since(readings: Readings | undefined, from: number | undefined): Readings | undefined {
  if (readings === undefined || from === undefined || Number.isNaN(from)) return readings;
  const at = readings.times.findIndex((time) => time >= from);
  if (at <= 0) return readings;
  return {
    ...readings,
    times: readings.times.subarray(at),
    values: readings.values.subarray(at),
    sources: readings.sources.subarray(at),
  };
}

/** A group that prints no device has had no I/O at all: its total of 0 is that of every device. */
function nothingCharged(total: Readings | undefined): Readings | undefined {
  return total?.values.every((value) => value === 0) ? total : undefined;
}
