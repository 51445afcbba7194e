import { type DateOrder, readWallTime } from '../wall-time.ts';

/** A number of seconds beyond any uptime: since 1970. */
const EPOCH = 1e9;

/** How the time column of a file is written. */
export interface CsvTime {
  /** ns per unit; 0 = decided by the size of the numbers, or texts. */
  readonly factor: number;
  readonly order: DateOrder;
}

/** A cell as a number; NaN for an empty one and for text. */
export function numberOf(cell: string): number {
  const text = cell.trim();
  return text === '' ? Number.NaN : Number(text);
}

/** A number in the unit given, else in the one its size tells; or a date and time. */
export function timeOf(
  text: string,
  { factor, order }: CsvTime,
): { readonly ns: number; readonly clock: string } | undefined {
  const value = numberOf(text);
  if (!Number.isFinite(value)) {
    const wall = readWallTime(text, order);
    return wall === undefined ? undefined : { ns: wall.ns, clock: wall.zone ? 'realtime' : 'wall' };
  }
  const scale = factor > 0 ? factor : scaleOf(value);
  const ns = value * scale;
  return { ns, clock: ns >= EPOCH * 1e9 ? 'realtime' : '' };
}

/** ns per unit of a time since 1970 by its size: seconds of today are 1.8e9, each finer unit is a thousand times more. */
function scaleOf(value: number): number {
  if (value < 100 * EPOCH) return 1e9;
  if (value < 100e3 * EPOCH) return 1e6;
  return value < 100e6 * EPOCH ? 1e3 : 1;
}
