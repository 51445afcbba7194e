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
 * A workload from a fio job file: jobs of read, write, randread and randwrite with bs, offset, size, iodepth,
 * direct, sync, prio, prioclass, thinktime, startdelay, numjobs, runtime. Anything else that would change the IO
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
  return {
    name,
    tasks: jobs.flatMap((job) => tasksOf(job.name, job.options, name)),
    duration: Math.max(...durations) * 1e9,
  };
}

function tasksOf(job: string, options: ReadonlyMap<string, string>, file: string): TaskModel[] {
  const known = new Set(
    'rw readwrite bs blocksize offset size iodepth ioengine direct buffered sync prio prioclass thinktime startdelay numjobs runtime'.split(
      ' ',
    ),
  );
  const odd = [...options.keys()].find((key) => !known.has(key) && !ignored.has(key));
  if (odd !== undefined) throw unsupported(file, job, `the option ${odd}`);
  const rw = options.get('rw') ?? options.get('readwrite') ?? 'read';
  const [pattern, direction] = /^(rand)?(read|write)$/.exec(rw)?.slice(1) ?? [];
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
  if (!direct && !write) throw unsupported(file, job, 'buffered reads (add direct=1)');
  const engine = options.get('ioengine') ?? 'psync';
  const asynchronous = /^(libaio|io_uring|posixaio)$/.test(engine);
  if (!asynchronous && !/^(psync|sync|pvsync|pvsync2|vsync)$/.test(engine)) {
    throw unsupported(file, job, `ioengine=${engine}`);
  }
  const range = number('size', Number.NaN);
  if (!(range > 0)) throw unsupported(file, job, 'no size (say size=10g)');
  const bytes = number('bs', number('blocksize', 4096));
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
    ...(timeBased ? {} : { operations: Math.min(1e9, Math.max(1, Math.floor(range / bytes))) }),
  };
  const copies = number('numjobs', 1);
  return copies === 1
    ? [task]
    : Array.from({ length: copies }, (_, i) => ({ ...task, name: `${job}.${i + 1}` }));
}

/** Seconds; a variable as ${RT} is not known here, and the default is taken. */
function durationOf(options: ReadonlyMap<string, string>, file: string): number {
  const text = options.get('runtime');
  if (text === undefined || text.includes('$' + '{')) return DEFAULT_DURATION;
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
