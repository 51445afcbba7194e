import { notRead, percent, type Reading } from './reading.ts';

/** Thousands are parted by a comma, dot, apostrophe or (narrow) no-break space, as the locale has it. */
const amount = String.raw`\d[\d.,'’\u00a0\u202f]*|<not (?:counted|supported)>`;
const units = 'msec|nsec|sec|MiB|Joules|Bytes|KiB|GiB|ns';
const line = new RegExp(
  String.raw`^\s*(?:(\d+[.,]\d{6,9})\s+)?(?:((?:CPU|S|N|D|C)\d+(?:-[A-Z]+\d+)*|\S+-\d+)\s+(?:\d+\s+(?=[\d<]))?)?(${amount})\s+(?:(${units})\s+)?([A-Za-z][^\s#]*)\s*((?:#|\().*)?$`,
);
const elapsed = /^\s*(\d+(?:[.,]\d+)?)(?: \+- \d+(?:[.,]\d+)?)? seconds (time elapsed|user|sys)\b(.*)$/;

/** What people see on a terminal, -I, -A, -r and per-socket sums included, in any locale. */
export function readText(text: string): Reading | undefined {
  const time = elapsed.exec(text);
  if (time !== null) {
    return {
      event: time[2] as string,
      unit: 'sec',
      value: Number((time[1] as string).replace(',', '.')),
      interval: Number.NaN,
      of: '',
      running: Number.NaN,
      variance: varianceIn(time[3]),
    };
  }
  const found = line.exec(text);
  if (found === null) return undefined;
  const [, interval, of = '', value = '', unit = '', event = '', rest = ''] = found;
  return {
    event,
    unit,
    value: notRead.test(value) ? Number.NaN : numberOf(value, unit !== ''),
    interval: interval === undefined ? Number.NaN : Number(interval.replace(',', '.')),
    of,
    running: percent(/\((\d+(?:[.,]\d+)?%)\)\s*$/.exec(rest)?.[1]),
    variance: varianceIn(rest),
  };
}

function varianceIn(text = ''): number {
  return percent(/\( \+-\s*(\d+(?:[.,]\d+)?%) \)/.exec(text)?.[1]);
}

/**
 * `1,234.56`, `1.234,56`, `557,54`: a number with a unit has decimals, a count has none, so that the last mark of
 * `1.234` is a decimal mark before `msec` and parts thousands without a unit.
 */
function numberOf(text: string, decimals: boolean): number {
  const plain = text.replace(/['’\u00a0\u202f]/g, '');
  const last = Math.max(plain.lastIndexOf('.'), plain.lastIndexOf(','));
  const parts = plain.split(/[.,]/);
  const thousands = parts.length > 1 && parts.slice(1).every((part) => part.length === 3) && !decimals;
  if (last === -1 || thousands) return Number(plain.replace(/[.,]/g, ''));
  return Number(`${plain.slice(0, last).replace(/[.,]/g, '')}.${plain.slice(last + 1)}`);
}
