import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { DimensionBuilder } from '../../model/dimension.ts';
import { StackBuilder } from '../../model/stack-builder.ts';
import { decodeString, StringBuilder, stringBytes } from '../../model/strings.ts';
import { frameKindId, frames as framesTable } from '../../model/tables.ts';
import type { Trace } from '../../model/trace.ts';

/** Functions at an address, outermost first: the one compiled there, then those inlined into it. */
type Functions = readonly string[];

/**
 * Adds the inlined functions perf did not print, by asking llvm-symbolizer or addr2line about the programs on this
 * machine. Frames whose program is not here, or has no debug information, stay as they are. A
 * trace that holds inlined frames already is returned unchanged: perf has done this.
 */
export async function resolveInlined(trace: Trace): Promise<Trace> {
  const { frames } = trace.tables;
  if (frames.columns.kind.includes(frameKindId.inlined)) return trace;
  const byModule = new Map<number, number[]>();
  for (let row = 1; row < frames.length; row++) {
    if (frames.columns.kind[row] !== frameKindId.user) continue;
    const module = frames.columns.module[row] as number;
    byModule.set(module, [...(byModule.get(module) ?? []), row]);
  }
  const found = new Map<number, Functions>();
  for (const [module, rows] of byModule) {
    const path = decodeString(trace.strings, module);
    if (!path.startsWith('/') || !existsSync(path)) continue;
    const answers = await askSymbolizer(path, await addressesOf(trace, path, rows));
    rows.forEach((row, i) => {
      const functions = answers[i];
      if (functions !== undefined && functions.length > 1) found.set(row, functions);
    });
  }
  return found.size === 0 ? trace : expand(trace, found);
}

/** Where each frame is in its file: its symbol's address plus offset when nm knows the symbol, else the recorded address. */
async function addressesOf(trace: Trace, path: string, rows: readonly number[]): Promise<string[]> {
  const { name, addressHigh, addressLow } = trace.tables.frames.columns;
  const symbols = new Map<string, bigint>();
  for (const line of (await output('nm', ['-C', '--defined-only', path], '')).split('\n')) {
    const [, address, symbol] = /^([0-9a-f]+) [tTwWiV] (.*)$/.exec(line) ?? [];
    if (address !== undefined && symbol !== undefined) symbols.set(symbol, BigInt(`0x${address}`));
  }
  return rows.map((row) => {
    const [, symbol = '', offset = '0'] =
      /^(.*?)(?:\+0x([0-9a-f]+))?$/.exec(decodeString(trace.strings, name[row] as number)) ?? [];
    const base = symbols.get(symbol);
    if (base !== undefined) return (base + BigInt(`0x${offset}`)).toString(16);
    return ((BigInt(addressHigh[row] as number) << 32n) | BigInt(addressLow[row] as number)).toString(16);
  });
}

/**
 * Tools that speak addr2line's language, best first: GNU's own names the innermost inlined function
 * by the symbol table, which knows only the function it was inlined into (binutils 2.40).
 */
const symbolizers: readonly (readonly [string, readonly string[]])[] = [
  ['llvm-symbolizer', ['--output-style=GNU']],
  ['llvm-addr2line', []],
  ['addr2line', []],
];

/** Functions at each address; undefined where no tool knows any. */
async function askSymbolizer(path: string, addresses: readonly string[]): Promise<(Functions | undefined)[]> {
  const input = addresses.map((address) => `0x${address}\n`).join('');
  let text = '';
  for (const [tool, args] of symbolizers) {
    text = await output(tool, [...args, '-a', '-f', '-i', '-C', '-e', path], input);
    if (text !== '') break;
  }
  const answers: (Functions | undefined)[] = [];
  // Each answer begins with its address, then has pairs of lines, innermost first: function, file:line.
  for (const block of text.split(/^0x[0-9a-f]+\n/m).slice(1)) {
    const functions = block.split('\n').filter((_, i) => i % 2 === 0 && block !== '');
    const names = functions.filter((name) => name !== '' && name !== '??').reverse();
    answers.push(names.length > 0 ? names : undefined);
  }
  return answers;
}

/** Output of a tool of binutils; empty when it is not installed or fails. */
function output(tool: string, args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(tool, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', () => resolve(''));
    child.on('close', () => resolve(Buffer.concat(chunks).toString('utf8')));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

/** The trace with each frame of `found` replaced by its functions. */
function expand(trace: Trace, found: ReadonlyMap<number, Functions>): Trace {
  const { frames, stacks, samples } = trace.tables;
  const strings = new StringBuilder();
  for (let id = 1; id < trace.strings.length; id++) {
    const bytes = stringBytes(trace.strings, id);
    strings.intern(bytes, 0, bytes.length);
  }
  const table = new DimensionBuilder(framesTable);
  const columns = frames.columns;
  const chains = new Map<number, readonly number[]>();
  for (let row = 1; row < frames.length; row++) {
    const cells = {
      name: columns.name[row] as number,
      module: columns.module[row] as number,
      kind: columns.kind[row] as number,
      addressHigh: columns.addressHigh[row] as number,
      addressLow: columns.addressLow[row] as number,
    };
    const [, ...inlined] = found.get(row) ?? [''];
    const ids = inlined.map((name) =>
      table.intern({ name: strings.internText(name), kind: frameKindId.inlined }),
    );
    chains.set(row, [table.intern(cells), ...ids]);
  }
  const tree = new StackBuilder();
  const moved = new Uint32Array(stacks.length);
  for (let row = 1; row < stacks.length; row++) {
    const chain = chains.get(stacks.columns.frame[row] as number) ?? [];
    moved[row] = chain.reduce(
      (parent, frame) => tree.push(parent, frame),
      moved[stacks.columns.parent[row] as number] as number,
    );
  }
  const stack = samples.columns.stack.map((row) => moved[row] as number);
  return {
    ...trace,
    strings: strings.finish(),
    tables: {
      ...trace.tables,
      frames: table.finish(),
      stacks: tree.finish(),
      samples: { length: samples.length, columns: { ...samples.columns, stack } },
    },
  };
}
