import type { FoldedStacks } from './fold.ts';

export interface DiffOptions {
  /** Scale the first profile to the total of the second. */
  readonly normalize: boolean;
  /** Treat `0x45ef2173` as `0x...`, so that stacks that differ by addresses alone meet. */
  readonly stripHex: boolean;
}

/**
 * Two-column differential: `stack before after` for every stack of either profile, in byte order.
 * Weights are cut to integers, as the tools that read this format expect.
 */
export function* diffLines(
  before: FoldedStacks,
  after: FoldedStacks,
  options: DiffOptions,
): Generator<string> {
  const first = integers(before, options.stripHex);
  const second = integers(after, options.stripHex);
  const [firstTotal, secondTotal] = [sum(first), sum(second)];
  const scale = options.normalize && firstTotal > 0 && firstTotal !== secondTotal;
  const stacks = [...new Set([...first.keys(), ...second.keys()])].sort((a, b) => (a < b ? -1 : 1));
  for (const stack of stacks) {
    const weight = first.get(stack) ?? 0;
    const scaled = scale ? Math.trunc((weight * secondTotal) / firstTotal) : weight;
    yield `${stack} ${scaled} ${second.get(stack) ?? 0}\n`;
  }
}

function integers(folded: FoldedStacks, stripHex: boolean): FoldedStacks {
  const result: FoldedStacks = new Map();
  for (const [stack, weight] of folded) {
    const key = stripHex ? stack.replace(/0x[0-9a-fA-F]+/g, '0x...') : stack;
    result.set(key, (result.get(key) ?? 0) + Math.trunc(weight));
  }
  return result;
}

function sum(folded: FoldedStacks): number {
  let total = 0;
  for (const weight of folded.values()) total += weight;
  return total;
}
