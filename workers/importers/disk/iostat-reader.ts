import { DEVICE_GROUP } from '../../../model/device-series.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { lineEnd, trimEnd, utf8 } from '../../bytes.ts';
import type { Source } from '../importer.ts';
import { readDate, readWallTime } from '../wall-time.ts';
import { fileBanner, readBanner } from './banner.ts';
import { type Column, columnsOf } from './columns.ts';
import { beginsReport, type IostatLayout, layoutOf } from './iostat-layout.ts';
import { type DeviceHeader, isStamp, readCpuHeader, readDeviceHeader } from './iostat-lines.ts';
import { readPrinted } from './printed-number.ts';
import { ReportWriter } from './report-writer.ts';

/** Reads reports of iostat text, line by line. */
export class IostatReader {
  readonly #out: TraceBuilder;
  readonly #writer: ReportWriter;
  readonly #layout: IostatLayout;
  #header: DeviceHeader | undefined;
  #columns: readonly (Column | undefined)[] = [];
  /** Expect the line of numbers under `avg-cpu:`. */
  #cpuStates: readonly string[] | undefined;
  /** ns of the midnight of the banner's date; time stamps of old versions have none. */
  #day = 0;
  /** Blank lines since the banner; −1 = a report has begun since. From sysstat 12.1 on, -y prints one more. */
  #blanks = -1;
  /** A device name too long for its column, on a line of its own (-h of old versions). */
  #name = '';
  #decimals = 0;

  constructor(out: TraceBuilder, source: Source) {
    this.#out = out;
    this.#writer = new ReportWriter(out);
    this.#layout = layoutOf(source);
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const raw = utf8(bytes, at, trimEnd(bytes, at, stop));
      const line = raw.trim();
      // A killed iostat leaves half a line, maybe half a number.
      const torn = stop === bytes.length;
      if (line === '') {
        if (this.#blanks >= 0) this.#blanks++;
      } else if (!this.#line(raw, line, torn)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #line(raw: string, line: string, torn: boolean): boolean {
    const banner = readBanner(line);
    if (banner !== undefined) {
      fileBanner(this.#out, banner);
      this.#day = readDate(banner.date, this.#layout.order) ?? 0;
      this.#blanks = 0;
      this.#header = undefined;
      return true;
    }
    if (beginsReport(line, this.#layout)) this.#beginReport(line);
    if (isStamp(line)) return true;
    if (this.#cpuStates !== undefined) return this.#cpu(line);
    this.#cpuStates = readCpuHeader(line);
    if (this.#cpuStates !== undefined) return true;
    const header = readDeviceHeader(line);
    if (header !== undefined) {
      this.#header = header;
      this.#columns = columnsOf(header.columns);
      return true;
    }
    return this.#device(raw, line, torn);
  }

  #beginReport(line: string): void {
    const { begins, order } = this.#layout;
    const time = begins === 'time' ? readWallTime(line, order, this.#day) : undefined;
    if (time !== undefined) this.#out.clock = time.zone ? 'realtime' : 'wall';
    const sinceBoot = this.#blanks === 0 || this.#blanks === 1;
    this.#blanks = -1;
    this.#name = '';
    this.#writer.report(time?.ns ?? Number.NaN, 0, sinceBoot);
  }

  #cpu(line: string): boolean {
    const states = this.#cpuStates ?? [];
    this.#cpuStates = undefined;
    const values = line.split(/\s+/).map(readPrinted);
    if (values.length !== states.length || values.includes(undefined)) return false;
    states.forEach((state, i) => {
      this.#writer.cpu(state, (values[i]?.value ?? Number.NaN) / 100);
    });
    this.#out.counts.records++;
    return true;
  }

  #device(raw: string, line: string, torn: boolean): boolean {
    if (this.#header === undefined) return false;
    const { nameLast, columns } = this.#header;
    const words = line.split(/\s+/);
    if (words.length === 1 && readPrinted(line) === undefined && !torn) {
      this.#name = line;
      return true;
    }
    const numbers = words.length === columns.length && this.#name !== '';
    if (!numbers && words.length !== columns.length + 1) return false;
    const name = numbers ? this.#name : ((nameLast ? words.at(-1) : words[0]) as string);
    const cells = numbers ? words : nameLast ? words.slice(0, -1) : words.slice(1);
    this.#name = '';
    const decimals = readPrinted(cells.at(-1) ?? '')?.decimals ?? 0;
    if (torn && !nameLast && decimals < this.#decimals) return false;
    this.#decimals = decimals;
    // iostat -g prints the sum of a group under a name set in by a blank.
    const group = !nameLast && !numbers && /^\s/.test(raw) ? DEVICE_GROUP : '';
    return this.#writer.row(name, this.#columns, cells, group);
  }
}
