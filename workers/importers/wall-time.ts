/** Order of day, month and year in dates that do not begin with the year. */
export type DateOrder = 'day first' | 'month first';

export interface WallTime {
  /** ns since 1970; of local time as if it were UTC when no zone is known. */
  readonly ns: number;
  /** Whether a zone was printed. */
  readonly zone: boolean;
}

export const NS_PER_DAY = 86_400e9;
const clock = String.raw`(\d{1,2})[:.時时시h]\s?(\d{2})[:.分분m]\s?(\d{2})(?:[.,]\d+)?[秒초s]?\s?([AaPp])?\.?(?:[Mm]\.?)?`;
const date = String.raw`(\d{1,4})[-/.年년]\s?(\d{1,2})[-/.月월]\s?(\d{1,4})[日일]?`;
const zone = String.raw`\s?(Z|UTC|GMT|[+-]\d{2}:?\d{2})?`;
const dated = new RegExp(`^(?:Time: )?${date}(?:,?[T ]\\s*)${clock}${zone}$`);
const undated = new RegExp(`^(?:Time: )?${clock}$`);
const dateOnly = new RegExp(`^${date}$`);

/**
 * Reads a date and time as sysstat and procps print them in any locale: ISO with zone, year first,
 * `11/20/26` (C), `11/20/2026 09:24:22 PM` (en_US), `20.11.2026`, `20/11/2026`. Without a date the
 * day comes from `day` (ns of its midnight). Undefined when the text is no such time.
 */
export function readWallTime(text: string, order: DateOrder, day = 0): WallTime | undefined {
  const found = dated.exec(text);
  if (found !== null) {
    const [, a, b, c, hour, minute, second, half, zoneText] = found as unknown as string[];
    const midnight = midnightOf(Number(a), Number(b), Number(c), order);
    const time = secondsOf(hour, minute, second, half);
    if (midnight === undefined || time === undefined) return undefined;
    return { ns: midnight + time * 1e9 - zoneOffset(zoneText), zone: zoneText !== undefined };
  }
  const bare = undated.exec(text);
  if (bare === null) return undefined;
  const [, hour, minute, second, half] = bare as unknown as string[];
  const time = secondsOf(hour, minute, second, half);
  return time === undefined ? undefined : { ns: day + time * 1e9, zone: false };
}

/** ns of the midnight a date begins with; undefined when it is none. */
export function readDate(text: string, order: DateOrder): number | undefined {
  const found = dateOnly.exec(text);
  return found === null ? undefined : midnightOf(Number(found[1]), Number(found[2]), Number(found[3]), order);
}

/**
 * Whether day or month comes first, from dates and times of one file. Dots: day. A number above 12
 * tells. Else two-digit years and clocks of twelve hours are American, clocks of 24 hours are not.
 */
export function dateOrder(texts: readonly string[]): DateOrder {
  let guess: DateOrder = 'month first';
  for (const text of texts) {
    const [, a = '', separator, b = '', year = ''] =
      /(\d{1,4})([-/.])(\d{1,2})[-/.](\d{1,4})/.exec(text) ?? [];
    if (a === '' || a.length === 4) continue;
    if (separator === '.' || Number(a) > 12) return 'day first';
    if (Number(b) > 12 || /[AaPp]\.?[Mm]/.test(text)) return 'month first';
    if (year.length === 4 && /\d:\d\d/.test(text)) guess = 'day first';
  }
  return guess;
}

function secondsOf(hour = '', minute = '', second = '', half?: string): number | undefined {
  let hours = Number(hour);
  if (half !== undefined) hours = (hours % 12) + (half.toLowerCase() === 'p' ? 12 : 0);
  const [minutes, seconds] = [Number(minute), Number(second)];
  if (hours > 24 || minutes > 59 || seconds > 60) return undefined;
  return hours * 3600 + minutes * 60 + seconds;
}

function midnightOf(a: number, b: number, c: number, order: DateOrder): number | undefined {
  const [year, month, day] =
    a > 99 ? [a, b, c] : order === 'day first' ? [fullYear(c), b, a] : [fullYear(c), a, b];
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined;
  return Date.UTC(year, month - 1, day) * 1e6;
}

/** Two digits are of this century: sysstat is younger than 1999, and dumps of 1970 mean a clock not set. */
function fullYear(year: number): number {
  return year < 70 ? 2000 + year : year < 100 ? 1900 + year : year;
}

function zoneOffset(text: string | undefined): number {
  const found = /^([+-])(\d{2}):?(\d{2})$/.exec(text ?? '');
  if (found === null) return 0;
  const seconds = Number(found[2]) * 3600 + Number(found[3]) * 60;
  return (found[1] === '-' ? -seconds : seconds) * 1e9;
}
