import { dirtyPauses, vmTransitions } from './host-event-tables.ts';
import { blockEvents } from './io-tables.ts';
import { counters, losses, marks, series } from './recording-tables.ts';
import {
  blockedReasons,
  calls,
  lifecycle,
  migrations,
  switches,
  taskSamples,
  wakeups,
} from './sched-tables.ts';
import { defineTable, type Table } from './table.ts';

export { NO_CPU, NO_ID, NO_PRIORITY } from './absent.ts';

/**
 * What a frame is, decided from its module and name when it is read.
 * The order is the order in which reports list them; the ids are part of the table format.
 */
export const frameKinds = ['unknown', 'user', 'kernel', 'jit', 'inlined'] as const;
export type FrameKind = (typeof frameKinds)[number];
export const frameKindId = { unknown: 0, user: 1, kernel: 2, jit: 3, inlined: 4 } as const satisfies Record<
  FrameKind,
  number
>;

export const frames = defineTable(
  'frames',
  'One row per distinct function of a module; with address detail, per distinct address.',
  {
    name: {
      kind: 'u32',
      of: 'strings',
      about: 'symbol as recorded, without its +0x offset; null row = no symbol',
    },
    module: {
      kind: 'u32',
      of: 'strings',
      about: 'path or [name] of the mapped object; null row = not recorded',
    },
    kind: { kind: 'u8', about: 'index into frameKinds: unknown, user, kernel, jit, inlined' },
    addressHigh: { kind: 'u32', about: 'upper 32 bits of the address; 0 unless read with address detail' },
    addressLow: { kind: 'u32', about: 'lower 32 bits of the address' },
  },
  ['name', 'module', 'kind', 'addressHigh', 'addressLow'],
);

export const stacks = defineTable(
  'stacks',
  'A tree of call paths: a row is a frame called from its parent row. Parents precede children.',
  {
    parent: { kind: 'u32', of: 'stacks', about: 'caller; row 0 is the empty stack' },
    frame: { kind: 'u32', of: 'frames', about: 'function executing at this depth' },
    depth: { kind: 'u32', about: 'frames from the root; 0 for the null row, 1 for outermost frames' },
  },
  ['parent', 'frame'],
);

export const threads = defineTable(
  'threads',
  'One row per thread under one name. Ids are reused by the kernel and names change at exec, so neither alone is a key.',
  {
    pid: { kind: 'i32', about: 'process id; −1 = not recorded' },
    tid: { kind: 'i32', about: 'thread id; −1 = not recorded' },
    comm: { kind: 'u32', of: 'strings', about: 'task name at the time, at most 15 bytes on Linux' },
    start: { kind: 'f64', fold: 'min', about: 'ns, first time seen; NaN = never with a time' },
    end: { kind: 'f64', fold: 'max', about: 'ns, last time seen' },
  },
  ['pid', 'tid', 'comm'],
);

export const events = defineTable(
  'events',
  'Event names in order of first appearance; row 1 is the event a collapse script would choose.',
  {
    name: {
      kind: 'u32',
      of: 'strings',
      about: 'as recorded, modifiers included: cycles:u, sched:sched_switch',
    },
    counted: {
      kind: 'f64',
      fold: 'sum',
      about:
        'events of this name that have a row in a table of their own (switches, wakeups …) and none in samples',
    },
  },
  ['name'],
);

export const samples = defineTable('samples', 'One row per sample: what one CPU was doing at one instant.', {
  time: { kind: 'f64', about: "ns of the capture's clock, exact below 2^53; NaN = not recorded" },
  thread: { kind: 'u32', of: 'threads', about: 'thread sampled' },
  cpu: { kind: 'u16', about: 'CPU number; 65535 = not recorded' },
  stack: {
    kind: 'u32',
    of: 'stacks',
    about: 'innermost frame of the call path; null row = no stack recorded',
  },
  event: { kind: 'u32', of: 'events', about: 'event that triggered the sample' },
  weight: {
    kind: 'f64',
    about: "amount in the event's unit: period when recorded, else 1; or the field asked for",
  },
  source: { kind: 'u16', about: 'index into imports: the file it came from' },
});

export const facts = defineTable('facts', 'What a file says of its host and of its own making.', {
  key: { kind: 'u32', of: 'strings', about: 'hostname, os release, nrcpus online, cmdline …' },
  value: { kind: 'u32', of: 'strings', about: 'text as recorded' },
});

/** Every table of a trace besides `strings` and `imports`, in the order in which ids must be merged. */
export const tableDefinitions = {
  events,
  frames,
  stacks,
  threads,
  series,
  samples,
  facts,
  switches,
  wakeups,
  migrations,
  lifecycle,
  blockedReasons,
  dirtyPauses,
  vmTransitions,
  taskSamples,
  calls,
  blockEvents,
  losses,
  marks,
  counters,
} as const;

export type TableName = keyof typeof tableDefinitions;
export type TableOf<N extends TableName> = Table<(typeof tableDefinitions)[N]['schema']>;
export type Tables = { [N in TableName]: TableOf<N> };
