import { closeSync, openSync, readSync } from 'node:fs';
import { Problem } from '../model/problem.ts';
import { SpareColumns } from '../model/spare-columns.ts';
import { TraceBuilder } from '../model/trace-builder.ts';
import type { Importer, ParseSlice, Source } from './importers/importer.ts';
import { importerById } from './importers/index.ts';
import { lastRecordStart } from './records.ts';
import type { Answer, IngestResult, IngestTask, Slice } from './tasks.ts';

/** Bytes a worker holds at a time, unless one record is longer. */
const BLOCK = 4 << 20;
/** Longest single record: beyond it the file is not what it seems. */
const LONGEST_RECORD = 1 << 30;

/** Worker entry: parses one slice of one file into tables on shared memory. */
export default function ingest(task: IngestTask): Answer<IngestResult> {
  try {
    const importer = importerById(task.importer);
    const out = new TraceBuilder(true, new SpareColumns(task.spare ?? {}));
    const parse = importer.open(out, task.source);
    if (task.slice.kind === 'bytes') parse(task.slice.bytes, task.slice.offset);
    else readRange(task.slice, importer, task.source, parse);
    return { chunk: out.finish() };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { code, message, offset, hint } = error.details;
    return {
      problem: {
        code,
        message,
        file: task.source.name,
        ...(offset === undefined ? {} : { offset }),
        ...(hint === undefined ? {} : { hint }),
      },
    };
  }
}

type Range = Extract<Slice, { kind: 'range' }>;

/** Reads [start, end) block by block; what follows the last record start of a block waits for the next. */
function readRange(range: Range, importer: Importer, source: Source, parse: ParseSlice): void {
  const file = openSync(range.path, 'r');
  try {
    // What cannot be cut is held whole in any case.
    const block = importer.isRecordStart === undefined ? LONGEST_RECORD : BLOCK;
    let buffer = Buffer.allocUnsafeSlow(Math.min(block, range.end - range.start));
    let kept = 0;
    let at = range.start;
    while (at < range.end) {
      if (kept === buffer.length) buffer = grown(buffer, source.name, at - kept);
      const wanted = Math.min(buffer.length - kept, range.end - at);
      const read = readSync(file, buffer, kept, wanted, at);
      if (read === 0) break;
      at += read;
      const filled = buffer.subarray(0, kept + read);
      const cut = at < range.end ? lastRecordStart(filled, importer, source) : filled.length;
      if (cut <= 0) {
        kept = filled.length;
        continue;
      }
      parse(filled.subarray(0, cut), at - filled.length);
      buffer.copyWithin(0, cut, filled.length);
      kept = filled.length - cut;
    }
    // The file shrank while it was read: what there is of the last record still counts.
    if (kept > 0) parse(buffer.subarray(0, kept), at - kept);
  } finally {
    closeSync(file);
  }
}

function grown(buffer: Buffer, name: string, offset: number): Buffer<ArrayBuffer> {
  if (buffer.length >= LONGEST_RECORD) {
    throw new Problem({
      code: 'too-large',
      message: 'one record is longer than 1 GiB',
      file: name,
      offset,
      hint: 'the file is damaged, or not of the format it looks like',
    });
  }
  const bigger = Buffer.allocUnsafeSlow(buffer.length * 2);
  bigger.set(buffer);
  return bigger;
}
