import { decodeString } from '../../../model/strings.ts';
import { formatShare } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { elapsedBetweenCopies } from '../../derived/counters/elapsed.ts';
import { rateOf } from '../../derived/counters/increase.ts';
import { readingsOf } from '../../derived/counters/readings.ts';
import type { Measured } from './resource.ts';

/** Share of the time in which some task of the host waited for the resource (PSI), from totals. */
export function stalledShare(context: Context, resource: string): Measured | undefined {
  const rate = rateOf(
    readingsOf(context, 'pressure some', 'pressure', resource),
    [],
    context.derive(elapsedBetweenCopies),
  );
  if (rate === undefined) return undefined;
  return {
    text: `some task waited ${formatShare(Math.min(1, rate.value / 1e9))} of the time (PSI)`,
    n: rate.n,
  };
}

/** Marks of the kernel's log that match; undefined where no log was read. */
export function loggedErrors(context: Context, pattern: RegExp, what: string): Measured | undefined {
  const { imports, tables, strings } = context.trace;
  if (!imports.some(({ importer }) => importer === 'kernel-log')) return undefined;
  const { text } = tables.marks.columns;
  let n = 0;
  for (let row = 0; row < tables.marks.length; row++) {
    const line = decodeString(strings, text[row] as number);
    if (pattern.test(line)) n++;
  }
  return { text: `${n} ${what} in the kernel's log`, n };
}
