import type { FlameSection } from '../../model/section.ts';
import { visibleText } from '../../model/visible-text.ts';

/** Significant digits of a cost. */
const DIGITS = 9;

/**
 * A differential flame graph as two-column folded stacks, `a;b;c before after`, as differential
 * collapse scripts write them: costs per unit of work, so both columns are normalised already.
 */
export function* foldedComparison({ tree, compare }: FlameSection): Generator<string> {
  const path: string[] = [];
  const { depth, function: functions, self } = tree.nodes;
  for (let node = 0; node < depth.length; node++) {
    path.length = Math.max(0, (depth[node] as number) - 1);
    if (depth[node] === 0) continue;
    path.push(clean(tree.functions.name[functions[node] as number] ?? ''));
    const [before, after] = [compare?.self[node] ?? 0, self[node] as number];
    if (before > 0 || after > 0) yield `${path.join(';')} ${amount(before)} ${amount(after)}\n`;
  }
}

/** A name can hold neither what parts frames nor what ends lines, and commands no terminal. */
function clean(name: string): string {
  const text = visibleText(name.replaceAll(';', ':').replace(/[\r\n\t]+/g, ' '));
  return text.trim() === '' ? '[unknown]' : text;
}

/** Costs may be shares far below 1: digits that count, never an exponent, which readers do not know. */
function amount(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const places = Math.min(20, Math.max(3, DIGITS - Math.ceil(Math.log10(value))));
  return value.toFixed(places).replace(/\.?0+$/, '') || '0';
}
