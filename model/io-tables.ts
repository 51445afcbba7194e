import { defineTable } from './table.ts';

/**
 * Steps of an IO through the block layer, as `include/trace/events/block.h` and blkparse(1) name
 * them; the ids are part of the table format. `queue` (Q): a bio enters. `getrq` (G): it has a
 * request, and with it a tag. `merge` and `front merge` (M, F): it joins a request instead.
 * `insert` (I): the scheduler has the request. `issue` (D): the driver has it. `complete` (C): the
 * device is done with these bytes. `request merge`: a whole request joins the one before it.
 */
export const blockPhases = [
  'unknown',
  'queue',
  'getrq',
  'sleep',
  'plug',
  'unplug',
  'insert',
  'issue',
  'complete',
  'merge',
  'front merge',
  'request merge',
  'requeue',
  'split',
  'remap',
  'bounce',
] as const;
export type BlockPhase = (typeof blockPhases)[number];
export const blockPhaseId = Object.fromEntries(blockPhases.map((name, id) => [name, id])) as Readonly<
  Record<BlockPhase, number>
>;

/** What a request asks for, by the letters of rwbs; `other`: commands of drivers, zones, N. */
export const blockOps = ['other', 'read', 'write', 'discard', 'flush', 'write zeroes'] as const;
export type BlockOp = (typeof blockOps)[number];
export const blockOpId = Object.fromEntries(blockOps.map((name, id) => [name, id])) as Readonly<
  Record<BlockOp, number>
>;

/** Bits of `blockEvents.flags`, the letters of rwbs around the operation. */
export const blockFlag = { preflush: 1, fua: 2, readAhead: 4, sync: 8, meta: 16 } as const;

/** `ioprio` when it was not recorded. Class 7 is invalid in the kernel too (IOPRIO_CLASS_INVALID). */
export const NO_IOPRIO = 0xffff;
/** `sector` of requests that have none: the kernel prints (u64)−1 for flushes. */
export const NO_SECTOR = -1;

export const blockEvents = defineTable(
  'blockEvents',
  'One row per event of the block layer, whoever recorded it: ftrace, perf, blktrace.',
  {
    time: { kind: 'f64', about: "ns of the run's clock" },
    phase: { kind: 'u8', about: 'index into blockPhases: queue, getrq, insert, issue, complete …' },
    device: { kind: 'u32', about: "major << 20 | minor, the kernel's dev_t; 0 = none (plug, unplug)" },
    sector: { kind: 'f64', about: 'first sector, 512 bytes each; −1 = none' },
    bytes: { kind: 'f64', about: 'bytes asked for, or done at a completion; unplug: requests' },
    otherSector: {
      kind: 'f64',
      about: 'split: where the second part begins; remap: the sector on the upper device; else 0',
    },
    otherDevice: { kind: 'u32', about: 'remap: the upper device; else 0' },
    op: { kind: 'u8', about: 'index into blockOps: other, read, write, discard, flush, write zeroes' },
    flags: { kind: 'u8', about: 'bits: 1 preflush, 2 FUA, 4 read ahead, 8 sync, 16 metadata' },
    ioprio: {
      kind: 'u16',
      about: 'class << 13 | hint << 3 | level (ioprio_set(2)); 65535 = not recorded',
    },
    thread: { kind: 'u32', of: 'threads', about: 'thread that ran; at a completion it is any' },
    cpu: { kind: 'u16', about: 'CPU on which it happened' },
    error: { kind: 'i32', about: 'errno of a completion, 0 = none' },
    sequence: {
      kind: 'u32',
      about: 'order among events of one time where the recorder numbers them (blktrace); else 0',
    },
    source: { kind: 'u16', about: 'index into imports: the file it came from' },
  },
);

/** `7,0`: a device as the traces print it. */
export function deviceNumber(device: number): string {
  return `${device >>> 20},${device & 0xfffff}`;
}
