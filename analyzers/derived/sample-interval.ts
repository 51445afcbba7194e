import { NO_CPU } from '../../model/tables.ts';
import type { Context } from '../context.ts';
import { quantile } from '../stats/quantiles.ts';

/** Gaps looked at: a median of more says nothing more. */
const MOST_GAPS = 50_000;
const FEWEST_GAPS = 10;

/**
 * Median ns between samples of an event that follow each other on one CPU (one thread where CPUs
 * were not recorded): the sampling period as it was, whatever was asked for. 0 when not known.
 */
export function sampleInterval({ trace }: Context, eventId: number): number {
  const { time, cpu, thread, event } = trace.tables.samples.columns;
  const last = new Map<number, number>();
  const gaps: number[] = [];
  for (let row = 0; row < event.length && gaps.length < MOST_GAPS; row++) {
    const at = time[row] as number;
    if (event[row] !== eventId || Number.isNaN(at)) continue;
    // CPUs and threads are numbered apart: threads below zero.
    const key = cpu[row] === NO_CPU ? -1 - (thread[row] as number) : (cpu[row] as number);
    const before = last.get(key);
    if (before !== undefined && at > before) gaps.push(at - before);
    last.set(key, at);
  }
  if (gaps.length < FEWEST_GAPS) return 0;
  return quantile(Float64Array.from(gaps).sort(), 0.5);
}
