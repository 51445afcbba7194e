import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

/**
 * For every thread row the row that has its name: block traces name a thread where it was first
 * seen and give its id only elsewhere. Of several names the last one wins; rows with a name are
 * their own.
 */
export function namedThreads(context: Context): Uint32Array {
  const { threads } = context.trace.tables;
  const { tid, comm } = threads.columns;
  const named = new Map<number, number>();
  const rows = new Uint32Array(threads.length);
  for (let row = 1; row < threads.length; row++)
    if (decodeString(context.trace.strings, comm[row] as number) !== '') named.set(tid[row] as number, row);
  for (let row = 1; row < threads.length; row++)
    rows[row] = comm[row] === 0 ? (named.get(tid[row] as number) ?? row) : row;
  return rows;
}
