import { cpuQueue, schedDebug } from '../../model/cpu-series.ts';
import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type CpuQueue, cpuQueues, queuedOnAll } from '../derived/cpu-time/run-queues.ts';

const SECTION = 'cpu-time/run-queues/table';
const MOST_ROWS = 256;
/** Heuristic: of the time tasks wanted a CPU, what they may wait for it. */
const LONG_WAIT = 0.2;

/** How long tasks queue at every CPU: saturation, whatever the load average says. */
export const runQueues = defineAnalyzer({
  id: 'cpu-time/run-queues',
  question: 'How long do tasks queue for each CPU?',
  needs: [
    {
      missing:
        'two copies of /proc/schedstat (CONFIG_SCHEDSTATS), or of the scheduler’s debug file (/sys/kernel/debug/sched/debug, before 5.13 /proc/sched_debug)',
      captureWith:
        'for i in 0 1; do d=snap-00$i"_$(date +%s.%N)_$(cut -d" " -f1 /proc/uptime)"; mkdir $d; cat /proc/schedstat > $d/proc@schedstat; cat /proc/stat > $d/proc@stat; sudo cat /sys/kernel/debug/sched/debug > $d/sys@kernel@debug@sched@debug; sleep 10; done',
      met: (_, context) => context.derive(cpuQueues).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cpu.queue.wait_share',
      unit: 'share',
      labels: ['cpu'],
      about: `Δwait / (Δrun + Δwait) of /proc/schedstat (${cpuQueue.run}, ${cpuQueue.wait}): of the time tasks wanted this CPU, what they queued. Without a label, all CPUs.`,
    },
    {
      id: 'cpu.queue.waiting',
      unit: 'tasks',
      labels: ['cpu'],
      about: 'Δwait over the time between the copies: tasks that queued on average.',
    },
    {
      id: 'cpu.queue.running',
      unit: 'tasks',
      labels: ['cpu'],
      about: `Tasks running or queued when somebody looked, on average (${schedDebug.running}).`,
    },
  ],
  run(context) {
    const queues = context.derive(cpuQueues);
    const all = context.derive(queuedOnAll);
    const metric = (id: string, unit: Metric['unit'], value: number, cpu: string, n: number): Metric[] =>
      Number.isFinite(value) ? [{ id, labels: { cpu }, value, unit, better: 'lower', n }] : [];
    return {
      metrics: [
        ...queues.flatMap(({ cpu, waitShare, waiting, running, n, looks }) => [
          ...metric('cpu.queue.wait_share', 'share', waitShare, cpu, n),
          ...metric('cpu.queue.waiting', 'tasks', waiting, cpu, n),
          ...metric('cpu.queue.running', 'tasks', running, cpu, looks),
        ]),
        ...(all === undefined
          ? []
          : [
              {
                id: 'cpu.queue.wait_share',
                labels: {},
                value: all.share,
                unit: 'share',
                better: 'lower',
                n: all.n,
              } as const,
            ]),
      ],
      findings: all === undefined ? [] : [finding(queues, all)],
      sections: [
        {
          kind: 'table',
          id: SECTION,
          title: 'Run queues by CPU',
          columns: [
            { name: 'CPU', unit: 'text' },
            { name: 'ran', unit: 'ns' },
            { name: 'queued', unit: 'ns' },
            { name: 'of wanted', unit: 'share' },
            { name: 'queued on average', unit: 'tasks' },
            { name: 'running or queued when looked at', unit: 'tasks' },
          ],
          rows: queues.slice(0, MOST_ROWS).map(({ cpu, run, wait, waitShare, waiting, running }) => ({
            cells: [cpu, run, wait, waitShare, waiting, running],
          })),
          of: queues.length,
        },
      ],
    };
  },
});

function finding(
  queues: readonly CpuQueue[],
  { run, wait, share, n }: { run: number; wait: number; share: number; n: number },
): Finding {
  const known = queues.filter(({ waitShare }) => Number.isFinite(waitShare));
  const worst = known.reduce((a, b) => (b.waitShare > a.waitShare ? b : a));
  return {
    id: 'cpu-time/run-queues',
    severity: share > LONG_WAIT ? 'warning' : worst.waitShare > LONG_WAIT ? 'note' : 'ok',
    claim: `Tasks queued ${formatShare(share)} of the time they wanted a CPU; the longest at CPU ${worst.cpu}, ${formatShare(worst.waitShare)}`,
    share,
    confidence: {
      n,
      low: share,
      high: share,
      why: 'counted in ns by the kernel for every CPU',
      bounds: true,
    },
    evidence: [
      {
        label: 'run queues by CPU',
        section: SECTION,
        selection: {},
        formula: `Δwait ${formatValue(wait, 'ns')} / (Δrun ${formatValue(run, 'ns')} + Δwait ${formatValue(wait, 'ns')}) = ${formatShare(share)}`,
      },
    ],
    actions:
      share > LONG_WAIT || worst.waitShare > LONG_WAIT
        ? [
            {
              text: 'See which threads queue, and whether they may run elsewhere',
              run: 'for t in /proc/[0-9]*/task/[0-9]*; do echo "$(cut -d" " -f2 $t/schedstat) $(cat $t/comm) $t"; done 2>/dev/null | sort -rn | head; grep -H Cpus_allowed_list /proc/[0-9]*/status | sort -k2 | uniq -c -f1',
              risk: 'none',
            },
          ]
        : [],
    caveats: ['20 % is a heuristic; tasks of low priority are meant to queue'],
  };
}
