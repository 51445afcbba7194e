import { CPU_SHARE, DEVICE, RECORDER, REPORT } from '../../model/device-series.ts';
import { SETTING } from '../../model/knobs.ts';
import { INTERFACE } from '../../model/network-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { lineEnd, NEWLINE, utf8 } from '../bytes.ts';
import type { BelowSort } from './below/columns.ts';
import { type BelowLayout, belowCells, belowLayout, belowValue } from './below/layout.ts';
import { timeOf } from './csv-text/time.ts';
import type { Importer, Source } from './importer.ts';

const entities: Readonly<Record<BelowSort, string>> = {
  system: 'host',
  cgroup: 'cgroup',
  process: 'process',
  disk: DEVICE,
  iface: INTERFACE,
};
const layouts = new WeakMap<Source, BelowLayout | undefined>();

/** `below dump system|cgroup|process|disk|iface -O csv` (or tsv), human or --raw, with Datetime or Timestamp. */
export const below: Importer = {
  id: 'below',
  title: 'below dump system, cgroup, process, disk, iface: -O csv, -O tsv',
  captureWith:
    'below dump cgroup -b "10 min ago" -f full_path timestamp cpu mem io pids pressure --detail -O csv > below.csv',
  sniff: (head) => (belowLayout(head) === undefined ? 'no' : 'yes'),
  // All rows of one moment.
  isRecordStart(bytes, at, source) {
    const layout = layoutOf(source);
    if (layout === undefined || at === 0) return true;
    const stamp = (from: number): string | undefined =>
      belowCells(utf8(bytes, from, lineEnd(bytes, from)), layout)?.[layout.timeAt];
    return stamp(at) !== stamp(bytes.lastIndexOf(NEWLINE, at - 2) + 1);
  },
  open(out, source) {
    const reader = new BelowReader(out, layoutOf(source));
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

function layoutOf(source: Source): BelowLayout | undefined {
  if (!layouts.has(source)) layouts.set(source, belowLayout(source.head));
  return layouts.get(source);
}

class BelowReader {
  readonly #out: TraceBuilder;
  readonly #layout: BelowLayout | undefined;
  #time = Number.NaN;
  /** Names met at this moment: one that comes again is another group of the same last name. */
  readonly #seen = new Set<string>();

  constructor(out: TraceBuilder, layout: BelowLayout | undefined) {
    this.#out = out;
    this.#layout = layout;
  }

  parse(bytes: Uint8Array, offset: number): void {
    if (this.#layout === undefined) {
      this.#out.skip(offset);
      return;
    }
    for (let at = offset === 0 ? lineEnd(bytes, 0) + 1 : 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const line = utf8(bytes, at, bytes[stop - 1] === 13 ? stop - 1 : stop);
      if (line.trim() !== '' && !this.#row(line, this.#layout)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #row(line: string, layout: BelowLayout): boolean {
    const cells = belowCells(line, layout);
    const time = timeOf((cells?.[layout.timeAt] ?? '').trim(), { factor: 0, order: 'month first' });
    if (cells === undefined || time === undefined) return false;
    const values = layout.columns.map((column, i) =>
      column === undefined ? Number.NaN : belowValue(cells[i] ?? ''),
    );
    if (values.some((value) => value === undefined)) return false;
    this.#moment(time, layout.sort);
    const name = nameOf(cells, layout);
    if (this.#seen.has(name)) {
      this.#out.counts.ignored++;
      return true;
    }
    this.#seen.add(name);
    if (layout.sort === 'process') this.#comm(cells, layout, name);
    const file = (i: number, value: number): void => {
      const column = layout.columns[i];
      if (column === undefined || Number.isNaN(value)) return;
      const { name: series, unit, kind, scale } = column;
      this.#out.counter(series, unit, entities[layout.sort], name, time.ns, value * scale, kind);
    };
    values.forEach((value, i) => {
      file(i, value ?? Number.NaN);
    });
    if (layout.sort === 'system') this.#host(cells, layout, time.ns);
    this.#out.counts.records++;
    return true;
  }

  #moment({ ns, clock }: { readonly ns: number; readonly clock: string }, sort: BelowSort): void {
    if (ns === this.#time) return;
    this.#time = ns;
    this.#seen.clear();
    this.#out.clock = clock;
    if (sort === 'disk') this.#out.counter(REPORT, 'ns', RECORDER, '', ns, 0);
  }

  #comm(cells: readonly string[], { titles }: BelowLayout, pid: string): void {
    const comm = cells[titles.indexOf('Comm')];
    if (comm !== undefined) this.#out.fact(`${SETTING}/proc/${pid}/comm`, comm);
  }

  /** Usage leaves idling and waiting for I/O; the default columns have neither. */
  #host(cells: readonly string[], { titles }: BelowLayout, ns: number): void {
    const cell = (title: string): string => cells[titles.indexOf(title)] ?? '';
    const usage = belowValue(cell('Usage'));
    if (usage !== undefined && !Number.isNaN(usage) && !titles.includes('Idle'))
      this.#out.counter(`${CPU_SHARE} idle`, 'share', 'host', '', ns, 1 - usage / 100);
    for (const [title, key] of [
      ['Hostname', 'hostname'],
      ['Kernel Version', 'os release'],
    ] as const) {
      if (cell(title) !== '' && cell(title) !== '?') this.#out.fact(key, cell(title));
    }
  }
}

/** Path of a group; with nothing but its last name, one that no command can be made of. */
function nameOf(cells: readonly string[], { sort, nameAt, titles }: BelowLayout): string {
  const name = (cells[nameAt] ?? '').trim();
  if (sort !== 'cgroup') return name;
  if (titles[nameAt] === 'Full Path') return name.startsWith('/') ? name : `/${name}`;
  return name === '<root>' ? '/' : `/…/${name}`;
}
