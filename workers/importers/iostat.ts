import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import { readBanner } from './disk/banner.ts';
import { beginsReport, layoutOf } from './disk/iostat-layout.ts';
import { isStamp, readCpuHeader, readDeviceHeader } from './disk/iostat-lines.ts';
import { IostatReader } from './disk/iostat-reader.ts';
import type { Importer, Source } from './importer.ts';

/** Lines of something else that may stand before the banner. */
const FOREIGN_LINES = 6;

/**
 * Text of iostat(1), sysstat 7 to 12.7, with any options and in any locale: columns go by their
 * names. The first report, averages since boot, is kept apart from the measured ones.
 */
export const iostat: Importer = {
  id: 'iostat',
  title: 'iostat text of every sysstat version, best with -x and -t',
  captureWith: 'S_TIME_FORMAT=ISO iostat -x -t 1 60 > iostat.txt',
  sniff: (head) => (sniff(latin1(head, 0, Math.min(head.length, 16_384))) ? 'yes' : 'no'),
  isRecordStart,
  open(out, source) {
    const reader = new IostatReader(out, source);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

/** Behind an optional banner and time: `avg-cpu:` or a header of a device table. */
function sniff(text: string): boolean {
  const lines = text
    .split('\n', 40)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  // A shell's prompt or a date may stand before it.
  let at = lines.slice(0, FOREIGN_LINES).findIndex((line) => readBanner(line) !== undefined) + 1;
  if (isStamp(lines[at] ?? '')) at++;
  // What was cut from a longer file may begin with rows.
  for (const line of lines.slice(at, at === 0 ? 1 : at + 1)) {
    if (readCpuHeader(line) !== undefined && !/\bCPU\b/.test(line)) return true;
    if (isDeviceTable(line)) return true;
  }
  return false;
}

/** sar -d has a time, and its device column is called DEV. */
function isDeviceTable(line: string): boolean {
  return readDeviceHeader(line) !== undefined && !/(?:^|\s)DEV(?:\s|$)/.test(line);
}

/** A report, with the banner before it when there is one. */
function isRecordStart(bytes: Uint8Array, at: number, source: Source): boolean {
  const layout = layoutOf(source);
  const line = latin1(bytes, at, trimEnd(bytes, at, lineEnd(bytes, at))).trim();
  if (readBanner(line) !== undefined) return true;
  return beginsReport(line, layout) && readBanner(lineAbove(bytes, at)) === undefined;
}

/** The last line before `at` that is not blank. */
function lineAbove(bytes: Uint8Array, at: number): string {
  for (let stop = at - 1; stop > 0; ) {
    const start = bytes.lastIndexOf(10, stop - 1) + 1;
    const text = latin1(bytes, start, trimEnd(bytes, start, stop)).trim();
    if (text !== '') return text;
    stop = start - 1;
  }
  return '';
}
