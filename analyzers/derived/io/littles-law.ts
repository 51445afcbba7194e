import type { IntervalSeries } from '../../../model/device-series.ts';
import type { DeviceIntervals } from './device-intervals.ts';
import { secondsOf } from './device-summary.ts';

/** One row that breaks Little's law. */
export interface Violation {
  readonly device: string;
  /** ns of the run's clock; NaN = not printed. */
  readonly time: number;
  readonly printed: number;
  /** Requests in flight by rates and waits, and the range printing leaves for it. */
  readonly expected: number;
  readonly low: number;
  readonly high: number;
}

export interface LawCheck {
  readonly rows: number;
  readonly violations: readonly Violation[];
  /** Largest distance of a row that holds, requests. */
  readonly largest: number;
}

const pairs: readonly (readonly [rate: IntervalSeries, wait: IntervalSeries])[] = [
  ['r/s', 'r_await'],
  ['w/s', 'w_await'],
  ['d/s', 'd_await'],
  ['f/s', 'f_await'],
];
/** Counters of the kernel are whole milliseconds: a sum of differences may be off by one for each kind and the total. */
const MS = 1e-3;

/**
 * Checks aqu-sz = Σ rate × await (Little, Oper. Res. 9 (1961) 383) row by row. Since Linux 5.7 both
 * sides come from the same times of completed requests (block/diskstats: replace time_in_queue with
 * sum of request times), so a row may be off by what printing rounded away and by the kernel's
 * whole milliseconds, and by no more. Where the tool prints no discards or flushes, which aqu-sz
 * includes, only too small an aqu-sz is a contradiction.
 */
export function checkLittlesLaw(intervals: DeviceIntervals): LawCheck {
  const { columns, decimals, length, device, end, from } = intervals;
  const queue = columns.get('aqu-sz');
  const whole = columns.has('d/s') && columns.has('f/s');
  const kinds = columns.has('r_await')
    ? pairs.filter(([rate, wait]) => columns.has(rate) && columns.has(wait))
    : [];
  const together = kinds.length === 0 && columns.has('await') && (columns.has('tps') || columns.has('r/s'));
  if (queue === undefined || from !== 'reports' || !(kinds.length > 0 || together)) {
    return { rows: 0, violations: [], largest: 0 };
  }
  const seconds = secondsOf(intervals);
  const violations: Violation[] = [];
  let [rows, largest] = [0, 0];
  for (let row = 0; row < length; row++) {
    const printed = queue[row] as number;
    const half = 0.5 * 10 ** -(decimals[row] as number);
    const terms = together
      ? [wholeTerm(columns, row)]
      : kinds.map(([rate, wait]) => [cell(columns, rate, row), cell(columns, wait, row)] as const);
    if (Number.isNaN(printed) || terms.some(([rate, wait]) => Number.isNaN(rate * wait))) continue;
    rows++;
    const sum = (rateOff: number, waitOff: number): number =>
      terms.reduce(
        (total, [rate, wait]) => total + Math.max(0, rate + rateOff) * Math.max(0, wait / 1e6 + waitOff) * MS,
        0,
      );
    const slack = half + ((terms.length + 1) * MS) / (seconds[row] as number);
    const [expected, low, high] = [sum(0, 0), sum(-half, -half) - slack, sum(half, half) + slack];
    const isOff = printed < low || (whole && printed > high);
    if (isOff)
      violations.push({ device, time: end[row] as number, printed, expected, low: Math.max(0, low), high });
    else if (whole) largest = Math.max(largest, Math.abs(printed - expected));
  }
  return { rows, violations, largest };
}

function cell(columns: DeviceIntervals['columns'], name: IntervalSeries, row: number): number {
  return columns.get(name)?.[row] ?? Number.NaN;
}

/** Rate and wait of reads and writes together, where they are not told apart. */
function wholeTerm(columns: DeviceIntervals['columns'], row: number): readonly [number, number] {
  const rate = columns.has('tps')
    ? cell(columns, 'tps', row)
    : cell(columns, 'r/s', row) + cell(columns, 'w/s', row);
  return [rate, cell(columns, 'await', row)];
}
