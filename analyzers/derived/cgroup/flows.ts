import { groupTraffic, printedGroup } from '../../../model/group-series.ts';
import { chargedOf } from '../../../model/io-limit-series.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../counters/increase.ts';
import { allReadings, type Readings } from '../counters/readings.ts';
import { gaugeOf } from './printed.ts';

/** Bytes of a group a second, on average over what was captured. */
export interface Flow {
  /** Bytes/s; NaN where only a total without times is known. */
  readonly rate: number;
  /** Bytes within the capture, or since the group was made with one reading; NaN where only rates were printed. */
  readonly total: number;
  readonly n: number;
}

export const flowSorts = ['read', 'written', 'received', 'sent'] as const;
export type FlowSort = (typeof flowSorts)[number];

/** What a group read, wrote, received and sent: by the kernel's counts of its devices, else as tools printed it. */
export function flowOf(context: Context, cgroup: string, sort: FlowSort): Flow | undefined {
  const series = context.derive(allReadings).get('cgroup')?.get(cgroup) ?? new Map<string, Readings>();
  const direction = sort === 'read' ? 'read' : sort === 'written' ? 'write' : undefined;
  const charged = [...series.values()].filter(({ name }) => {
    const of = chargedOf(name);
    return of !== undefined && of.direction === direction && of.quantity === 'bytes';
  });
  if (charged.length > 0) return counted(charged);
  const traffic = sort === 'received' || sort === 'sent' ? series.get(groupTraffic[sort]) : undefined;
  if (traffic !== undefined) return counted([traffic]);
  const gauge = gaugeOf(
    direction === undefined
      ? undefined
      : series.get(direction === 'read' ? printedGroup.readRate : printedGroup.writeRate),
  );
  if (gauge !== undefined) return { rate: gauge.mean, total: Number.NaN, n: gauge.n };
  const printed = series.get(printedGroup[sort]);
  return printed === undefined ? undefined : counted([printed]);
}

function counted(all: readonly Readings[]): Flow {
  const gains = all.map(gainedOrTotal);
  const seconds = Math.max(...gains.map(({ duration }) => duration)) / 1e9;
  const total = gains.reduce((sum, { value }) => sum + value, 0);
  return { rate: seconds > 0 ? total / seconds : Number.NaN, total, n: gains[0]?.n ?? 0 };
}

function gainedOrTotal(readings: Readings): {
  readonly value: number;
  readonly duration: number;
  readonly n: number;
} {
  return increaseOf(readings) ?? { value: readings.values.at(-1) ?? Number.NaN, duration: Number.NaN, n: 1 };
}
