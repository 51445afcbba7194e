import { Problem } from '../../../model/problem.ts';
import { latin1 } from '../../bytes.ts';
import { decompressChunk } from './compression.ts';
import { Cursor } from './cursor.ts';

/** trace-cmd's file, versions 6 and 7 (trace-cmd.dat.v6(5), trace-cmd.dat.v7(5)): what it says of itself, and where the pages are. */
export interface TraceDat {
  readonly version: number;
  readonly little: boolean;
  /** Format text of the ring buffer's page header. */
  readonly pageHeader: string;
  readonly events: readonly EventText[];
  /** Lines `address type name [module]`. */
  readonly kallsyms: string;
  /** Lines `address : "format"`. */
  readonly printk: string;
  /** Lines `pid name`. */
  readonly cmdlines: string;
  readonly uname: string;
  readonly clock: string;
  readonly cpus: number;
  /** ns added to every time, as the recorder asked. */
  readonly offset: number;
  readonly pages: readonly CpuPages[];
  /** How ticks of x86-tsc become ns, where the recorder measured it: ticks · mult / 2^shift + offset. */
  readonly tscToNs?: { readonly mult: number; readonly shift: number; readonly offset: number };
}

export interface EventText {
  readonly system: string;
  readonly text: string;
}

/** Ring-buffer pages of one CPU, plain. */
export interface CpuPages {
  readonly cpu: number;
  readonly pageSize: number;
  readonly bytes: Uint8Array;
  /** Offset in the file, for errors. */
  readonly offset: number;
}

export const MAGIC = Uint8Array.from([0x17, 0x08, 0x44, ...Buffer.from('tracing')]);

const OPTION = { buffer: 3, traceClock: 4, uname: 5, offset: 7, cpuCount: 8, tscToNs: 14 } as const;
/** Options of version 7 that point to sections. */
const SECTION = { header: 16, ftrace: 17, events: 18, kallsyms: 19, printk: 20, cmdlines: 21 } as const;
/** More than any machine has: a larger number is damage. */
const MOST_CPUS = 65_536;

type Parts = { -readonly [K in keyof TraceDat]: TraceDat[K] };

/** Throws a Problem when the file does not tell what its events look like. */
export function readContainer(bytes: Uint8Array): TraceDat {
  const start = new Cursor(bytes, MAGIC.length, true);
  const version = Number(start.text());
  if (version !== 6 && version !== 7) {
    throw new Problem({
      code: 'unsupported-format',
      message: `is a trace.dat of version ${version}; 6 and 7 can be read`,
      offset: MAGIC.length,
      hint: 'convert it where it was recorded: trace-cmd convert --file-version 7',
    });
  }
  const [endian, , ...rest] = start.take(2);
  const cursor = new Cursor(bytes, start.at, endian === 0 && rest.length === 0);
  const pageSize = cursor.u32();
  const parts: Parts = {
    version,
    little: cursor.little,
    pageHeader: '',
    events: [],
    kallsyms: '',
    printk: '',
    cmdlines: '',
    uname: '',
    clock: '',
    cpus: 0,
    offset: 0,
    pages: [],
  };
  if (version === 6) readVersion6(cursor, pageSize, parts);
  else readVersion7(cursor, parts);
  return parts;
}

function readVersion6(cursor: Cursor, pageSize: number, parts: Parts): void {
  readHeader(cursor, parts);
  parts.events = [...ftraceFormats(cursor), ...eventFormats(cursor)];
  parts.kallsyms = sized(cursor, cursor.u32());
  parts.printk = sized(cursor, cursor.u32());
  parts.cmdlines = sized(cursor, cursor.u64());
  parts.cpus = Math.min(cursor.u32(), MOST_CPUS);
  let kind = latin1(cursor.take(10), 0, 10);
  const instances: number[] = [];
  if (kind.startsWith('options')) {
    for (let id = cursor.u16(); id !== 0; id = cursor.u16()) {
      const value = cursor.over(cursor.take(cursor.u32()));
      if (id === OPTION.buffer) instances.push(value.u64());
      else readOption(id, value, parts);
    }
    kind = latin1(cursor.take(10), 0, 10);
  }
  if (!kind.startsWith('flyrecord')) throw noPages(cursor.at);
  parts.pages = pagesOf(cursor, pageSize, parts.cpus);
  for (const at of instances) {
    const instance = cursor.from(at);
    if (latin1(instance.take(10), 0, 10).startsWith('flyrecord')) {
      parts.pages = [...parts.pages, ...pagesOf(instance, pageSize, parts.cpus)];
    }
  }
}

/** Offset and size of each CPU's pages. A truncated file still has the pages before its end. */
function pagesOf(cursor: Cursor, pageSize: number, cpus: number): CpuPages[] {
  return Array.from({ length: cpus }, (_, cpu) => {
    const offset = cursor.u64();
    const size = cursor.u64();
    return { cpu, pageSize, bytes: cursor.bytes.subarray(offset, offset + size), offset };
  });
}

function readVersion7(cursor: Cursor, parts: Parts): void {
  const algorithm = cursor.text();
  cursor.text();
  const seen = new Set<number>();
  for (let at = cursor.u64(); at !== 0 && !seen.has(at); ) {
    seen.add(at);
    const options = section(cursor.from(at), algorithm);
    at = 0;
    while (options.at + 6 <= options.bytes.length) {
      const id = options.u16();
      const value = options.take(options.u32());
      if (id === 0) {
        at = cursor.over(value).u64();
        break;
      }
      if (id === OPTION.buffer) readBuffer(cursor, value, algorithm, parts);
      else if (Object.values(SECTION).includes(id as (typeof SECTION)['header'])) {
        readSection(id, section(cursor.from(cursor.over(value).u64()), algorithm), parts);
      } else readOption(id, cursor.over(value), parts);
    }
  }
}

/** The content of the section at the cursor: behind its header, decompressed. */
function section(cursor: Cursor, algorithm: string): Cursor {
  cursor.u16();
  const compressed = (cursor.u16() & 1) !== 0;
  cursor.u32();
  const content = cursor.take(cursor.u64());
  if (!compressed) return cursor.over(content);
  const inner = cursor.over(content);
  const packed = inner.u32();
  const size = inner.u32();
  return cursor.over(decompressChunk(algorithm, inner.take(packed), size));
}

function readSection(id: number, content: Cursor, parts: Parts): void {
  if (id === SECTION.header) readHeader(content, parts);
  else if (id === SECTION.ftrace) parts.events = [...parts.events, ...ftraceFormats(content)];
  else if (id === SECTION.events) parts.events = [...parts.events, ...eventFormats(content)];
  else if (id === SECTION.kallsyms) parts.kallsyms = sized(content, content.u32());
  else if (id === SECTION.printk) parts.printk = sized(content, content.u32());
  else parts.cmdlines = sized(content, content.u64());
}

/** Where the pages of a trace instance are. Each instance has buffers of its own; all are read. */
function readBuffer(cursor: Cursor, option: Uint8Array, algorithm: string, parts: Parts): void {
  const inner = cursor.over(option);
  const at = inner.u64();
  inner.text();
  const clock = clockOf(inner.text());
  parts.clock ||= clock;
  const pageSize = inner.u32();
  const count = Math.min(inner.u32(), MOST_CPUS);
  const header = cursor.from(at);
  header.u16();
  const compressed = (header.u16() & 1) !== 0;
  const pages: CpuPages[] = [];
  for (let i = 0; i < count; i++) {
    const cpu = inner.u32();
    const offset = inner.u64();
    const size = inner.u64();
    // The size of compressed data does not count the number of chunks before them.
    const stored = cursor.bytes.subarray(offset, offset + size + (compressed ? 4 : 0));
    const plain = compressed && size > 0 ? unpackChunks(cursor.over(stored), algorithm) : stored;
    pages.push({ cpu, pageSize, bytes: plain, offset });
  }
  parts.pages = [...parts.pages, ...pages];
  parts.cpus = Math.max(parts.cpus, ...pages.map(({ cpu }) => cpu + 1));
}

/** Chunks as many as are whole: a truncated file still has those. */
function unpackChunks(cursor: Cursor, algorithm: string): Uint8Array {
  if (cursor.bytes.length < 4) return new Uint8Array(0);
  const count = cursor.u32();
  const chunks: Uint8Array[] = [];
  for (let i = 0; i < count && cursor.at + 8 <= cursor.bytes.length; i++) {
    const packed = cursor.u32();
    const size = cursor.u32();
    if (cursor.at + packed > cursor.bytes.length) break;
    chunks.push(decompressChunk(algorithm, cursor.take(packed), size));
  }
  return Buffer.concat(chunks);
}

function readHeader(cursor: Cursor, parts: Parts): void {
  if (cursor.text() !== 'header_page') throw noPages(cursor.at);
  parts.pageHeader = sized(cursor, cursor.u64());
  cursor.text();
  sized(cursor, cursor.u64());
}

function* ftraceFormats(cursor: Cursor): Generator<EventText> {
  const count = cursor.u32();
  for (let i = 0; i < count; i++) yield { system: 'ftrace', text: sized(cursor, cursor.u64()) };
}

function* eventFormats(cursor: Cursor): Generator<EventText> {
  const systems = cursor.u32();
  for (let i = 0; i < systems; i++) {
    const system = cursor.text();
    const count = cursor.u32();
    for (let event = 0; event < count; event++) yield { system, text: sized(cursor, cursor.u64()) };
  }
}

function readOption(id: number, value: Cursor, parts: Parts): void {
  if (id === OPTION.tscToNs) {
    parts.tscToNs = { mult: value.u32(), shift: value.u32(), offset: value.u64() };
    return;
  }
  const text = latin1(value.bytes, 0, value.bytes.length).replace(/\0.*$/s, '');
  if (id === OPTION.uname) parts.uname = text;
  else if (id === OPTION.traceClock) parts.clock = clockOf(text);
  else if (id === OPTION.offset) parts.offset = Number(text) || 0;
}

/** `[local] global counter …`: the one in brackets; a single word is itself. */
function clockOf(text: string): string {
  return /\[([\w-]+)\]/.exec(text)?.[1] ?? text.trim();
}

function sized(cursor: Cursor, size: number): string {
  const bytes = cursor.take(size);
  return latin1(bytes, 0, bytes.length);
}

function noPages(offset: number): Problem {
  return new Problem({
    code: 'broken',
    message: 'does not hold the ring-buffer pages a trace.dat ends with',
    offset,
    hint: 'files of trace-cmd record are read; latency traces as text: trace-cmd report',
  });
}
