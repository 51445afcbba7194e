/**
 * Names of what is measured of block devices, the same whoever printed it. Importers file values
 * under them, whatever name and unit the tool's generation gave; analyzers look them up.
 */

/** Kinds of requests, as metrics and tables call them. */
export const operations = ['read', 'write', 'discard', 'flush'] as const;
export type Operation = (typeof operations)[number];

/**
 * Averages over the interval that ends at their time (entity `device`): iostat(1), sar(1) -d.
 * `aqu-sz` is requests in flight on average; `util` the share of time with at least one in flight.
 */
export const intervalSeries = {
  'r/s': '1/s',
  'w/s': '1/s',
  'd/s': '1/s',
  'f/s': '1/s',
  tps: '1/s',
  'rB/s': 'bytes/s',
  'wB/s': 'bytes/s',
  'dB/s': 'bytes/s',
  'B/s': 'bytes/s',
  'rrqm/s': '1/s',
  'wrqm/s': '1/s',
  'drqm/s': '1/s',
  'rqm/s': '1/s',
  r_await: 'ns',
  w_await: 'ns',
  d_await: 'ns',
  f_await: 'ns',
  await: 'ns',
  'rareq-sz': 'bytes',
  'wareq-sz': 'bytes',
  'dareq-sz': 'bytes',
  'areq-sz': 'bytes',
  'aqu-sz': 'requests',
  util: 'share',
} as const;
export type IntervalSeries = keyof typeof intervalSeries;

/**
 * Counters since boot (entity `device`), in the order of the columns of /proc/diskstats behind the
 * name (Documentation/admin-guide/iostats.rst); sectors of 512 bytes become bytes, ms become ns.
 */
export const counterSeries = [
  ['reads', 'requests', 1],
  ['reads merged', 'requests', 1],
  ['read bytes', 'bytes', 512],
  ['read time', 'ns', 1e6],
  ['writes', 'requests', 1],
  ['writes merged', 'requests', 1],
  ['write bytes', 'bytes', 512],
  ['write time', 'ns', 1e6],
  ['in flight', 'requests', 1],
  ['busy time', 'ns', 1e6],
  ['queue time', 'ns', 1e6],
  ['discards', 'requests', 1],
  ['discards merged', 'requests', 1],
  ['discard bytes', 'bytes', 512],
  ['discard time', 'ns', 1e6],
  ['flushes', 'requests', 1],
  ['flush time', 'ns', 1e6],
] as const satisfies readonly (readonly [name: string, unit: string, scale: number])[];
export type CounterSeries = (typeof counterSeries)[number][0];

/** Sort of thing a device series is of. Since-boot averages and groups (iostat -g) stand apart from devices. */
export const DEVICE = 'device';
export const DEVICE_SINCE_BOOT = 'device since boot';
export const DEVICE_GROUP = 'device group';

/** Entity of series that tell of the recording itself. */
export const RECORDER = 'recorder';
/**
 * Begins a report: values that follow in the file, up to the next of these, were measured over one
 * interval. The value is its length in ns, or 0 where the tool does not print it.
 */
export const REPORT = 'report';
/** The same for the first report of iostat and vmstat, whose averages are since boot. */
export const REPORT_SINCE_BOOT = 'report since boot';
/** Digits behind the decimal sign in a report: what printing rounded away. */
export const PRINTED_DECIMALS = 'printed decimals';

/** Share of CPU time in a state over an interval, all CPUs together (entity `host`): `cpu share user`. */
export const CPU_SHARE = 'cpu share';
export const HOST_SINCE_BOOT = 'host since boot';
