import { processCpu } from '../../../model/cpu-series.ts';
import { taskRate } from '../../../model/printed-series.ts';

/** Where a column of pidstat goes, and the factor from its unit to that of the series. */
export interface TaskColumn {
  readonly series: string;
  readonly unit: string;
  readonly scale: number;
}

const KIB = 1024;
/** iodelay is in ticks of USER_HZ, 10 ms each. */
const TICK_NS = 1e7;
const column = (series: string, unit: string, scale = 1): TaskColumn => ({ series, unit, scale });

/** What pidstat -u -r -s -d -w -v print of a task, by the names of the columns (man page of sysstat 12.6). */
const columns: Readonly<Record<string, TaskColumn>> = {
  '%usr': column(taskRate.user, 'share', 0.01),
  '%user': column(taskRate.user, 'share', 0.01),
  '%system': column(taskRate.system, 'share', 0.01),
  '%guest': column(taskRate.guest, 'share', 0.01),
  '%wait': column(taskRate.wait, 'share', 0.01),
  '%CPU': column(taskRate.cpu, 'share', 0.01),
  CPU: column(processCpu.lastCpu, 'count'),
  'minflt/s': column(taskRate.minorFaults, '1/s'),
  'majflt/s': column(taskRate.majorFaults, '1/s'),
  VSZ: column(taskRate.virtual, 'bytes', KIB),
  RSS: column(taskRate.resident, 'bytes', KIB),
  '%MEM': column(taskRate.memoryShare, 'share', 0.01),
  StkSize: column(taskRate.stackReserved, 'bytes', KIB),
  StkRef: column(taskRate.stackUsed, 'bytes', KIB),
  'kB_rd/s': column(taskRate.read, 'bytes/s', KIB),
  'kB_wr/s': column(taskRate.written, 'bytes/s', KIB),
  'kB_ccwr/s': column(taskRate.cancelled, 'bytes/s', KIB),
  iodelay: column(taskRate.ioDelay, 'ns', TICK_NS),
  'cswch/s': column(taskRate.voluntary, '1/s'),
  'nvcswch/s': column(taskRate.involuntary, '1/s'),
  threads: column(processCpu.threads, 'tasks'),
  'fd-nr': column(taskRate.descriptors, 'count'),
};

/** Columns that are known and not kept: scheduling class, and sums of a task and its children (-T CHILD). */
const leftOut = /^(?:prio|policy|(?:usr|system|guest)-ms|(?:min|maj)flt-nr)$/;

/** What a table measures, by the column only it has: the interval of each is filed apart. */
const kinds = [
  ['cpu', '%usr'],
  ['cpu', '%user'],
  ['memory', 'minflt/s'],
  ['stack', 'StkSize'],
  ['io', 'kB_rd/s'],
  ['switches', 'cswch/s'],
  ['tables', 'fd-nr'],
] as const;

/** Header of a table: who a row is of, and what it says. */
export interface PidstatHeader {
  /** The header as printed, one blank between its columns. */
  readonly text: string;
  /** Sorts of table in it: one, or with -h all that were asked for. */
  readonly kinds: readonly string[];
  readonly names: readonly string[];
  /** Undefined where nothing is kept: ids, and columns of no use. */
  readonly columns: readonly (TaskColumn | undefined)[];
  /** Index of the id of the process, and with -t of that of the thread (else −1). */
  readonly pid: number;
  readonly tid: number;
}

/** Undefined for what is no header of pidstat: ids first, `Command` last. */
export function readPidstatHeader(words: readonly string[]): PidstatHeader | undefined {
  if (words.at(-1) !== 'Command') return undefined;
  const names = words.slice(0, -1);
  const tid = names.indexOf('TID');
  const pid = names.indexOf(tid < 0 ? 'PID' : 'TGID');
  const ids = /^(?:UID|USER|PID|TGID|TID)$/;
  const known = names.filter((name) => name in columns || leftOut.test(name));
  if (
    pid < 0 ||
    known.length === 0 ||
    known.length + names.filter((name) => ids.test(name)).length < names.length
  )
    return undefined;
  return {
    text: words.join(' '),
    kinds: kinds.flatMap(([kind, name]) => (names.includes(name) ? [kind] : [])),
    names,
    columns: names.map((name) => columns[name]),
    pid,
    tid,
  };
}
