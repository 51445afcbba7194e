import { type CountMatrix, rowTotals } from '../../stats/count-matrix.ts';
import { quantile } from '../../stats/quantiles.ts';
import { type Channel, makeChannel } from '../channel.ts';

/** Of all windows, nine in ten hold no more samples than the measure of full activity. */
const FULL = 0.9;

/**
 * How much was going on: samples there were, beside those there would have been in a window as busy
 * as the busiest tenth. A program that sleeps leaves no samples, and shares alone would not show it.
 */
export function activityChannel(functions: CountMatrix, lastPart: number): Channel | undefined {
  const totals = rowTotals(functions);
  const full = Math.round(
    quantile(
      [...totals].sort((a, b) => a - b),
      FULL,
    ),
  );
  const values = new Uint32Array(functions.rows * 2);
  totals.forEach((total, window) => {
    values[2 * window] = total;
    const part = window === functions.rows - 1 ? lastPart : 1;
    values[2 * window + 1] = Math.max(0, Math.round(full * part) - total);
  });
  return makeChannel('activity', 'samples', ['sampled', 'not sampled'], {
    rows: functions.rows,
    columns: 2,
    values,
  });
}
