import { formatCount, formatShare } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { type CountMatrix, poolColumns } from '../stats/count-matrix.ts';
import type { Factors } from '../tensor/tensors.ts';
import { type Channel, makeChannel, OTHERS } from './channel.ts';
import { findFactors } from './factors.ts';
import { countedChannel, phaseModel } from './model.ts';
import { findOddWindows, type OddWindow } from './odd-windows.ts';

/** Odd windows of the run, in words, and the components that explain the others. */
export interface OddModel {
  /** What was factorised: windows × columns, rare columns as one. */
  readonly channel: Channel;
  readonly factors: Factors;
  readonly windows: readonly (OddWindow & { readonly text: string })[];
}

/** A column with fewer counts than this, in all and in any one window, is too rare to be looked at alone. */
const RARE = 5;
const MOST_COLUMNS = 500;
const ROUNDS = 40;

/** Components and odd windows of the first channel that holds counts; undefined for a run too short. */
export function oddWindows(context: Context): OddModel | undefined {
  const model = context.derive(phaseModel);
  const whole = countedChannel(context);
  if (model === undefined || whole === undefined) return undefined;
  const channel = withoutRare(whole);
  if (channel === undefined) return undefined;
  const phaseOf = model.stretches.flatMap(({ phase, first, end }) =>
    new Array<number>(end - first).fill(phase),
  );
  const found = findFactors(context.tensors, channel.counts, channel.dispersion, phaseOf);
  const { odd, factors } = findOddWindows(context.tensors, channel.counts, found, ROUNDS);
  return { channel, factors, windows: odd.map((each) => ({ ...each, text: describe(channel, each) })) };
}

/** `92.0 % gc_mark instead of 0.3 %`. */
function describe({ names, counts }: Channel, { window, columns, ratio }: OddWindow): string {
  const total = rowTotal(counts, window);
  const parts = columns.slice(0, 3).map(({ column, count, expected }) => {
    return `${formatShare(count / Math.max(1, total))} ${names[column] ?? ''} instead of ${formatShare(expected / Math.max(1, total))}`;
  });
  return parts.length > 0
    ? parts.join(', ')
    : `many small differences, ${formatCount(ratio)} times the usual`;
}

function rowTotal({ columns, values }: CountMatrix, row: number): number {
  return values.subarray(row * columns, (row + 1) * columns).reduce((a, b) => a + b, 0);
}

/** Keeps columns that are frequent, in all or in one window: what is odd may happen once. */
function withoutRare(channel: Channel): Channel | undefined {
  const { counts, names, name, counted } = channel;
  const total = new Float64Array(counts.columns);
  for (let at = 0, column = 0; at < counts.values.length; at++) {
    total[column] = (total[column] as number) + (counts.values[at] as number);
    if (++column === counts.columns) column = 0;
  }
  const frequent = [...total.keys()].filter((column) => (total[column] as number) >= RARE);
  // The cut is at a number of counts, not at a number of columns: equally frequent ones stay together.
  const least = [...frequent].sort((a, b) => (total[b] as number) - (total[a] as number))[MOST_COLUMNS];
  const kept =
    least === undefined
      ? frequent
      : frequent.filter((column) => (total[column] as number) > (total[least] as number));
  if (kept.length === counts.columns) return channel;
  return makeChannel(
    name,
    counted,
    [...kept.map((column) => names[column] as string), OTHERS],
    poolColumns(counts, kept),
  );
}
