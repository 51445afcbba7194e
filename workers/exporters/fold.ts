import { Problem } from '../../model/problem.ts';
import { decodeLatin1, decodeString } from '../../model/strings.ts';
import type { Trace } from '../../model/trace.ts';
import { foldedTextMaker } from './fold-names.ts';
import type { FoldOptions } from './fold-options.ts';

/** Distinct stacks (one character per byte, so that latin1 writes what was recorded) and their weights. */
export type FoldedStacks = Map<string, number>;

/**
 * Folds the samples of one event: `comm;outer;…;inner` → summed weight. Different events are
 * never added up; which events there are is in `trace.tables.events`.
 */
export function foldTrace(trace: Trace, options: FoldOptions): FoldedStacks {
  const { samples, stacks, threads } = trace.tables;
  const event = wantedEvent(trace, options);
  const textOf = foldedTextMaker(trace, options);
  const folded: FoldedStacks = new Map();
  const weights = new Map<number, number>();
  const { event: events, thread, stack, weight } = samples.columns;
  for (let row = 0; row < samples.length; row++) {
    // Scripts that see no event on a header line (event 0) take the sample whatever they filter for.
    if (events[row] !== event && !(options.dialect === 'flamegraph' && events[row] === 0)) continue;
    const key = (thread[row] as number) * stacks.length + (stack[row] as number);
    weights.set(key, (weights.get(key) ?? 0) + (weight[row] as number));
  }
  const labels = new Map<number, string>();
  for (const [key, sum] of weights) {
    const row = Math.floor(key / stacks.length);
    let label = labels.get(row);
    if (label === undefined) {
      label = threadLabel(decodeLatin1(trace.strings, threads.columns.comm[row] as number), row);
      labels.set(row, label);
    }
    const text = label + textOf(key % stacks.length, label);
    folded.set(text, (folded.get(text) ?? 0) + sum);
  }
  return folded;

  function threadLabel(comm: string, row: number): string {
    const id = (value: number | undefined) => (value === undefined || value < 0 ? '?' : String(value));
    const pid = id(threads.columns.pid[row]);
    const tid = id(threads.columns.tid[row]);
    const label = options.tid ? `${comm}-${pid}/${tid}` : options.pid ? `${comm}-${pid}` : comm;
    return options.dialect === 'verbatim' ? label : label.replaceAll(' ', '_').replaceAll(';', ':');
  }
}

/** The collapse scripts fold nothing, and say nothing, when no sample is of the event asked for. */
function wantedEvent(trace: Trace, { dialect, event }: FoldOptions): number {
  try {
    return chooseEvent(trace, event);
  } catch (error) {
    if (dialect === 'vtune' || dialect === 'verbatim') throw error;
    return Number.NaN;
  }
}

/** Lines `stack weight` in byte order, each with its newline, one character per byte. */
export function* foldedLines(folded: FoldedStacks): Generator<string> {
  const stacks = [...folded.keys()].sort((a, b) => (a < b ? -1 : 1));
  for (const stack of stacks) {
    const weight = folded.get(stack) as number;
    if (weight !== 0) yield `${stack} ${weight}\n`;
  }
}

/** Id of the event to fold: the one named (with or without its modifiers), else the first recorded. */
export function chooseEvent(trace: Trace, name: string | undefined): number {
  if (name === undefined) return trace.tables.events.length > 1 ? 1 : 0;
  const names = Array.from(trace.tables.events.columns.name, (id) => decodeString(trace.strings, id));
  const exact = names.indexOf(name, 1);
  const found =
    exact > 0 ? exact : names.findIndex((other, id) => id > 0 && other.replace(/:[A-Za-z]+$/, '') === name);
  if (found > 0) return found;
  throw new Problem({
    code: 'usage',
    message: `no samples of event ${name}`,
    hint: `the events are: ${names.slice(1).join(', ') || 'none'}`,
  });
}
