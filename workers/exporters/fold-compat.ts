import { finishRustSymbol } from '../../model/rust-symbol.ts';
import type { FoldFrame, FoldOptions } from './fold-options.ts';

/**
 * Text of a frame as stackcollapse-perf.pl (`flamegraph`) or inferno-collapse-perf (`inferno`)
 * writes it. `java`: the process name begins with java. A symbol `outer->inner` becomes two frames.
 */
export function compatFrameText(frame: FoldFrame, options: FoldOptions, java: boolean): string {
  const inferno = options.dialect === 'inferno';
  const symbol = inferno ? finishRustSymbol(frame.name) : frame.name;
  return symbol
    .split('->')
    .map((part, position) => {
      let text = withModule(part, frame, options.addrs, inferno).replaceAll(';', ':');
      text = inferno ? untilParameters(text) : cutAtParenthesis(text);
      if (java && text.startsWith('L') && text.includes('/')) text = text.slice(1);
      return text + mark(text, position > 0, frame.module, options, inferno);
    })
    .join(';');
}

function withModule(name: string, { module, address }: FoldFrame, addrs: boolean, inferno: boolean): string {
  if (name !== '[unknown]') return name;
  if (module === '[unknown]' && inferno && !addrs) return name;
  const shown = module === '[unknown]' ? 'unknown' : module.slice(module.lastIndexOf('/') + 1);
  return addrs ? `[${shown} <${address || '0'}>]` : `[${shown}]`;
}

/** Perl: everything from the first parenthesis on, unless it looks like a Go method or an anonymous namespace. */
function cutAtParenthesis(name: string): string {
  const cut = /\.\(.*\)\./.test(name) ? name : name.replace(/\((?!anonymous namespace\)).*/, '');
  return cut.replace(/["']/g, '');
}

/** inferno: the first parenthesis outside all brackets ends the name, with the same two exceptions. */
function untilParameters(name: string): string {
  let depth = 0;
  for (let at = 0; at < name.length; at++) {
    const character = name[at] as string;
    if ('<{['.includes(character)) depth++;
    else if ('>}])'.includes(character)) depth--;
    else if (character === '(') {
      const ends = depth === 0 && name[at - 1] !== '.' && !name.startsWith('(anonymous namespace)', at);
      if (ends) return name.slice(0, at);
      depth++;
    }
  }
  return name;
}

function mark(
  text: string,
  inlined: boolean,
  module: string,
  options: FoldOptions,
  inferno: boolean,
): string {
  if (inlined) return text.includes('_[i]') ? '' : '_[i]';
  if (options.kernel && (inferno ? isInfernoKernel(module) : isPerlKernel(module))) return '_[k]';
  const jit = inferno ? isInfernoJit(module) : /\/tmp\/perf-\d+\.map/.test(module);
  return options.jit && jit && !text.includes('_[j]') ? '_[j]' : '';
}

function isPerlKernel(module: string): boolean {
  return /^\[|vmlinux$/.test(module) && !module.includes('unknown');
}

function isInfernoKernel(module: string): boolean {
  const versioned = /vmlinux[\w.-]*$/.test(module);
  return (module.startsWith('[') || module.endsWith('.ko') || versioned) && module !== '[unknown]';
}

function isInfernoJit(module: string): boolean {
  const map = module.startsWith('/tmp/perf-') && module.endsWith('.map');
  return map || (module.includes('/jitted-') && module.endsWith('.so'));
}
