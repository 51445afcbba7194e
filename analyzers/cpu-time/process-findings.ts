import type { Finding } from '../../model/finding.ts';
import { taskRate } from '../../model/printed-series.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { type CpuShares, hostShares } from '../derived/cpu-time/cpu-shares.ts';
import { hostCpus } from '../derived/cpu-time/host-cpus.ts';
import { isUsage, type ProcessUsage, processUsages } from '../derived/cpu-time/process-usage.ts';
import { processesSinceBoot, processRates } from '../derived/cpu-time/task-rates.ts';
import { threadTimes } from '../derived/cpu-time/threads.ts';
import { PROCESS_TABLE } from './process-table.ts';

/** Heuristics: a thread with this much of a CPU is limited by it; a residual this large is told. */
const FULL = 0.9;
const MUCH = 0.2;
/** Heuristic: part of all CPUs from which the busiest process is worth a note. */
const PART = 0.25;
/** CPUs; below it a residual is noise of ticks. */
const SOME = 0.05;

const labelOf = ({ pid, comm }: ProcessUsage): string =>
  comm === '' ? `process ${pid}` : `${comm} (${pid})`;

/** Usages with the largest first. */
export function usages(context: Context): readonly ProcessUsage[] {
  return context
    .derive(processUsages)
    .filter(isUsage)
    .sort((a, b) => b.cpus - a.cpus);
}

export function busiestProcess(context: Context): Finding[] {
  const all = usages(context);
  const [first] = all;
  if (first === undefined || !(first.cpus > 0)) return [];
  const whole = all.reduce((sum, { cpus }) => sum + cpus, 0);
  const share = first.cpus / whole;
  const arithmetic = howUsed(first);
  const much = first.cpus / context.derive(hostCpus) >= PART;
  return [
    {
      id: 'cpu-time/processes/busiest',
      severity: much ? 'note' : 'ok',
      claim: `${labelOf(first)} used most CPU of ${all.length} ${all.length === 1 ? 'process' : 'processes'}: ${formatShare(first.cpus)} of one CPU`,
      share: Math.min(1, first.cpus),
      confidence: {
        n: first.n,
        low: Math.min(1, first.low),
        high: Math.min(1, first.high),
        why: arithmetic.why,
        bounds: true,
      },
      evidence: [
        {
          label: 'what processes used',
          section: PROCESS_TABLE,
          selection: {},
          formula: `${arithmetic.formula} = ${first.cpus.toFixed(3)} CPUs; ${formatShare(share)} of what all processes listed used`,
        },
      ],
      actions: [
        {
          text: 'See which functions it spends the time in',
          run: `perf record -F 499 -g -p ${first.pid} -- sleep 30 && perf script --header > perf.txt`,
          risk: 'none',
        },
      ],
      caveats: [
        'processes that began and ended between two looks are in no row',
        ...(much ? ['told as a note from a quarter of all CPUs on: a heuristic'] : []),
      ],
    },
  ];
}

/** How the usage came about: from ticks, or the mean of what a tool printed that tells no parts. */
function howUsed({ user, system, elapsed, low, high, n }: ProcessUsage): {
  readonly formula: string;
  readonly why: string;
} {
  const seconds = elapsed / 1e9;
  if (Number.isNaN(user))
    return { formula: `mean of ${formatCount(n)} readings`, why: 'printed by a tool, as a mean' };
  return {
    formula: `(user ${formatCount(Math.round(user))} + system ${formatCount(Math.round(system))} ticks) ÷ (100 × ${seconds.toFixed(1)} s)`,
    why: `ticks of 10 ms: between ${formatShare(low)} and ${formatShare(high)} of one CPU over ${seconds.toFixed(0)} s`,
  };
}

/** One thread that a CPU is too slow for: more CPUs do not help it. */
export function busiestThread(context: Context): Finding[] {
  const threads = [...context.derive(threadTimes)].filter(({ elapsed }) => elapsed > 0);
  const ran = ({ run, elapsed }: (typeof threads)[number]): number => run / elapsed;
  const [first] = threads.sort((a, b) => ran(b) - ran(a));
  if (first === undefined || !((first.run - first.runError) / first.elapsed > FULL)) return [];
  return [
    {
      id: 'cpu-time/processes/one-thread',
      severity: 'note',
      claim: `Thread ${first.label} used ${formatShare(ran(first))} of one CPU: it is as fast as one CPU lets it be`,
      share: Math.min(1, ran(first)),
      confidence: {
        n: first.n,
        low: Math.max(0, (first.run - first.runError) / first.elapsed),
        high: Math.min(1, (first.run + first.runError) / first.elapsed),
        why: first.runError > 0 ? 'ticks of 10 ms' : 'counted in ns by the kernel',
        bounds: true,
      },
      evidence: [
        {
          label: 'CPU time of threads',
          section: 'cpu-time/threads/times',
          selection: {},
          formula: `${formatValue(first.run, 'ns')} ÷ ${formatValue(first.elapsed, 'ns')} = ${formatShare(ran(first))}`,
        },
      ],
      actions: [
        {
          text: 'Make its work less, or divide it among threads: more CPUs or a higher quota do not help',
          run: `perf record -F 499 -g -t ${first.name.split('/')[1] ?? ''} -- sleep 30 && perf script --header > perf.txt`,
          risk: 'none',
        },
      ],
      caveats: ['90 % is a heuristic; a thread that polls is always busy'],
    },
  ];
}

export function writesMost(context: Context): Finding[] {
  const all = context.derive(processRates).flatMap(({ name, comm, mean }) => {
    const [read, written] = [mean.get(taskRate.read), mean.get(taskRate.written)];
    return read === undefined && written === undefined
      ? []
      : [{ label: `${comm} (${name})`, read: read ?? 0, written: written ?? 0 }];
  });
  const moved = ({ read, written }: (typeof all)[number]): number => read + written;
  const [first] = [...all].sort((a, b) => moved(b) - moved(a));
  const whole = all.reduce((sum, each) => sum + moved(each), 0);
  if (first === undefined || !(whole > 0)) return [];
  const share = moved(first) / whole;
  return [
    {
      id: 'cpu-time/processes/io',
      severity: 'ok',
      claim: `${first.label} did ${formatShare(share)} of the I/O of ${all.length} ${all.length === 1 ? 'process' : 'processes'}: ${formatValue(first.read, 'bytes/s')} read, ${formatValue(first.written, 'bytes/s')} written`,
      share,
      confidence: {
        n: all.length,
        low: share,
        high: share,
        why: 'counted by the kernel (/proc/PID/io)',
        bounds: true,
      },
      evidence: [
        {
          label: 'what processes used',
          section: PROCESS_TABLE,
          selection: {},
          formula: `${formatValue(moved(first), 'bytes/s')} ÷ ${formatValue(whole, 'bytes/s')} = ${formatShare(share)}`,
        },
      ],
      actions: [],
      caveats: [
        'bytes written are counted as pages become dirty: when they reach a disk, and whether at all, is not told',
        'the I/O of children that ended is counted for the parent that waited for them',
      ],
    },
  ];
}

/** CPU time of the host that no process listed used. */
export function unseenTime(context: Context): Finding[] {
  const host = context.derive(hostShares);
  const all = context.derive(processRates);
  const cpus = hostCpus(context);
  const listed = usages(context).reduce((sum, each) => sum + each.cpus, 0);
  if (host === undefined || all.length === 0 || !(cpus > 0) || !(listed > 0)) return [];
  const worked = workedShare(host) * cpus;
  const share = Math.max(0, worked - listed) / worked;
  // The host's shares and those of every process are off by ticks.
  const error = host.error * cpus + usages(context).reduce((sum, each) => sum + (each.high - each.cpus), 0);
  const low = Math.max(0, worked - listed - error) / worked;
  if (!(low > MUCH) || !(worked - listed > SOME)) return [];
  return [
    {
      id: 'cpu-time/processes/unseen',
      severity: 'note',
      claim: `${formatShare(share)} of the CPU time tasks used is of no process listed: they came and went, or were not asked for`,
      share,
      confidence: {
        n: host.n,
        low,
        high: Math.min(1, Math.max(0, worked - listed + error) / worked),
        why: 'ticks of 10 ms of the host and of every process',
        bounds: true,
      },
      evidence: [
        {
          label: 'what processes used',
          section: PROCESS_TABLE,
          selection: {},
          formula: `(${worked.toFixed(2)} CPUs in user, nice and system − ${listed.toFixed(2)} of ${all.length} processes) ÷ ${worked.toFixed(2)} = ${formatShare(share)}`,
        },
      ],
      actions: [
        {
          text: 'Count forks and find who makes them',
          run: 'sudo perf trace -a -e clone,clone3,fork,vfork,execve --duration 0 -- sleep 10',
          risk: 'none',
        },
      ],
      caveats: ['20 % is a heuristic', 'pidstat -p and -C list only some processes'],
    },
  ];
}

function workedShare({ of }: CpuShares): number {
  return of.user + (Number.isNaN(of.nice) ? 0 : of.nice) + of.system;
}

export function sinceBootOnly(context: Context): Finding[] {
  const many = context.derive(processesSinceBoot);
  if (many === 0 || context.derive(processRates).length > 0) return [];
  return [
    {
      id: 'cpu-time/processes/since-boot',
      severity: 'note',
      claim: `Not enough data on processes: of ${formatCount(many)} there is one report, since boot or over a time that is not told`,
      share: 0,
      confidence: {
        n: 1,
        low: 0,
        high: 1,
        why: 'not enough data: pidstat was called without an interval, or for one',
        bounds: true,
      },
      evidence: [],
      actions: [
        {
          text: 'Measure over intervals',
          run: 'LC_ALL=C pidstat -h -H -t -u -r -d -w 1 60 > pidstat.txt',
          risk: 'none',
        },
      ],
      caveats: [],
    },
  ];
}
