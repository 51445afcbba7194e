import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import { fileRow, isUnknown } from './docker/row.ts';
import { readHeader, readRow, type TableHeader } from './docker/table.ts';
import type { Importer } from './importer.ts';
import { timeOfLine } from './printed/time-line.ts';

/** What `docker stats` clears the screen with. */
const escapes = /\u001b\[[0-9;]*[A-Za-z]/g;
/** Frames a stream shows before the second reading of a container came in; the client redraws twice a second. */
const FRAMES_WITHOUT_INTERVAL = 4;

/** Tables of `docker stats` and `podman stats`, once (--no-stream) or redrawn; a moment may stand between them. */
export const dockerStats: Importer = {
  id: 'docker-stats',
  title: 'docker stats, podman stats: the table, of one moment or redrawn',
  captureWith: 'for i in $(seq 30); do date +%s; docker stats --no-stream; done > docker-stats.txt',
  sniff: (head) => (hasHeader(latin1(head, 0, Math.min(head.length, 2048))) ? 'yes' : 'no'),
  open(out) {
    const reader = new TableReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

/** A header on the first line, or behind a moment. */
function hasHeader(text: string): boolean {
  const lines = text
    .replace(escapes, '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, 2);
  return lines.some(
    (line, i) =>
      readHeader(line) !== undefined && lines.slice(0, i).every((before) => timeOfLine(before) !== undefined),
  );
}

class TableReader {
  readonly #out: TraceBuilder;
  #header: TableHeader | undefined;
  #time = Number.NaN;
  #redrawn = false;
  /** CPU cells of the first frames: a stream's first reading has no interval, and shows the mean since boot. */
  readonly #first = new Map<string, { readonly text: string; frames: number }>();

  constructor(out: TraceBuilder) {
    this.#out = out;
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const text = utf8(bytes, at, trimEnd(bytes, at, stop));
      const line = text.replace(escapes, '');
      if (line.length !== text.length) this.#redrawn = true;
      if (line.trim() !== '' && !this.#line(line)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(line: string): boolean {
    const header = readHeader(line);
    if (header !== undefined) {
      this.#header = header;
      return true;
    }
    const time = timeOfLine(line);
    if (time !== undefined) {
      this.#time = time.ns;
      this.#out.clock = time.clock;
      return true;
    }
    if (this.#header === undefined) return false;
    const row = readRow(line, this.#header);
    if (row === undefined) return false;
    if (isUnknown(row)) {
      this.#out.counts.ignored++;
      return true;
    }
    const { cpu, ...rest } = row;
    const whole = cpu === undefined || this.#isMeanSinceBoot(`${row.id} ${row.name}`, cpu) ? rest : row;
    return fileRow(this.#out, whole, this.#header.tool, this.#time);
  }

  #isMeanSinceBoot(container: string, text: string): boolean {
    if (!this.#redrawn) return false;
    const first = this.#first.get(container);
    if (first === undefined) {
      this.#first.set(container, { text, frames: 1 });
      return true;
    }
    first.frames++;
    if (first.frames > FRAMES_WITHOUT_INTERVAL) return false;
    if (first.text === text) return true;
    first.frames = FRAMES_WITHOUT_INTERVAL;
    return false;
  }
}
