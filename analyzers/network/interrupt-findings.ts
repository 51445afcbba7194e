import type { Finding } from '../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { sharesByCpu } from '../derived/cpu-time/cpu-shares.ts';
import {
  type ByCpu,
  busiest,
  interruptCounts,
  softirqCounts,
  softnetCounts,
} from '../derived/net/interrupt-counts.ts';
import { reservedCpus } from '../derived/net/reserved-cpus.ts';
import { settingsRead } from '../derived/settings.ts';

/** Heuristics: a CPU with more than this of NET_RX and of its own time in soft interrupts is a bottleneck. */
const CONCENTRATED = 0.6;
const SOFT = 0.2;
/** Interrupts of devices a second on a reserved CPU from which moving them is worth it (heuristic). */
const DISTURBING = 10;

/** Part of a CPU's time in soft interrupts; NaN where nothing tells. */
export function softShare(context: Context, cpu: string): number {
  return context.derive(sharesByCpu).get(cpu)?.of.softirq ?? Number.NaN;
}

export function concentrationFinding(context: Context): Finding[] {
  const received = context.derive(softirqCounts).find(({ name }) => name === 'NET_RX');
  if (received === undefined || !(received.total > 0) || received.cpus.size < 2) return [];
  const { cpu, share } = busiest(received);
  const soft = softShare(context, cpu);
  const concentrated = share > CONCENTRATED;
  const hot = concentrated && soft > SOFT;
  return [
    {
      id: 'network/interrupts/net-rx',
      severity: hot ? 'warning' : concentrated ? 'note' : 'ok',
      claim: `CPU ${cpu} handled ${formatShare(share)} of received packets' soft interrupts (NET_RX)${Number.isNaN(soft) ? '' : ` and spent ${formatShare(soft)} of its time in soft interrupts`}${hot ? ': it is the bottleneck of the network' : ''}`,
      share,
      confidence: {
        n: received.total,
        low: share,
        high: share,
        why: `${received.sinceBoot ? 'one copy: counts since boot' : 'counted by the kernel'}${Number.isNaN(soft) ? '; the time of CPUs was not captured (two copies of /proc/stat, or mpstat -P ALL)' : ''}`,
        bounds: true,
      },
      evidence: [
        {
          label: 'soft interrupts',
          section: 'network/interrupts/softirqs',
          selection: {},
          formula: `NET_RX of CPU ${cpu} ${formatCount(received.cpus.get(cpu) ?? 0)} ÷ ${formatCount(received.total)} = ${formatShare(share)}; above 60 % with more than 20 % of the time in soft interrupts is too much (heuristics)`,
        },
      ],
      actions: hot
        ? [
            {
              text: 'Spread receiving: more queues (RSS), or receive packet steering where the card has one queue',
              run: 'ethtool -l eth0; echo f > /sys/class/net/eth0/queues/rx-0/rps_cpus   # a mask of CPUs; eth0: the card in question',
              undo: 'echo 0 > /sys/class/net/eth0/queues/rx-0/rps_cpus',
              verify: 'watch -d "grep NET_RX /proc/softirqs"',
              risk: 'low',
            },
          ]
        : [],
      caveats: received.sinceBoot ? ['counts since boot: copy /proc/softirqs twice to see now'] : [],
    },
  ];
}

export function softnetFindings(context: Context): Finding[] {
  const squeezed = softnetCounts(context, 'time_squeeze');
  const dropped = softnetCounts(context, 'dropped');
  if (squeezed === undefined || dropped === undefined) return [];
  return [
    queueFinding(context, squeezed, {
      id: 'network/interrupts/time-squeeze',
      what: 'times receiving stopped with packets left (time_squeeze)',
      knob: 'net.core.netdev_budget',
      usual: 300,
    }),
    queueFinding(context, dropped, {
      id: 'network/interrupts/dropped',
      what: "packets were dropped because a CPU's backlog was full",
      knob: 'net.core.netdev_max_backlog',
      usual: 1000,
    }),
  ];
}

function queueFinding(
  context: Context,
  count: ByCpu,
  {
    id,
    what,
    knob,
    usual,
  }: { readonly id: string; readonly what: string; readonly knob: string; readonly usual: number },
): Finding {
  const path = `/proc/sys/${knob.replaceAll('.', '/')}`;
  const said = context.derive(settingsRead).get(path);
  const was = said !== undefined && /^\d+$/.test(said) ? Number(said) : undefined;
  const value = (was ?? usual) * 2;
  const found = count.total > 0;
  const where = busiest(count);
  const perSecond = count.total / (count.duration / 1e9);
  return {
    id,
    severity: !found ? 'ok' : count.sinceBoot ? 'note' : 'warning',
    claim: `${formatCount(count.total)} ${what}${Number.isFinite(perSecond) && found ? `, ${formatValue(perSecond, '1/s')}` : ''}${count.sinceBoot ? ' since boot' : ''}${found ? `, ${formatShare(where.share)} on ${where.cpu}` : ''}`,
    share: 0,
    confidence: { n: count.n, low: 0, high: 1, why: 'counted by the kernel', bounds: true },
    evidence: [
      {
        label: 'softnet_stat',
        section: 'network/interrupts/softnet',
        selection: {},
        formula: `${count.sinceBoot ? '' : 'Δ'}${count.name} = ${formatCount(count.total)}`,
      },
    ],
    actions:
      found && !count.sinceBoot
        ? [
            {
              text: `Raise ${knob}, and see whether the count still grows`,
              run: `sysctl -w ${knob}=${value}`,
              undo: `sysctl -w ${knob}=${was ?? `${usual}   # the kernel's default; the value before was not captured`}`,
              verify: 'cat /proc/net/softnet_stat',
              persist: `echo ${knob}=${value} > /etc/sysctl.d/90-${knob.replaceAll('.', '-')}.conf`,
              risk: 'low',
              setting: { path, value: String(value), ...(was === undefined ? {} : { was: String(was) }) },
            },
          ]
        : [],
    caveats: [
      ...(count.sinceBoot ? ['counts since boot: copy softnet_stat twice to see now'] : []),
      ...(where.cpu.startsWith('row') ? ['rows of kernels before 5.10 do not say whose they are'] : []),
    ],
  };
}

/** Interrupts of devices on CPUs kept for somebody. */
export function reservedFindings(context: Context): Finding[] {
  const reserved = context.derive(reservedCpus);
  if (reserved.size === 0) return [];
  const lines = context
    .derive(interruptCounts)
    .filter(({ name, sinceBoot }) => /^\d+$/.test(name) && !sinceBoot);
  if (lines.length === 0) return [];
  const disturbing = lines.flatMap((line) =>
    [...line.cpus].flatMap(([cpu, count]) => {
      const rate = count / (line.duration / 1e9);
      return reserved.has(cpu) && (rate > DISTURBING || (Number.isNaN(rate) && count > 0))
        ? [{ line, cpu, count }]
        : [];
    }),
  );
  const total = disturbing.reduce((sum, { count }) => sum + count, 0);
  const [worst] = disturbing.sort((a, b) => b.count - a.count);
  const others = housekeeping(context, reserved);
  return [
    {
      id: 'network/interrupts/reserved',
      severity: worst === undefined ? 'ok' : 'warning',
      claim:
        worst === undefined
          ? `Hardly any interrupts of devices reached the ${reserved.size} CPUs kept for others`
          : `${formatCount(total)} interrupts of devices reached CPUs kept for others; most, ${formatCount(worst.count)}, from line ${worst.line.name} (${worst.line.label}) on CPU ${worst.cpu} (${reserved.get(worst.cpu)})`,
      share: 0,
      confidence: { n: total, low: 0, high: 1, why: 'counted by the kernel', bounds: true },
      evidence: [{ label: 'interrupt lines', section: 'network/interrupts/lines', selection: {} }],
      actions: worst === undefined || others === '' ? [] : [moveLine(context, worst.line.name, others)],
      caveats: ['lines the kernel manages itself (nvme queues) cannot be moved: writing fails with EIO'],
    },
  ];
}

function moveLine(context: Context, irq: string, others: string) {
  const path = `/proc/irq/${irq}/smp_affinity_list`;
  const said = context.derive(settingsRead).get(path);
  const was = said !== undefined && /^[\d,-]+$/.test(said) ? said : undefined;
  return {
    text: "Move the line to CPUs that are nobody's (stop irqbalance, or tell it to keep off: IRQBALANCE_BANNED_CPULIST)",
    run: `echo ${others} > ${path}`,
    ...(was === undefined ? {} : { undo: `echo ${was} > ${path}` }),
    verify: `cat /proc/irq/${irq}/effective_affinity_list`,
    risk: 'low',
    setting: { path, value: others, ...(was === undefined ? {} : { was }) },
  } as const;
}

/** CPUs nobody has kept: `0,1`; empty when there is none known. */
function housekeeping(context: Context, reserved: ReadonlyMap<string, string>): string {
  const all = new Set(context.derive(interruptCounts).flatMap(({ cpus }) => [...cpus.keys()]));
  return [...all]
    .filter((cpu) => !reserved.has(cpu))
    .sort((a, b) => Number(a) - Number(b))
    .join(',');
}
