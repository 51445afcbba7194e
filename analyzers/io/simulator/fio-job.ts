import { Problem } from '../../../model/problem.ts';
import type { TaskModel, Workload } from '../../../model/simulation.ts';

/** Options that do not change what is submitted to the device. */
const ignored = new Set(
  (
    'filename directory randseed randrepeat norandommap thread group_reporting name description time_based ' +
    'write_lat_log write_bw_log write_iops_log log_avg_msec log_offset percentile_list invalidate ' +
    'refill_buffers allow_file_create clat_percentiles lat_percentiles nice cgroup'
  ).split(' '),
);
const DEFAULT_DURATION = 20;

/**
 * A workload from a fio job file: jobs of read, write, randread, randwrite, rw and randrw with bs or bssplit, rwmixread,
 * rate, rate_iops, offset, size, iodepth, direct, sync, prio, prioclass, thinktime, startdelay, numjobs, runtime. Anything else that would change the IO
 * is refused by name. `name` is of the file, for errors.
 */
export function parseFioJob(text: string, name: string): Workload {
  const global = new Map<string, string>();
  const jobs: { readonly name: string; readonly options: Map<string, string> }[] = [];
  let current = global;
  let offset = 0;
  for (const line of text.split('\n')) {
    const at = offset;
    offset += line.length + 1;
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    const section = /^\[(.+)\]$/.exec(trimmed)?.[1];
    if (section !== undefined) {
      if (section === 'global') current = global;
      else {
        current = new Map(global);
        jobs.push({ name: section, options: current });
      }
      continue;
    }
    const [, key = '', value = '1'] = /^([a-z0-9_]+)\s*(?:=\s*(.*))?$/i.exec(trimmed) ?? [];
    if (key === '') {
      throw broken(name, at, 'a line that is neither [job] nor option=value');
    }
    current.set(key, value.trim());
  }
  if (jobs.length === 0) throw broken(name, 0, 'no job: a fio job file has sections as [reader]');
  const durations = jobs.map(({ options }) => durationOf(options, name));
  const assumed = jobs.filter(({ options }) => isVariable(options.get('runtime')));
  const notes = assumed.map(
    ({ name: job, options }) =>
      `job ${job}: runtime=${options.get('runtime')} is a variable fio takes from its environment; ${DEFAULT_DURATION} s are simulated (--seconds for another time)`,
  );
  return {
    ...(notes.length === 0 ? {} : { notes: notes.slice(0, 100) }),
    name,
    tasks: jobs.flatMap((job) => tasksOf(job.name, job.options, name)),
    duration: Math.max(...durations) * 1e9,
  };
}

function tasksOf(job: string, options: ReadonlyMap<string, string>, file: string): TaskModel[] {
  const known = new Set(
    'rw readwrite rwmixread rwmixwrite bs blocksize bssplit rate rate_iops offset size iodepth ioengine direct buffered sync prio prioclass thinktime startdelay numjobs runtime'.split(
      ' ',
    ),
  );
  const odd = [...options.keys()].find((key) => !known.has(key) && !ignored.has(key));
  if (odd !== undefined) throw unsupported(file, job, `the option ${odd}`);
  const rw = options.get('rw') ?? options.get('readwrite') ?? 'read';
  const [pattern, direction] = /^(rand)?(read|write|rw|readwrite)$/.exec(rw)?.slice(1) ?? [];
  if (direction === undefined) throw unsupported(file, job, `rw=${rw}`);
  const number = (key: string, fallback: number): number => {
    const value = options.get(key);
    if (value === undefined) return fallback;
    const parsed = sizeOf(value);
    if (Number.isNaN(parsed)) throw unsupported(file, job, `${key}=${value} (a number is expected)`);
    return parsed;
  };
  const direct = number('direct', 0) === 1 || options.get('buffered') === '0';
  const write = direction === 'write';
  const mixed = direction === 'rw' || direction === 'readwrite';
  if (!direct && !write) throw unsupported(file, job, 'buffered reads (add direct=1)');
  const engine = options.get('ioengine') ?? 'psync';
  const asynchronous = /^(libaio|io_uring|posixaio)$/.test(engine);
  if (!asynchronous && !/^(psync|sync|pvsync|pvsync2|vsync)$/.test(engine)) {
    throw unsupported(file, job, `ioengine=${engine}`);
  }
  const range = number('size', Number.NaN);
  if (!(range > 0)) throw unsupported(file, job, 'no size (say size=10g)');
  const split = options.get('bssplit');
  const sizes = split === undefined ? undefined : bssplitOf(split, write, mixed);
  if (sizes === null) throw unsupported(file, job, `bssplit=${split}`);
  const mean = sizes?.reduce((sum, size) => sum + (size.bytes * size.weight) / 100, 0);
  const bytes =
    mean === undefined
      ? number('bs', number('blocksize', 4096))
      : Math.max(512, Math.round(mean / 512) * 512);
  const mostRate = rateOf(options, write, mean ?? bytes);
  if (mostRate !== undefined && (mixed || !direct || !(mostRate > 0)))
    throw unsupported(
      file,
      job,
      `rate or rate_iops ${mixed ? 'of a mix' : direct ? 'that is no number' : 'of buffered writes'}`,
    );
  const reads = options.has('rwmixwrite') ? 100 - number('rwmixwrite', 50) : number('rwmixread', 50);
  if (mixed && !(reads >= 0 && reads <= 100)) throw unsupported(file, job, `rwmixread=${reads}`);
  // Without time_based a job ends when it has done its size, however long runtime is.
  const timeBased = number('time_based', 0) === 1;
  const priorityClass = number('prioclass', options.has('prio') ? 2 : 2);
  const task: TaskModel = {
    name: job,
    pattern: pattern === 'rand' ? 'random' : 'sequential',
    write,
    bytes,
    offset: number('offset', 0),
    range,
    // Only asynchronous engines keep more than one in flight.
    depth: asynchronous && direct ? number('iodepth', 1) : 1,
    sync: true,
    buffered: !direct,
    priorityClass: priorityClass === 1 || priorityClass === 3 ? priorityClass : 2,
    priorityLevel: number('prio', 4),
    thinkTime: number('thinktime', 0) * 1000,
    start: number('startdelay', 0) * 1e9,
    ...(mixed ? { readShare: reads / 100 } : {}),
    ...(sizes === undefined ? {} : { sizes }),
    ...(mostRate === undefined ? {} : { mostRate }),
    ...(timeBased ? {} : { operations: Math.min(1e9, Math.max(1, Math.floor(range / bytes))) }),
  };
  const copies = number('numjobs', 1);
  return copies === 1
    ? [task]
    : Array.from({ length: copies }, (_, i) => ({ ...task, name: `${job}.${i + 1}` }));
}

/** `${RT}`: fio puts in what its environment says. */
function isVariable(text: string | undefined): boolean {
  return text?.includes('$' + '{') ?? false;
}

/** Seconds; a variable as ${RT} is not known here, and the default is taken. */
function durationOf(options: ReadonlyMap<string, string>, file: string): number {
  const text = options.get('runtime');
  if (text === undefined || isVariable(text)) return DEFAULT_DURATION;
  const [, value, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  if (value === undefined) throw unsupported(file, 'global', `runtime=${text}`);
  return Number(value) * ({ ms: 1e-3, s: 1, m: 60, h: 3600 }[unit] as number);
}

/** `4k`, `20g`, `128KiB`: fio's sizes are powers of two by default. */
function sizeOf(text: string): number {
  const [, value, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  if (value === undefined) return Number.NaN;
  return Number(value) * 1024 ** ' kmgt'.indexOf(unit.toLowerCase() || ' ');
}

/** `4k/60:64k/40`; sizes without a share divide what is left. Behind a comma stands what writes have. null: not modelled. */
function bssplitOf(text: string, write: boolean, mixed: boolean): NonNullable<TaskModel['sizes']> | null {
  const [first = '', second] = text.split(',');
  if (mixed && second !== undefined) return null;
  const found = (write ? (second ?? first) : first).split(':').map((entry) => {
    const [size = '', share = ''] = entry.trim().split('/');
    return { bytes: sizeOf(size), share: share === '' ? undefined : Number(share) };
  });
  const given = found.reduce((sum, { share = 0 }) => sum + share, 0);
  const open = found.filter(({ share }) => share === undefined).length;
  if (!found.every(({ bytes, share = 0 }) => bytes > 0 && share >= 0) || given > 100) return null;
  if (open === 0 && given !== 100) return null;
  return found.map(({ bytes, share }) => ({ bytes, weight: share ?? (100 - given) / open }));
}

/** Operations a second; of a rate in bytes, by the mean size. Behind a comma stands what writes have. NaN: no number. */
function rateOf(options: ReadonlyMap<string, string>, write: boolean, bytes: number): number | undefined {
  const of = (key: string): number | undefined => {
    const [first, second] = options.get(key)?.split(',') ?? [];
    const text = write ? (second ?? first) : first;
    return text === undefined || text === '' ? undefined : sizeOf(text);
  };
  const [rate, operations] = [of('rate'), of('rate_iops')];
  if (rate === undefined) return operations;
  return operations === undefined ? rate / bytes : Math.min(operations, rate / bytes);
}

function unsupported(file: string, job: string, what: string): Problem {
  return new Problem({
    code: 'unsupported-format',
    message: `job ${job} has ${what}, which the simulator does not model`,
    file,
    hint: 'take it out, or describe the workload as JSON (docs/simulator.md)',
  });
}

function broken(file: string, offset: number, message: string): Problem {
  return new Problem({ code: 'broken', message, file, offset, hint: 'check it with fio --parse-only' });
}
