import { utf8 } from '../../bytes.ts';
import { dateOrder, readDate } from '../wall-time.ts';

/** Bytes behind the banner in which the first time of day is. */
const NEAR = 200;
const clock = /\d{1,2}:\d{2}:\d{2}(?: [AaPp][Mm])?/;

/**
 * ns of the midnight a banner's date begins with. `01/12/2026` is of two days: whether the clock below it, at `from`,
 * has twelve hours or 24 tells which.
 */
export function bannerDay(date: string, bytes: Uint8Array, from: number): number {
  const time = clock.exec(utf8(bytes, from, Math.min(bytes.length, from + NEAR)))?.[0] ?? '';
  return readDate(date, dateOrder([`${date} ${time}`])) ?? 0;
}
