import { processCpu, schedDebug, threadCpu, UNKNOWN_PROCESS } from '../../../model/cpu-series.ts';
import type { Entity, KernelFile, KernelFileWriter } from './kernel-file.ts';

/** Columns of the list of tasks, by the words of its own header; kernels differ in order and number. */
const taskColumns: Readonly<Record<string, readonly [name: string, unit: string, grows: boolean]>> = {
  vruntime: [threadCpu.vruntime, 'ns', false],
  'tree-key': [threadCpu.vruntime, 'ns', false],
  slice: [threadCpu.slice, 'ns', false],
  'sum-exec': [threadCpu.exec, 'ns', true],
  'wait-time': [threadCpu.waitSum, 'ns', true],
  switches: [threadCpu.switches, 'count', true],
  prio: [threadCpu.priority, 'count', false],
};
/** Kernels without schedstats print zeros for these: they were not counted. */
const zeroIsNothing: ReadonlySet<string> = new Set([threadCpu.waitSum]);

/** Fields of a CPU that are read, `.nr_running : 2`; those of cgroups' queues are left out. */
const cpuFields: Readonly<Record<string, readonly [name: string, unit: string, grows: boolean]>> = {
  nr_running: [schedDebug.running, 'tasks', false],
  nr_switches: [schedDebug.switches, 'count', true],
};

/**
 * State of all run queues: /proc/sched_debug up to 5.12, /sys/kernel/debug/sched/debug since (kernel/sched/debug.c).
 * Times are ms with six decimals. Only tasks' own ids are printed, not those of their processes.
 */
export const schedDebugFile: KernelFile = {
  id: '/proc/sched_debug, /sys/kernel/debug/sched/debug',
  path: /^(?:\/proc\/sched_debug|\/sys\/kernel\/debug\/sched\/debug)$/,
  content: (text) => /^Sched Debug Version: v[\d.]+, \S+/.test(text),
  read(text, out) {
    const release = /^Sched Debug Version: v[\d.]+, (\S+)/.exec(text)?.[1];
    if (release === undefined) {
      out.skip();
      return;
    }
    out.fact('os release', release);
    const slice = /^[ \t]*\.sysctl_sched_base_slice[ \t]*: ([\d.]+)$/m.exec(text)?.[1];
    if (slice !== undefined) out.gauge(schedDebug.baseSlice, 'ns', Math.round(Number(slice) * 1e6));
    let cpu: Entity | undefined;
    let header: readonly string[] | undefined;
    let inQueue = false;
    for (const line of text.split('\n')) {
      if (line.length > LONGEST_LINE) {
        out.skip();
        continue;
      }
      const began = /^cpu#(\d+)/.exec(line)?.[1];
      if (began !== undefined) {
        cpu = { kind: 'cpu', name: began };
        [inQueue, header] = [false, undefined];
      } else if (/^(?:cfs|rt|dl|scx)_rq\[\d+\]:/.test(line)) inQueue = true;
      else if (/^\s*S\s+task\s+PID\s|^\s*task\s+PID\s/.test(line)) header = line.trim().split(/\s+/);
      else if (header !== undefined && cpu !== undefined) readTask(line, header, cpu, out);
      else if (cpu !== undefined && !inQueue) readField(line, cpu, out);
    }
  },
};

function readField(line: string, cpu: Entity, out: KernelFileWriter): void {
  const [, key = '', value = ''] = /^\s*\.(\w+)\s*:\s*(-?\d+)$/.exec(line) ?? [];
  const known = cpuFields[key];
  if (known === undefined) return;
  const [name, unit, grows] = known;
  if (grows) out.cumulative(name, unit, Number(value), cpu);
  else out.gauge(name, unit, Number(value), cpu);
}

/** What EEVDF prints since 6.6; its header named the older columns for some releases. */
const eevdfColumns = [
  'vruntime',
  'eligible',
  'deadline',
  'slice',
  'sum-exec',
  'switches',
  'prio',
  'wait-time',
];
/** No line of the kernel is longer: names of tasks have 15 bytes, paths of groups some hundred. */
const LONGEST_LINE = 4096;
/** Mark of the running task and its state, name right-aligned in 15, id; kernels before 4.15 print no state. */
const wide = /^.[A-Z] (.{15}) +(\d+) +(-?\d+\.\d+.*)$/;
const narrow = /^[R ](.{15}) +(\d+) +(-?\d+\.\d+.*)$/;

/** Names that somebody masked, or that are wider than their bytes: the first id before a vruntime ends them. */
const reworked = /^(?:.[A-Z] |[R ]) *(\S.*?) +(\d+) +(-?\d+\.\d{6} .*)$/;

/** `>R            burn 12300    5097.805225   E        5098.275394           1.400000 …` */
function readTask(line: string, header: readonly string[], cpu: Entity, out: KernelFileWriter): void {
  if (line.trim() === '' || /^-+$/.test(line.trim())) return;
  const hasState = header[0] === 'S';
  const [, name = '', tid = '', rest = ''] =
    (hasState ? wide : narrow).exec(line) ?? reworked.exec(line) ?? [];
  if (tid === '') {
    out.skip();
    return;
  }
  const of: Entity = { kind: 'thread', name: `${UNKNOWN_PROCESS}/${tid}` };
  const words = rest.trim().split(/\s+/);
  const isEevdf = /^[EN]$/.test(words[1] ?? '');
  // A slice the task asked for itself is marked by a letter of its own.
  const values = isEevdf ? words.filter((word) => word !== 'S') : words;
  const columns = isEevdf ? eevdfColumns : header.slice(header.indexOf('PID') + 1);
  columns.forEach((column, i) => {
    const known = taskColumns[column];
    const value = Number(values[i]);
    if (known === undefined || values[i] === undefined || !Number.isFinite(value)) return;
    const [series, unit, grows] = known;
    if (zeroIsNothing.has(series) && value === 0) return;
    const scaled = unit === 'ns' ? Math.round(value * 1e6) : value;
    if (grows) out.cumulative(series, unit, scaled, of);
    else out.gauge(series, unit, scaled, of);
  });
  out.gauge(processCpu.lastCpu, 'count', Number(cpu.name), of);
  if (hasState) out.gauge(processCpu.runnable, 'tasks', line[1] === 'R' ? 1 : 0, of);
  const folder = `/proc/${UNKNOWN_PROCESS}/task/${tid}`;
  out.setting(name.trim(), `${folder}/comm`);
  const group = /^\/\S*$/.exec(values.at(-1) ?? '')?.[0];
  if (group !== undefined) out.setting(`0::${group}`, `${folder}/cgroup`);
}
