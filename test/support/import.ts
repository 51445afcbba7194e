import { dumpTrace } from '../../model/dump.ts';
import { TraceMerger } from '../../model/merge.ts';
import type { Trace } from '../../model/trace.ts';
import { TraceBuilder } from '../../model/trace-builder.ts';
import {
  defaultImportOptions,
  type Importer,
  type ImportOptions,
  type Source,
} from '../../workers/importers/importer.ts';
import { nextRecordStart } from '../../workers/records.ts';

export function sourceOf(bytes: Uint8Array, options: Partial<ImportOptions> = {}): Source {
  return {
    name: 'test',
    head: bytes.subarray(0, 64 << 10),
    options: { ...defaultImportOptions, ...options },
  };
}

/** Imports bytes cut at (the record starts at or after) the given offsets, as workers would. */
export function importCut(
  importer: Importer,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
  options: Partial<ImportOptions> = {},
): Trace {
  const source = sourceOf(bytes, options);
  const starts = cuts
    .map((cut) => nextRecordStart(bytes, cut, importer, source, true))
    .filter((start) => start > 0)
    .sort((a, b) => a - b);
  const merger = new TraceMerger();
  merger.beginFile();
  let from = 0;
  for (const to of [...new Set(starts), bytes.length]) {
    const out = new TraceBuilder();
    importer.open(out, source)(bytes.subarray(from, to), from);
    merger.add(out.finish());
    from = to;
  }
  merger.endFile({ file: 'test', importer: importer.id, bytes: bytes.length, encodings: [] });
  return merger.finish({}, []);
}

/** Several files as one run, each read whole; a third field is the file's name where it matters. */
export function importRun(...files: readonly (readonly [Importer, Uint8Array, string?])[]): Trace {
  const merger = new TraceMerger();
  for (const [importer, bytes, name] of files) {
    const out = new TraceBuilder();
    merger.beginFile();
    importer.open(out, { ...sourceOf(bytes), name: name ?? 'test' })(bytes, 0);
    merger.add(out.finish());
    merger.endFile({ file: name ?? importer.id, importer: importer.id, bytes: bytes.length, encodings: [] });
  }
  return merger.finish({}, []);
}

/** A trace as comparable text, import counts included. */
export function dump(trace: Trace): string {
  return `${JSON.stringify(trace.imports)}\n${[...dumpTrace(trace)].join('')}`;
}
