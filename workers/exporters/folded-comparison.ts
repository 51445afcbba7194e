import type { FlameSection } from '../../model/section.ts';

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

/** A name can hold neither what parts frames nor what ends lines. */
function clean(name: string): string {
  return name.replaceAll(';', ':').replace(/[\r\n]+/g, ' ');
}

function amount(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(3).replace(/\.?0+$/, '') || '0';
}
