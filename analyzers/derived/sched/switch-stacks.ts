import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { coverage } from './coverage.ts';

/** Farthest a stack is written behind its event, ns. */
const BEHIND = 500_000;
/** Farthest apart two tracers write down one switch, ns. */
const APART = 1_000_000;

/**
 * Stack of each row of switches: its own, else that of the `<stack trace>` event its tracer wrote
 * right behind it, else that of the same switch in a second recording.
 */
export function switchStacks(context: Context): Uint32Array {
  const { switches } = context.trace.tables;
  const stacks = switches.columns.stack.slice();
  attachStackEvents(context, stacks);
  if (context.derive(coverage).duplicates.length > 0) borrow(context, stacks);
  return stacks;
}

function attachStackEvents({ trace }: Context, stacks: Uint32Array): void {
  const { samples, switches, threads, events } = trace.tables;
  const wanted = events.columns.name.findIndex(
    (name) => decodeString(trace.strings, name) === '<stack trace>',
  );
  if (wanted < 0) return;
  const { tid } = threads.columns;
  // Last switch of each CPU that has no stack yet; a stack belongs to it if its thread is prev.
  const open = new Map<number, number>();
  let row = 0;
  for (let sample = 0; sample < samples.length; sample++) {
    if (samples.columns.event[sample] !== wanted) continue;
    const at = samples.columns.time[sample] as number;
    while (row < switches.length && (switches.columns.time[row] as number) <= at) {
      if (switches.columns.stack[row] === 0 && isText(trace, switches.columns.source[row] as number)) {
        open.set(switches.columns.cpu[row] as number, row);
      }
      row++;
    }
    const cpu = samples.columns.cpu[sample] as number;
    const last = open.get(cpu);
    if (last === undefined || at - (switches.columns.time[last] as number) > BEHIND) continue;
    if (tid[switches.columns.prev[last] as number] !== tid[samples.columns.thread[sample] as number])
      continue;
    stacks[last] = samples.columns.stack[sample] as number;
    open.delete(cpu);
  }
}

function isText(trace: Context['trace'], source: number): boolean {
  return trace.imports[source]?.importer !== 'perf-script';
}

/** Gives switches without a stack that of the nearest same switch (CPU, prev, next) of another file. */
function borrow({ trace }: Context, stacks: Uint32Array): void {
  const { switches, threads } = trace.tables;
  const { time, cpu, prev, next, source } = switches.columns;
  const { tid } = threads.columns;
  const lenders = new Map<string, number[]>();
  const key = (row: number): string => `${cpu[row]} ${tid[prev[row] as number]} ${tid[next[row] as number]}`;
  for (let row = 0; row < switches.length; row++) {
    if (stacks[row] === 0) continue;
    const rows = lenders.get(key(row));
    if (rows === undefined) lenders.set(key(row), [row]);
    else rows.push(row);
  }
  if (lenders.size === 0) return;
  for (let row = 0; row < switches.length; row++) {
    if (stacks[row] !== 0) continue;
    const rows = lenders.get(key(row));
    if (rows === undefined) continue;
    const at = time[row] as number;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((time[rows[middle] as number] as number) < at) low = middle + 1;
      else high = middle;
    }
    let best = -1;
    let distance = APART;
    for (const candidate of [rows[low - 1], rows[low]]) {
      if (candidate === undefined || source[candidate] === source[row]) continue;
      const apart = Math.abs((time[candidate] as number) - at);
      if (apart < distance) {
        distance = apart;
        best = candidate;
      }
    }
    if (best >= 0) stacks[row] = stacks[best] as number;
  }
}
