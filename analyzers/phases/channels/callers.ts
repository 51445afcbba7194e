import type { Context } from '../../context.ts';
import { functions } from '../../derived/functions.ts';
import { idleSamples } from '../../derived/idle.ts';
import { leafFunctions } from '../../derived/leaf.ts';
import { profile } from '../../derived/profile.ts';
import { type Channel, makeChannel } from '../channel.ts';
import { type WindowGrid, windowOf } from '../window-grid.ts';
import { IDLE } from './functions.ts';

/** Functions with less of the samples are not told apart by callers. */
const LARGE = 0.05;
/** Callers with less of the samples are counted together. */
const SMALLEST = 0.01;
/** Callers that make up this part of a function do not divide it: the look goes on to theirs. */
const ONE_CALLER = 0.95;
/** How often a function is divided on the way to its outermost callers. */
const MOST_DIVISIONS = 3;

/** Samples of some stacks that end in one function, and where on the way outwards each stack is. */
interface Piece {
  readonly name: string;
  readonly stacks: readonly { readonly stack: number; readonly at: number; readonly samples: number }[];
  readonly divisions: number;
}

/**
 * Functions, the large ones divided by who called them: a program that copies all the time, but for
 * another caller, has changed what it does. Each sample is in one column; undefined when nothing divides.
 */
export function callersChannel(context: Context, grid: WindowGrid): Channel | undefined {
  const { event } = context.derive(profile);
  const { samples } = context.trace.tables;
  const { time, stack, weight, event: events } = samples.columns;
  const leaf = context.derive(leafFunctions);
  const idle = context.derive(idleSamples);
  const count = (row: number): number =>
    event.unit === 'samples' ? Math.max(1, Math.round(weight[row] as number)) : 1;
  const inGrid = (row: number): number =>
    events[row] === event.id ? windowOf(grid, time[row] as number) : -1;
  const perStack = new Float64Array(leaf.length);
  let all = 0;
  for (let row = 0; row < samples.length; row++) {
    if (idle[row] === 1 || inGrid(row) < 0) continue;
    perStack[stack[row] as number] = (perStack[stack[row] as number] as number) + count(row);
    all += count(row);
  }
  const pieces = divide(context, perStack, all);
  if (!pieces.some(({ divisions }) => divisions > 0)) return undefined;
  const columnOf = new Int32Array(leaf.length).fill(-1);
  pieces.forEach(({ stacks }, column) => {
    for (const each of stacks) columnOf[each.stack] = column;
  });
  const columns = pieces.length + 1;
  const values = new Uint32Array(grid.windows * columns);
  for (let row = 0; row < samples.length; row++) {
    const window = inGrid(row);
    if (window < 0) continue;
    const column = idle[row] === 1 ? pieces.length : (columnOf[stack[row] as number] as number);
    const at = window * columns + column;
    values[at] = (values[at] as number) + count(row);
  }
  const names = [...pieces.map(({ name }) => name), IDLE];
  return makeChannel('callers', 'samples', names, { rows: grid.windows, columns, values });
}

/** Every function as one piece, or as several by its callers. */
function divide(context: Context, perStack: Float64Array, all: number): Piece[] {
  const leaf = context.derive(leafFunctions);
  const { rows: names } = context.derive(functions);
  const { parent } = context.trace.tables.stacks.columns;
  const byFunction = new Map<number, { stack: number; at: number; samples: number }[]>();
  perStack.forEach((samples, stack) => {
    if (samples === 0) return;
    const id = leaf[stack] as number;
    const list = byFunction.get(id);
    const entry = { stack, at: parent[stack] as number, samples };
    if (list === undefined) byFunction.set(id, [entry]);
    else list.push(entry);
  });
  const done: Piece[] = [];
  const waiting: Piece[] = [...byFunction].map(([id, stacks]) => ({
    name: names[id]?.name ?? '',
    stacks,
    divisions: 0,
  }));
  for (let piece = waiting.pop(); piece !== undefined; piece = waiting.pop()) {
    const parts =
      sizeOf(piece) >= LARGE * all && piece.divisions < MOST_DIVISIONS ? byCaller(context, piece, all) : [];
    if (parts.length < 2) done.push(piece);
    else waiting.push(...parts);
  }
  // By name, so that the order of columns says nothing of how they were found.
  return done.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : sizeOf(b) - sizeOf(a)));
}

/** The piece divided at the first caller outwards that not all of it shares; empty when all of it does to the end. */
function byCaller(context: Context, piece: Piece, all: number): Piece[] {
  const { ofFrame, rows } = context.derive(functions);
  const { parent, frame } = context.trace.tables.stacks.columns;
  let { stacks } = piece;
  const whole = sizeOf(piece);
  for (;;) {
    const callers = new Map<number, { stack: number; at: number; samples: number }[]>();
    for (const each of stacks) {
      // Frames without a symbol tell nobody who called.
      let at = each.at;
      while (at !== 0 && rows[ofFrame[frame[at] as number] as number]?.hasSymbol !== true)
        at = parent[at] as number;
      const caller = at === 0 ? -1 : (ofFrame[frame[at] as number] as number);
      const next = { ...each, at: at === 0 ? 0 : (parent[at] as number) };
      const list = callers.get(caller);
      if (list === undefined) callers.set(caller, [next]);
      else list.push(next);
    }
    const groups = [...callers].map(([caller, list]) => ({
      caller,
      list,
      samples: list.reduce((sum, { samples }) => sum + samples, 0),
    }));
    const largest = groups.reduce((a, b) => (b.samples > a.samples ? b : a));
    if (largest.samples >= ONE_CALLER * whole) {
      if (largest.caller === -1) return [];
      stacks = groups.flatMap(({ list }) => list);
      continue;
    }
    const large = groups.filter(({ samples, caller }) => samples >= SMALLEST * all && caller !== -1);
    if (large.length === 0) return [];
    const rest = groups.filter((group) => !large.includes(group)).flatMap(({ list }) => list);
    return [
      ...large.map(({ caller, list }) => ({
        name: `${piece.name} ← ${rows[caller]?.name ?? ''}`,
        stacks: list,
        divisions: piece.divisions + 1,
      })),
      ...(rest.length > 0
        ? [{ name: `${piece.name} ← others`, stacks: rest, divisions: MOST_DIVISIONS }]
        : []),
    ];
  }
}

function sizeOf({ stacks }: Piece): number {
  return stacks.reduce((sum, { samples }) => sum + samples, 0);
}
