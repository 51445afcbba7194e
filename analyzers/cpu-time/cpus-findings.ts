import type { Finding } from '../../model/finding.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import type { Context } from '../context.ts';
import {
  averagesSinceBoot,
  type CpuShares,
  cpuStates,
  hostShares,
  sharesByCpu,
} from '../derived/cpu-time/cpu-shares.ts';
import { softirqCounts } from '../derived/net/interrupt-counts.ts';
import { CPUS_TABLE } from './cpus-table-id.ts';

/** Heuristics: CPUs without time to spare; one CPU full beside others that are not; soft interrupts worth telling. */
const FULL = 0.9;
const SPARE = 0.5;
const SOFT = 0.2;
/** States named in the claim from this share on. */
const NAMED = 0.005;

/** How the time of all CPUs divided, and how sure that is. */
export function busyCpus(context: Context): Finding[] {
  const host = context.derive(hostShares);
  if (host === undefined) return [];
  const { of, busy, error, n } = host;
  const parts = cpuStates.filter((state) => state !== 'idle' && state !== 'iowait' && of[state] >= NAMED);
  const idle = 1 - busy;
  return [
    {
      id: 'cpu-time/cpus/busy',
      severity: busy >= FULL ? 'note' : 'ok',
      claim: `CPUs were busy ${formatShare(busy)} of the time${parts.length === 0 ? '' : `: ${parts.map((state) => `${state} ${formatShare(of[state])}`).join(', ')}`}`,
      share: busy,
      confidence: {
        n,
        low: Math.max(0, busy - 2 * error),
        high: Math.min(1, busy + 2 * error),
        why: sureness(host),
        bounds: true,
      },
      evidence: [
        {
          label: 'time of every CPU',
          section: CPUS_TABLE,
          selection: {},
          formula: `1 − idle ${formatShare(of.idle)} − iowait ${formatShare(Number.isNaN(of.iowait) ? 0 : of.iowait)} = ${formatShare(busy)}`,
        },
      ],
      actions:
        busy >= FULL
          ? [
              {
                text: 'See who waits for a CPU, and which processes use them',
                run: 'cat /proc/pressure/cpu; LC_ALL=C pidstat -h -H -t -u 1 60 > pidstat.txt',
                risk: 'none',
              },
            ]
          : [],
      caveats: [
        ...(idle > 0 && of.iowait > idle / 2
          ? ['most of the idle time is iowait: a task waited for a disk, and nobody else wanted the CPU']
          : []),
        ...(busy >= FULL ? ['90 % is a heuristic: busy CPUs are a problem where tasks wait for them'] : []),
      ],
    },
  ];
}

function sureness({ ticks, seconds, source, error, n }: CpuShares): string {
  const open = `a share is known to ± ${formatShare(error)}`;
  return Number.isNaN(ticks)
    ? `mean of ${formatCount(n)} ${n === 1 ? 'reading' : 'readings'} of ${source} over ${formatCount(Math.round(seconds))} s; ${open}: ticks of 10 ms, and rounding`
    : `${formatCount(ticks)} ticks of all CPUs; ${open}`;
}

/** One CPU has no time left while others do: one thread, or interrupts bound to it. */
export function oneFullCpu(context: Context): Finding[] {
  const all = [...context.derive(sharesByCpu)];
  const [first, ...rest] = all.sort((a, b) => b[1].busy - a[1].busy);
  if (first === undefined || rest.length === 0) return [];
  const [cpu, { busy, error, n }] = first;
  const others = rest.reduce((sum, [, shares]) => sum + shares.busy, 0) / rest.length;
  if (!(busy - 2 * error >= FULL) || !(others < SPARE)) return [];
  return [
    {
      id: 'cpu-time/cpus/one-full',
      severity: 'note',
      claim: `CPU ${cpu} was busy ${formatShare(busy)} of the time, the others ${formatShare(others)}: one thread or one interrupt is the limit`,
      share: busy,
      confidence: {
        n,
        low: Math.max(0, busy - 2 * error),
        high: Math.min(1, busy + 2 * error),
        why: 'ticks of 10 ms',
        bounds: true,
      },
      evidence: [{ label: 'time of every CPU', section: CPUS_TABLE, selection: {} }],
      actions: [
        {
          text: 'See what runs there',
          run: `perf record -F 499 -g -C ${cpu} -- sleep 30 && perf script --header > perf.txt`,
          risk: 'none',
        },
      ],
      caveats: ['90 % and 50 % are heuristics; the average over all CPUs hides this'],
    },
  ];
}

/** Where counts of NET_RX by CPU are there too, they are judged with them. */
export function softInterrupts(context: Context): Finding[] {
  if (context.derive(softirqCounts).some(({ name, total }) => name === 'NET_RX' && total > 0)) return [];
  const soft = ({ of }: CpuShares): number => of.softirq;
  const [worst] = [...context.derive(sharesByCpu)].sort((a, b) => soft(b[1]) - soft(a[1]));
  if (worst === undefined || !(soft(worst[1]) - worst[1].error > SOFT)) return [];
  const [cpu, shares] = worst;
  return [
    {
      id: 'cpu-time/cpus/soft',
      severity: 'warning',
      claim: `CPU ${cpu} spent ${formatShare(soft(shares))} of its time in soft interrupts`,
      share: soft(shares),
      confidence: {
        n: shares.n,
        low: Math.max(0, soft(shares) - shares.error),
        high: Math.min(1, soft(shares) + shares.error),
        why: 'ticks of 10 ms',
        bounds: true,
      },
      evidence: [{ label: 'time of every CPU', section: CPUS_TABLE, selection: {} }],
      actions: [
        {
          text: 'See which soft interrupts they are, by CPU',
          run: 'LC_ALL=C mpstat -P ALL -I SCPU -u 1 30 > mpstat.txt',
          risk: 'none',
        },
      ],
      caveats: ['20 % is a heuristic', 'time in ksoftirqd is system time, and not in this share'],
    },
  ];
}

/** The only report of mpstat is since boot: it says nothing of the run. */
export function cpusSinceBoot(context: Context): Finding[] {
  const many = context.derive(averagesSinceBoot);
  if (many === 0 || context.derive(hostShares) !== undefined) return [];
  return [
    {
      id: 'cpu-time/cpus/since-boot',
      severity: 'note',
      claim: `Not enough data on CPUs: ${formatCount(many)} ${many === 1 ? 'report' : 'reports'} since boot, or over a time that is not told`,
      share: 0,
      confidence: {
        n: many,
        low: 0,
        high: 1,
        why: 'not enough data: mpstat was called without an interval, or its JSON holds a single report',
        bounds: true,
      },
      evidence: [],
      actions: [
        { text: 'Measure over intervals', run: 'LC_ALL=C mpstat -A 1 60 > mpstat.txt', risk: 'none' },
      ],
      caveats: [],
    },
  ];
}
