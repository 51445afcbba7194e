import type { IntervalSeries } from '../../../model/device-series.ts';

/** Where a printed column goes, and the factor from its unit to the unit of the series. */
export interface Column {
  readonly series: IntervalSeries;
  readonly scale: number;
}

const KIB = 1024;
const MIB = 2 ** 20;
/** Linux counts sectors of 512 bytes whatever the device says. */
const SECTOR = 512;
const MS = 1e6;
const PERCENT = 0.01;

function each(scale: number, series: Readonly<Record<string, IntervalSeries>>): [string, Column][] {
  return Object.entries(series).map(([name, target]) => [name, { series: target, scale }]);
}

/**
 * Columns of iostat, sar -d, sadf and their JSON, of every generation (man pages of sysstat 7 to
 * 12.7). `svctm` is left out: sysstat calls it meaningless and dropped it. Percentages of merges and
 * totals (`kB_read`) follow from the other columns.
 */
const columns: ReadonlyMap<string, Column> = new Map([
  ...each(1, {
    'r/s': 'r/s',
    'w/s': 'w/s',
    'd/s': 'd/s',
    'f/s': 'f/s',
    tps: 'tps',
    'rrqm/s': 'rrqm/s',
    'wrqm/s': 'wrqm/s',
    'drqm/s': 'drqm/s',
    'rqm/s': 'rqm/s',
    'aqu-sz': 'aqu-sz',
    'avgqu-sz': 'aqu-sz',
  }),
  ...each(KIB, {
    'rkB/s': 'rB/s',
    'wkB/s': 'wB/s',
    'dkB/s': 'dB/s',
    'kB/s': 'B/s',
    rkB: 'rB/s',
    wkB: 'wB/s',
    dkB: 'dB/s',
    'kB_read/s': 'rB/s',
    'kB_wrtn/s': 'wB/s',
    'kB_dscd/s': 'dB/s',
    'rareq-sz': 'rareq-sz',
    'wareq-sz': 'wareq-sz',
    'dareq-sz': 'dareq-sz',
    'areq-sz': 'areq-sz',
  }),
  ...each(MIB, {
    'rMB/s': 'rB/s',
    'wMB/s': 'wB/s',
    'dMB/s': 'dB/s',
    'MB/s': 'B/s',
    'MB_read/s': 'rB/s',
    'MB_wrtn/s': 'wB/s',
    'MB_dscd/s': 'dB/s',
  }),
  ...each(SECTOR, {
    'rsec/s': 'rB/s',
    'wsec/s': 'wB/s',
    'dsec/s': 'dB/s',
    'sec/s': 'B/s',
    'rd_sec/s': 'rB/s',
    'wr_sec/s': 'wB/s',
    'dc_sec/s': 'dB/s',
    rd_sec: 'rB/s',
    wr_sec: 'wB/s',
    dc_sec: 'dB/s',
    'Blk_read/s': 'rB/s',
    'Blk_wrtn/s': 'wB/s',
    'Blk_dscd/s': 'dB/s',
    'avgrq-sz': 'areq-sz',
  }),
  ...each(MS, {
    r_await: 'r_await',
    w_await: 'w_await',
    d_await: 'd_await',
    f_await: 'f_await',
    await: 'await',
  }),
  ...each(PERCENT, { '%util': 'util', util: 'util', 'util-percent': 'util' }),
]);

/** Columns that are known and not kept. */
const derivable = /^(?:%?[rwd]rqm|%rqm|svctm|(?:kB|MB|Blk)_(?:read|wrtn|dscd))$/;

export function columnOf(name: string): Column | undefined {
  return columns.get(name);
}

export function isKnownColumn(name: string): boolean {
  return columns.has(name) || derivable.test(name);
}

/**
 * Columns of a header: undefined where nothing is kept. Of two names for one thing (sadf prints
 * sectors and kilobytes) only the first in the order of `columns` is.
 */
export function columnsOf(names: readonly string[]): (Column | undefined)[] {
  const taken = new Map<IntervalSeries, Column>();
  for (const name of names) {
    const column = columns.get(name);
    const before = column === undefined ? undefined : taken.get(column.series);
    // The coarser unit is an old name kept for compatibility, or was rounded to whole sectors.
    if (column !== undefined && (before === undefined || (before.scale === SECTOR && column.scale === KIB)))
      taken.set(column.series, column);
  }
  return names.map((name) => {
    const column = columns.get(name);
    return column !== undefined && taken.get(column.series) === column ? column : undefined;
  });
}
