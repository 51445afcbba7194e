import { evaluate } from './constant.ts';

/** One `__print_symbolic` of a print format: names of the values of a field. */
export interface SymbolicNames {
  /** The first argument, as it stands: `REC->exit_reason & 0xffff`. */
  readonly of: string;
  /** What the value is cut to before it is looked up; all bits where the format does not say. */
  readonly mask: number;
  /** Names by value, read as unsigned 32 bits. */
  readonly names: ReadonlyMap<number, string>;
}

/** `{ 2, "KVM_EXIT_" "IO" }`: macros leave literals side by side. */
const entry = /\{\s*([^{}"]+?)\s*,\s*("[^"]*"(?:\s*"[^"]*")*)\s*\}/g;

/** Tables of a print format (`print fmt:` of a tracefs format file), in the order in which they stand. */
export function symbolicNames(printFormat: string): readonly SymbolicNames[] {
  const found: SymbolicNames[] = [];
  const calls = /__print_symbolic\(/g;
  for (let call = calls.exec(printFormat); call !== null; call = calls.exec(printFormat)) {
    const from = call.index + call[0].length;
    const body = printFormat.slice(from, closing(printFormat, from));
    const names = new Map<number, string>();
    for (const [, value = '', literals = ''] of body.matchAll(entry)) {
      const number = evaluate(value);
      const name = literals.replace(/"\s*"/g, '').slice(1, -1);
      // Of two names for one value the kernel prints the first.
      if (number !== undefined && !names.has(number >>> 0)) names.set(number >>> 0, name);
    }
    const of = /^\s*([^,{]+?)\s*,/.exec(body)?.[1] ?? '';
    const mask = /&\s*(0x[0-9a-f]+|\d+)\s*\)?$/i.exec(of)?.[1];
    found.push({ of, mask: mask === undefined ? 0xffffffff : Number(mask), names });
  }
  return found;
}

/** The name of a value; like the kernel, the number in hexadecimal where it has none. */
export function symbolicName(table: SymbolicNames, value: number): string {
  const cut = (value & table.mask) >>> 0;
  return table.names.get(cut) ?? `0x${cut.toString(16)}`;
}

/** Where the bracket opened before `from` closes; quoted text does not count. */
function closing(text: string, from: number): number {
  let depth = 1;
  let quoted = false;
  for (let at = from; at < text.length; at++) {
    const letter = text[at];
    if (letter === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (letter === '(') depth++;
    else if (letter === ')' && --depth === 0) return at;
  }
  return text.length;
}
