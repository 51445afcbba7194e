import { defineTable, type Table } from '../../../model/table.ts';

/** Nothing more was heard of it, although everything else issued then has come back: its completion was lost. */
export const LOST = 1;
/** It was still on its way when the trace ended. */
export const OPEN = 2;
/** It became part of another request: its bios are counted there. */
export const MERGED = 4;
/** Of a device without requests (dm, md): bios come and go. */
export const BIO_ONLY = 8;
/** Who queued it was not seen: the submitter is who issued it, perhaps a kworker. */
export const BY_ISSUER = 16;
/** It was made from a part of a bio. */
export const SPLIT = 32;

/** What became of each request; times are ns, NaN = not seen. */
export const requestTable = defineTable(
  'requests',
  'Derived: requests of block devices, from their events.',
  {
    device: { kind: 'u32', about: 'major << 20 | minor' },
    op: { kind: 'u8', about: 'index into blockOps' },
    flags: { kind: 'u8', about: 'bits of blockFlag' },
    sector: { kind: 'f64', about: 'first sector when it was issued, or last known' },
    bytes: { kind: 'f64', about: 'of the whole request, merged bios included' },
    ioprio: { kind: 'u16', about: 'class << 13 | hint << 3 | level; 65535 = not recorded' },
    submitter: {
      kind: 'u32',
      of: 'threads',
      about: 'thread that queued its first bio, else that got, inserted or issued it',
    },
    issuer: { kind: 'u32', of: 'threads', about: 'thread that ran when the driver got it' },
    queue: { kind: 'f64', about: 'first bio entered' },
    getrq: { kind: 'f64', about: 'it had a request and a tag' },
    insert: { kind: 'f64', about: 'the scheduler had it; NaN = it went to the driver directly' },
    issue: { kind: 'f64', about: 'the driver had it, the last time' },
    complete: { kind: 'f64', about: 'the last of its bytes was done' },
    bios: { kind: 'u32', about: 'bios it was made of' },
    queueSum: { kind: 'f64', about: 'ns from its own queue to that of each bio merged into it, summed' },
    mergeSum: { kind: 'f64', about: 'ns from its own queue to the merge of each of these bios, summed' },
    requeues: { kind: 'u16', about: 'times the driver gave it back' },
    parts: { kind: 'u16', about: 'completions it took' },
    error: { kind: 'i32', about: 'errno of its last completion; 0 = none' },
    state: { kind: 'u8', about: 'bits: LOST, OPEN, MERGED, BIO_ONLY, BY_ISSUER, SPLIT' },
  },
);

export type RequestColumns = Requests['columns'];
export type Requests = Table<(typeof requestTable)['schema']>;

/** ns of the first thing that was seen of a request. */
export function firstSeen(columns: RequestColumns, row: number): number {
  for (const name of ['queue', 'getrq', 'insert', 'issue'] as const) {
    const time = columns[name][row] as number;
    if (!Number.isNaN(time)) return time;
  }
  return columns.complete[row] as number;
}
