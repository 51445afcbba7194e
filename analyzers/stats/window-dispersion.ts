import type { CountMatrix } from './count-matrix.ts';
import { quantile } from './quantiles.ts';

/** Pairs of neighbours needed before their spread is believed. */
const FEWEST_PAIRS = 8;

/**
 * How much more neighbouring windows differ than multinomial sampling makes them: Pearson's χ² of
 * the 2 × columns table of each window and the next, over its degrees of freedom, the median of
 * all pairs. Changes of level touch few pairs, so the median is blind to them; 1 = sampling alone,
 * and never less.
 */
export function windowDispersion({ rows, columns, values }: CountMatrix): number {
  const ratios: number[] = [];
  for (let row = 0; row + 1 < rows; row++) {
    const [first, second] = [row * columns, (row + 1) * columns];
    let [one, two] = [0, 0];
    for (let c = 0; c < columns; c++) {
      one += values[first + c] as number;
      two += values[second + c] as number;
    }
    if (one === 0 || two === 0) continue;
    let [chiSquared, present] = [0, 0];
    for (let c = 0; c < columns; c++) {
      const [a, b] = [values[first + c] as number, values[second + c] as number];
      if (a + b === 0) continue;
      present++;
      chiSquared += (a * two - b * one) ** 2 / (a + b);
    }
    const df = present - 1;
    if (df < 1) continue;
    // Over the median of χ² (Wilson–Hilferty), so that sampling alone gives 1 in the middle.
    ratios.push(chiSquared / (one * two) / (df * (1 - 2 / (9 * df)) ** 3));
  }
  return ratios.length < FEWEST_PAIRS
    ? 1
    : Math.max(
        1,
        quantile(
          ratios.sort((a, b) => a - b),
          0.5,
        ),
      );
}
