/** One row of toplev --csv. */
export interface ToplevRow {
  /** ns from the start with -I; NaN without. */
  readonly time: number;
  /** It sums up intervals that have rows of their own. */
  readonly isSummary: boolean;
  /** `C0`, `C0-T1`, `S0`; empty without. */
  readonly cpu: string;
  readonly node: string;
  /** A share for per cent, else in `unit`. */
  readonly value: number;
  readonly unit: string;
  readonly isBelow: boolean;
  /** Event to sample with; empty without. */
  readonly sample: string;
  /** 0..1; NaN where it is not printed. */
  readonly multiplex: number;
  readonly isBottleneck: boolean;
  readonly isIdle: boolean;
}

const number = /^-?\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?\s*%?$/;
const name = /^[A-Za-z_][\w.+ -]*$/;
const header = new Set([
  'Timestamp',
  'CPUs',
  'Area',
  'Value',
  'Unit',
  'Description',
  'Sample',
  'Stddev',
  'Multiplex',
  'Bottleneck',
  'Idle',
]);

/** The line that names columns; older versions have none. */
export function isToplevHeader(cells: readonly string[]): boolean {
  return cells.includes('Area') && cells.includes('Value') && cells.every((cell) => header.has(cell));
}

/**
 * `[time,][cpu,]node,value,unit[ <],description,sample,stddev,multiplex,bottleneck,idle`; before 4.0 the value may end
 * in %, the unit says `above` or `below`, and columns at the end lack. Undefined when it is no row.
 */
export function readToplevRow(cells: readonly string[]): ToplevRow | undefined {
  const at = [0, 1, 2].find((i) => name.test(cells[i] ?? '') && number.test(cells[i + 1] ?? ''));
  if (at === undefined) return undefined;
  const before = cells.slice(0, at);
  const [first = ''] = before;
  const isSummary = first === 'SUMMARY';
  const isTimed = isSummary || (at > 0 && /^\d+\.\d+$/.test(first));
  if (before.length > (isTimed ? 2 : 1)) return undefined;
  const text = cells[at + 1] ?? '';
  const unit = cells[at + 2] ?? '';
  const isPercent = text.endsWith('%') || unit.startsWith('%') || /^(?:above|below)$/.test(unit);
  const value = Number(text.replace(/[,%\s]/g, ''));
  const multiplex = Number.parseFloat((cells[at + 6] ?? '').replace(/^\[\s*/, ''));
  return {
    time: isTimed && !isSummary ? Number(first) * 1e9 : Number.NaN,
    isSummary,
    cpu: (isTimed ? before[1] : before[0]) ?? '',
    node: cells[at] as string,
    value: isPercent ? value / 100 : value,
    unit: isPercent ? 'share' : unit.replace(/\s*<$/, ''),
    isBelow: /<$|below/.test(unit),
    sample: cells[at + 4] ?? '',
    multiplex: multiplex / 100,
    isBottleneck: (cells[at + 7] ?? '').includes('<=='),
    isIdle: cells[at + 8] === 'Y',
  };
}
