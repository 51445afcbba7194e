import type { FlameData } from './flame-data.ts';

export interface Matches {
  /** 1 for functions whose name matches. */
  readonly functions: Uint8Array;
  /** Matching nodes without a matching caller: counting these counts nothing twice. */
  readonly outermost: readonly number[];
  /** Weight below them. */
  readonly weight: number;
}

/** A regular expression, case-insensitive unless it holds a capital; undefined when it is no valid one. */
export function toPattern(query: string): RegExp | undefined {
  try {
    return new RegExp(query, /[A-Z]/.test(query) ? '' : 'i');
  } catch {
    return undefined;
  }
}

export function findMatches(data: FlameData, total: Float64Array, pattern: RegExp): Matches {
  const functions = Uint8Array.from(data.names, (name) => (pattern.test(name) ? 1 : 0));
  const outermost: number[] = [];
  let weight = 0;
  for (let node = 1; node < total.length; ) {
    if (functions[data.fn[node] as number] === 1 && (total[node] as number) > 0) {
      outermost.push(node);
      weight += total[node] as number;
      node = data.end[node] as number;
    } else node++;
  }
  return { functions, outermost, weight };
}
