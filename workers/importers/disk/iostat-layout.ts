import { latin1 } from '../../bytes.ts';
import type { Source } from '../importer.ts';
import { type DateOrder, dateOrder } from '../wall-time.ts';
import { readBanner } from './banner.ts';
import { isStamp, readCpuHeader, readDeviceHeader } from './iostat-lines.ts';

/** What the head of an iostat file says of the whole: it does not depend on where the file is cut. */
export interface IostatLayout {
  /** The line every report begins with. */
  readonly begins: 'time' | 'cpu' | 'devices';
  /** With `devices`: the header that comes first in a report (-h prints several). */
  readonly header: string;
  readonly order: DateOrder;
}

const layouts = new WeakMap<Source, IostatLayout>();

export function layoutOf(source: Source): IostatLayout {
  const known = layouts.get(source);
  if (known !== undefined) return known;
  const lines = latin1(source.head, 0, source.head.length).split('\n', 4000);
  const layout = findLayout(lines.map((line) => line.trim()));
  layouts.set(source, layout);
  return layout;
}

export function findLayout(lines: readonly string[]): IostatLayout {
  const stamps = lines.filter(isStamp);
  const dates = lines.flatMap((line) => readBanner(line)?.date ?? []);
  const order = dateOrder([...stamps, ...dates]);
  const header = lines.map(readDeviceHeader).find((found) => found !== undefined)?.text ?? '';
  if (stamps.length > 0) return { begins: 'time', header, order };
  const cpu = lines.some((line) => readCpuHeader(line) !== undefined);
  return { begins: cpu ? 'cpu' : 'devices', header, order };
}

/** Whether a report begins at a line. */
export function beginsReport(line: string, { begins, header }: IostatLayout): boolean {
  if (begins === 'time') return isStamp(line);
  return begins === 'cpu' ? readCpuHeader(line) !== undefined : line === header;
}
