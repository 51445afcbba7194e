import { decodeLatin1 } from '../../model/strings.ts';
import { moduleName, tidySymbol } from '../../model/symbol-name.ts';
import { frameKinds } from '../../model/tables.ts';
import type { Trace } from '../../model/trace.ts';
import { compatFrameText } from './fold-compat.ts';
import type { FoldFrame, FoldOptions } from './fold-options.ts';

/**
 * Gives `(stack, label) → ';outer;…;inner'`. Texts are built once per stack from the parent's, so
 * a trace of n stacks costs n concatenations however deep they are.
 */
export function foldedTextMaker(
  trace: Trace,
  options: FoldOptions,
): (stack: number, label: string) => string {
  const { stacks, frames } = trace.tables;
  const isCompat = options.dialect === 'flamegraph' || options.dialect === 'inferno';
  const { name, module, kind, addressHigh, addressLow } = frames.columns;
  const frameAt = (id: number): FoldFrame => ({
    name: decodeLatin1(trace.strings, name[id] as number),
    module: decodeLatin1(trace.strings, module[id] as number),
    kind: frameKinds[kind[id] as number] ?? 'unknown',
    address: addressText(addressHigh[id] as number, addressLow[id] as number),
  });
  const textOf = (frame: FoldFrame, java: boolean): string => {
    if (options.dialect === 'vtune') return frameText(frame, options);
    if (options.dialect === 'verbatim')
      return frame.name || (frame.kind === 'unknown' ? unnamed(frame, false) : '');
    return compatFrameText(frame, options, java);
  };
  // Collapse scripts condense names only in stacks of processes called java…, so a stack can have two texts.
  const texts: [string[], string[]] = [[], []];
  const build = (java: boolean): string[] => {
    const frameTexts = Array.from({ length: frames.length }, (_, id) => textOf(frameAt(id), java));
    const built = [''];
    for (let id = 1; id < stacks.length; id++) {
      const parent = built[stacks.columns.parent[id] as number] as string;
      built.push(`${parent};${frameTexts[stacks.columns.frame[id] as number] as string}`);
    }
    return built;
  };
  return (stack, label) => {
    const java = isCompat && label.startsWith('java') ? 1 : 0;
    if (texts[java].length === 0) texts[java] = build(java === 1);
    return texts[java][stack] as string;
  };
}

/** `name`, `[module]` or `[module <address>]`, with the marks asked for. */
function frameText(frame: FoldFrame, options: FoldOptions): string {
  const symbol = frame.name.replace(/\+0x[\da-f]+$/, '');
  const text = symbol === '' ? unnamed(frame, options.addrs) : tidySymbol(symbol).replaceAll(';', ':');
  if (options.kernel && frame.kind === 'kernel') return `${text}_[k]`;
  if (options.jit && frame.kind === 'jit') return `${text}_[j]`;
  if (options.inline && frame.kind === 'inlined') return `${text}_[i]`;
  return text;
}

function unnamed({ module, address }: FoldFrame, addrs: boolean): string {
  const name = (module === '' ? 'unknown' : moduleName(module).replace(/^\[(.*)\]$/, '$1')).replaceAll(
    ';',
    ':',
  );
  return addrs && address !== '' ? `[${name} <${address}>]` : `[${name}]`;
}

function addressText(high: number, low: number): string {
  if (high === 0) return low === 0 ? '' : low.toString(16);
  return high.toString(16) + low.toString(16).padStart(8, '0');
}
