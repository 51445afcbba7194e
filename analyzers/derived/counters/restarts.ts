import { START_TIME } from '../../../model/cpu-series.ts';
import type { Context } from '../../context.ts';
import { readingsOf } from './readings.ts';

/** Name of the series that tells one process from the next with its id. */
export const PROCESS_START = START_TIME;

/** Moments (ns) at which a process id came to be another process: its start time changed between two readings. */
export function processRestarts(context: Context, pid: string): readonly number[] {
  const starts = readingsOf(context, PROCESS_START, 'process', pid);
  if (starts === undefined) return [];
  return [...starts.times].filter((_, i) => i > 0 && starts.values[i] !== starts.values[i - 1]);
}
