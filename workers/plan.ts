import { open } from 'node:fs/promises';
import { copiedFile } from '../model/copied-file.ts';
import { Problem } from '../model/problem.ts';
import { type Content, type FileContent, readHead, type StreamContent } from './content.ts';
import type { Importer, ImportOptions, Source } from './importers/importer.ts';
import { importers } from './importers/index.ts';
import { kernelFilesImporter } from './importers/kernel-files.ts';
import { hasTimeColumn, mappedCsv } from './importers/mapped-csv.ts';
import { recognise } from './known-formats.ts';
import { lastRecordStart, nextRecordStart } from './records.ts';
import type { Slice } from './tasks.ts';

const SMALLEST_RANGE = 1 << 20;
const LARGEST_RANGE = 128 << 20;
/** Bytes of a stream handed to a worker at a time. */
const BLOCK = 8 << 20;
const SMALLEST_BUFFER = 256 << 10;
/** Bytes read around a nominal cut to find the record start behind it; enough look-back for any importer. */
const WINDOW = 64 << 10;
const LOOK_BACK = 4 << 10;
const LONGEST_HEAD = 4 << 20;

export interface Plan {
  readonly importer: Importer;
  readonly source: Source;
}

/** Decides by content who reads it. Throws a Problem when nobody can, or when two claim it. */
export async function chooseImporter(content: Content, options: ImportOptions): Promise<Plan> {
  let { head } = content;
  let claims = sniffAll(head, content.name);
  // An empty file may say something: the list of a group's I/O limits does when there are none.
  if (options.dialect === 'vtune' && isBlankText(head) && claims.yes.length === 0) {
    const message = head.length === 0 ? 'is empty' : 'holds nothing but blank lines';
    throw new Problem({ code: 'empty', message, file: content.name, hint: 'capture it again' });
  }
  if (options.csvMap !== undefined && hasTimeColumn(head, options.csvMap))
    return { importer: mappedCsv, source: { name: content.name, head, options } };
  if (claims.yes.length === 0 && claims.undecided && content.kind === 'file' && content.size > head.length) {
    head = await readHead(content.path, LONGEST_HEAD);
    claims = sniffAll(head, content.name);
  }
  const source = { name: content.name, head, options };
  // A collapse script reads whatever it is given as perf script text.
  if (options.dialect !== 'vtune') return { importer: importers[0] as Importer, source };
  // The name of a copy says what it is a copy of: nobody's likeness counts against that.
  const byPlace = claims.yes.find(({ id }) => id === kernelFilesImporter.id);
  if (byPlace !== undefined && copiedFile(content.name) !== undefined) return { importer: byPlace, source };
  if (claims.yes.length > 1) {
    throw new Problem({
      code: 'ambiguous-format',
      message: `looks like ${claims.yes.map(({ id }) => id).join(' and ')}`,
      file: content.name,
      hint: 'please report it with the first lines of the file',
    });
  }
  const importer = claims.yes[0];
  const known = recognise(head);
  if (importer === undefined || known?.name === 'a two-column differential')
    throw unreadable(content.name, known);
  return { importer, source };
}

/** Slices of a content in file order, each beginning and ending at a record start. */
export function slicesOf(content: Content, plan: Plan, jobs: number): AsyncGenerator<Slice> {
  return content.kind === 'file' ? rangesOf(content, plan, jobs) : blocksOf(content, plan);
}

/** Who says by content that a file is his to read. */
export function importersThatClaim(head: Uint8Array, name: string): readonly Importer[] {
  return sniffAll(head, name).yes;
}

function sniffAll(head: Uint8Array, name: string): { yes: Importer[]; undecided: boolean } {
  const answers = importers.map((importer) => ({ importer, answer: importer.sniff(head, name) }));
  return {
    yes: answers.filter(({ answer }) => answer === 'yes').map(({ importer }) => importer),
    undecided: answers.some(({ answer }) => answer === 'need-more'),
  };
}

function isBlankText(head: Uint8Array): boolean {
  return head.every((byte) => byte === 32 || (byte >= 9 && byte <= 13));
}

function unreadable(name: string, known: ReturnType<typeof recognise>): Problem {
  if (known !== undefined) {
    const message = `is ${known.name}, which vtune does not read`;
    return new Problem({ code: 'unsupported-format', message, file: name, hint: known.hint });
  }
  return new Problem({
    code: 'unknown-format',
    message: 'is in no format vtune knows',
    file: name,
    offset: 0,
    hint: 'expected perf script text or another of the formats listed by vtune formats',
  });
}

async function* rangesOf(content: FileContent, plan: Plan, jobs: number): AsyncGenerator<Slice> {
  const { path, size } = content;
  if (plan.importer.isRecordStart === undefined) {
    yield { kind: 'range', path, start: 0, end: size };
    return;
  }
  const step = Math.min(LARGEST_RANGE, Math.max(SMALLEST_RANGE, Math.ceil(size / (jobs * 5))));
  let start = 0;
  while (start < size) {
    const end = start + step < size ? await recordStartInFile(path, start + step, size, plan) : size;
    yield { kind: 'range', path, start, end };
    start = end;
  }
}

/** First record start at or after byte `from` of the file, or its size. */
async function recordStartInFile(path: string, from: number, size: number, plan: Plan): Promise<number> {
  const file = await open(path, 'r');
  try {
    const start = Math.max(0, from - LOOK_BACK);
    for (let length = WINDOW; ; length *= 4) {
      const buffer = Buffer.alloc(Math.min(length, size - start));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, start);
      const window = buffer.subarray(0, bytesRead);
      const atEnd = start + bytesRead >= size || bytesRead < buffer.length;
      const found = nextRecordStart(window, from - start, plan.importer, plan.source, atEnd);
      if (found >= 0) return start + found;
      if (atEnd) return size;
    }
  } finally {
    await file.close();
  }
}

async function* blocksOf(content: StreamContent, { importer, source }: Plan): AsyncGenerator<Slice> {
  // Small at first: archives hold many small files, and shared memory is slow to be given back.
  let buffer = shared(SMALLEST_BUFFER);
  let used = 0;
  let offset = 0;
  for await (const chunk of content.bytes) {
    if (used + chunk.length > buffer.length) {
      const grown = shared(Math.max(buffer.length * 2, used + chunk.length));
      grown.set(buffer.subarray(0, used));
      buffer = grown;
    }
    buffer.set(chunk, used);
    used += chunk.length;
    if (used < BLOCK) continue;
    const cut = lastRecordStart(buffer.subarray(0, used), importer, source);
    if (cut <= 0) continue;
    yield { kind: 'bytes', bytes: buffer.subarray(0, cut), offset };
    // The worker reads the old buffer while the rest goes on in a new one.
    const next = shared(Math.max(BLOCK * 2, used - cut));
    next.set(buffer.subarray(cut, used));
    buffer = next;
    used -= cut;
    offset += cut;
  }
  if (used > 0 || offset === 0) yield { kind: 'bytes', bytes: buffer.subarray(0, used), offset };
}

function shared(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length) as unknown as ArrayBuffer);
}
