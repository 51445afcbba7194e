import { readWallTime } from '../wall-time.ts';

/** A time of day in any locale's way, or seconds since 1970 (pidstat -H). */
const stamp = String.raw`(\d{1,2}[:.時时시h]\s?\d{2}[:.分분m]\s?\d{2}[秒초s]?(?:\s[AaPp]\.?[Mm]\.?)?|\d{9,11})`;
const timed = new RegExp(`^${stamp}\\s+(\\S.*)$`);
/** `# Time UID PID …`: pidstat -h, whose headers have no time. */
const untimed = /^#\s*\S+\s+(\S.*)$/;
/** `Average:`, translated in most locales. */
const average = /^\p{L}+\.?\s?:\s/u;

/** One line of a table of mpstat or pidstat. */
export interface TimedLine {
  /** ns: of the day, or since 1970; NaN in headers of pidstat -h. */
  readonly time: number;
  /** Since 1970, so of a clock all hosts share. */
  readonly epoch: boolean;
  readonly words: readonly string[];
  /** What stands behind the time, as printed. */
  readonly rest: string;
}

/** `average`: the last lines a tool prints, which follow from those before. Undefined: a line of something else. */
export function readTimedLine(line: string): TimedLine | 'average' | undefined {
  const header = untimed.exec(line)?.[1];
  if (header !== undefined)
    return { time: Number.NaN, epoch: false, words: header.split(/\s+/), rest: header };
  const [, printed = '', rest = ''] = timed.exec(line) ?? [];
  if (printed === '') return average.test(line) ? 'average' : undefined;
  const epoch = /^\d+$/.test(printed);
  const time = epoch ? Number(printed) * 1e9 : readWallTime(printed, 'month first')?.ns;
  return time === undefined ? undefined : { time, epoch, words: rest.split(/\s+/), rest };
}
