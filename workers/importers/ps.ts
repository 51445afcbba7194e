import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer } from './importer.ts';
import { TaskSampleWriter, withoutOffset } from './task-samples/writer.ts';

/** What each column of ps(1) tells, by its header. */
const columnNames: Record<string, 'pid' | 'tid' | 'state' | 'wchan' | 'comm' | 'cgroup'> = {
  PID: 'pid',
  TGID: 'pid',
  TID: 'tid',
  LWP: 'tid',
  SPID: 'tid',
  S: 'state',
  STAT: 'state',
  WCHAN: 'wchan',
  'WIDE-WCHAN-COLUMN': 'wchan',
  CGROUP: 'cgroup',
  COMMAND: 'comm',
  CMD: 'comm',
  COMM: 'comm',
};
const timeLine = /^(?:@ ?)?(\d{9,}(?:\.\d+)?)$/;

/** `ps -eLo pid,tid,stat,wchan:32,comm`, once or again and again with `date +%s.%N` before each. */
export const ps: Importer = {
  id: 'ps',
  title:
    'ps with state and thread columns, repeated with a time before each: ps -eLo pid,tid,stat,wchan:32,comm',
  captureWith: 'while sleep 0.5; do date +%s.%N; ps -eLo pid,tid,stat,wchan:32,comm; done > ps.txt',
  sniff: (head) => (findHeader(latin1(head, 0, Math.min(head.length, 2000))) ? 'yes' : 'no'),
  open(out) {
    const reader = new PsReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

/** The first line, or the second behind a time, names the columns. */
function findHeader(text: string): boolean {
  const lines = text.split('\n', 3).map((line) => line.trim());
  return isHeader(lines[0] ?? '') || (timeLine.test(lines[0] ?? '') && isHeader(lines[1] ?? ''));
}

function isHeader(line: string): boolean {
  const known = line.split(/\s+/).map((word) => columnNames[word]);
  return (
    known.includes('state') && (known.includes('pid') || known.includes('tid')) && /^[\s%A-Z_-]+$/.test(line)
  );
}

class PsReader {
  readonly #out: TraceBuilder;
  readonly #writer: TaskSampleWriter;
  #columns: readonly string[] = [];
  #time = Number.NaN;

  constructor(out: TraceBuilder) {
    this.#out = out;
    this.#writer = new TaskSampleWriter(out);
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const line = latin1(bytes, at, trimEnd(bytes, at, stop)).trim();
      const time = timeLine.exec(line)?.[1];
      if (time !== undefined) {
        this.#time = Number(time) * 1e9;
        this.#out.clock = 'realtime';
      } else if (isHeader(line)) {
        this.#columns = line.split(/\s+/);
        this.#writer.look(this.#time);
      } else if (line !== '' && !this.#task(line)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #task(line: string): boolean {
    const count = this.#columns.length;
    const words = line.split(/\s+/);
    if (count === 0 || words.length < count) return false;
    const cells: Partial<Record<'pid' | 'tid' | 'state' | 'wchan' | 'comm' | 'cgroup', string>> = {};
    this.#columns.forEach((column, i) => {
      const name = columnNames[column];
      // The last column may hold blanks.
      if (name !== undefined) cells[name] = i === count - 1 ? words.slice(i).join(' ') : (words[i] as string);
    });
    const tid = Number(cells.tid ?? cells.pid);
    if (!Number.isInteger(tid)) return false;
    const state = cells.state?.charAt(0) ?? '?';
    // Sleepers are most of the list and tell the load nothing.
    if (state !== 'R' && state !== 'D') {
      this.#out.counts.ignored++;
      return true;
    }
    const { wchan } = cells;
    this.#writer.task(this.#time, {
      pid: Number(cells.pid ?? -1),
      tid,
      comm: cells.comm ?? '',
      state,
      ...(wchan === undefined || wchan === '-' || wchan === '0' ? {} : { wchan: withoutOffset(wchan) }),
      ...(cells.cgroup === undefined ? {} : { cgroup: cells.cgroup }),
    });
    return true;
  }
}
