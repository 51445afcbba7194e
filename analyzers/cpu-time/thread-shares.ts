import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { kernelIsSince } from '../cgroup/cpu-quota-actions.ts';
import type { Context } from '../context.ts';
import { type Contest, contests } from '../derived/cpu-time/contests.ts';
import { idleShare, idleShareOf } from '../derived/cpu-time/process-usage.ts';
import { type ThreadTime, threadTimes } from '../derived/cpu-time/threads.ts';
import { niceOfWeight } from '../derived/cpu-time/weights.ts';
import { jain } from '../stats/jain.ts';

const MOST_ROWS = 100;
/** Heuristics: a wait worth telling, an error of shares worth telling, idling beyond which nobody had to wait. */
const LONG_WAIT = 0.2;
const UNFAIR = 0.1;
const SATURATED = 0.05;

/** What threads got of the CPU, what their weights promise, and how long they queued. */
export const threadShares = defineAnalyzer({
  id: 'cpu-time/threads',
  question: 'Did threads get the CPU time their weights promise, and how long did they wait for it?',
  needs: [
    {
      missing:
        'two copies of /proc/PID/task/TID/schedstat (or sched, with CONFIG_SCHED_DEBUG; or of /sys/kernel/debug/sched/debug), or pidstat -u -t',
      captureWith:
        'for i in 0 1; do d=snap-00$i"_$(date +%s.%N)_$(cut -d" " -f1 /proc/uptime)"; mkdir $d; for f in /proc/PID/task/*/sched* /proc/PID/task/*/stat /proc/stat; do cat $f > $d/$(echo $f | cut -c2- | tr / @); done; sleep 10; done',
      met: (_, context) => context.derive(threadTimes).length > 0,
    },
  ],
  metrics: [
    {
      id: 'thread.cpu.wait_share',
      unit: 'share',
      labels: ['thread', 'name'],
      about:
        'Δwait / (Δrun + Δwait) of schedstat: of the time a thread wanted a CPU, what it queued for one.',
    },
    {
      id: 'thread.cpu.run',
      unit: 'ns',
      labels: ['thread', 'name'],
      about: 'Time a thread ran between the copies.',
    },
    {
      id: 'thread.cpu.share',
      unit: 'share',
      labels: ['thread', 'name'],
      about:
        'Run time over that of all threads that wanted the same CPU all the time (runnable for at least 90 % of it).',
    },
    {
      id: 'thread.cpu.fairness_error',
      unit: 'share',
      labels: ['thread', 'name'],
      about: 'That share over the one its weight promises, less one; weights of sched_prio_to_weight.',
    },
    {
      id: 'cpu.fairness.jain',
      unit: 'share',
      labels: ['cpu'],
      about: 'Jain index of run time over weight of these threads; 1 = as promised.',
    },
  ],
  run(context) {
    const threads = context.derive(threadTimes);
    const contested = context.derive(contests);
    return {
      metrics: [...threads.flatMap(threadMetrics), ...contested.flatMap(contestMetrics)],
      findings: [...contested.map((each) => contestFinding(context, each)), ...waitFinding(context, threads)],
      sections: [threadTable(threads), ...(contested.length === 0 ? [] : [contestTable(contested)])],
    };
  },
});

const waitShare = ({ run, waited }: ThreadTime): number => waited / (run + waited);
/** The least and the most it can be, as the time run is known to whole ticks only. */
const leastWait = ({ run, waited, runError }: ThreadTime): number => waited / (run + runError + waited);
const mostWait = ({ run, waited, runError }: ThreadTime): number =>
  waited / (Math.max(0, run - runError) + waited);
const labelsOf = ({ name, label }: ThreadTime) => ({ thread: name, name: label });

function threadMetrics(thread: ThreadTime): Metric[] {
  const common = { labels: labelsOf(thread), n: thread.n } as const;
  const wait = waitShare(thread);
  return [
    { id: 'thread.cpu.run', value: thread.run, unit: 'ns', better: 'neither', ...common },
    ...(Number.isFinite(wait)
      ? [{ id: 'thread.cpu.wait_share', value: wait, unit: 'share', better: 'lower', ...common } as const]
      : []),
  ];
}

function contestMetrics({ cpu, members }: Contest): Metric[] {
  return [
    ...members.flatMap(({ thread, got, expected }): Metric[] => {
      const common = { labels: labelsOf(thread), unit: 'share', better: 'neither', n: thread.n } as const;
      return [
        { id: 'thread.cpu.share', value: got, ...common },
        { id: 'thread.cpu.fairness_error', value: got / expected - 1, ...common },
      ];
    }),
    {
      id: 'cpu.fairness.jain',
      labels: { cpu: String(cpu) },
      value: jain(members.map(({ thread }) => thread.run / thread.weight)),
      unit: 'share',
      better: 'higher',
      n: members.length,
    },
  ];
}

function contestFinding(context: Context, { cpu, cgroup, members, spread }: Contest): Finding {
  const ranked = [...members].sort((a, b) => b.thread.weight - a.thread.weight || b.got - a.got);
  const [first, last] = [ranked[0], ranked.at(-1)] as [(typeof ranked)[0], (typeof ranked)[0]];
  const got = first.thread.run / last.thread.run;
  const expected = first.thread.weight / last.thread.weight;
  const worst = Math.max(...members.map((each) => Math.abs(each.got / each.expected - 1)));
  const fair = worst <= UNFAIR;
  const eevdf = kernelIsSince(context, '6.6');
  return {
    id: `cpu-time/shares/cpu${cpu}${cgroup ?? ''}`,
    severity: fair ? 'ok' : 'note',
    claim: `On CPU ${cpu}, ${first.thread.label} and ${last.thread.label} got CPU time ${got.toFixed(2)} : 1; their weights ${first.thread.weight} and ${last.thread.weight} promise ${expected.toFixed(2)} : 1${fair ? '' : ', which they did not get'}`,
    share: worst,
    confidence: {
      n: first.thread.n,
      low: worst,
      high: worst,
      why: `counted in ns by the kernel; largest error of a share ${formatShare(worst)}`,
      bounds: true,
    },
    evidence: [
      {
        label: 'threads that wanted one CPU',
        section: 'cpu-time/threads/contests',
        selection: {},
        formula: `${formatValue(first.thread.run, 'ns')} / ${formatValue(last.thread.run, 'ns')} = ${got.toFixed(3)}; ${first.thread.weight} / ${last.thread.weight} = ${expected.toFixed(3)}${Number.isFinite(spread) ? `; vruntimes lie ${formatValue(spread, 'ns')} apart` : ''}`,
      },
    ],
    actions: fair
      ? []
      : [
          {
            text: 'Look for cgroup weights, real-time tasks, or changes of nice within the capture',
            risk: 'none',
          },
        ],
    caveats: [
      'only threads that were runnable at least 90 % of the time, on this CPU at every reading, are compared',
      ...(cgroup === undefined
        ? ['which cgroups they are in is not in the capture: weights hold within one']
        : []),
      ...(eevdf === true
        ? [
            'EEVDF (6.6 and later): vruntime that jumps after sleep is placed lag, no fault; sched_latency_ns and the granularities are gone, base_slice_ns is in debugfs',
          ]
        : []),
      ...(members.some(({ thread }) => Number.isNaN(thread.waited))
        ? [
            'how long they waited is not counted on this kernel (kernel.sched_schedstats = 0): that they were runnable at every look stands for it',
          ]
        : []),
      `beyond ${UNFAIR * 100} % a share counts as not got: a heuristic`,
    ],
    verdict: {
      knob: 'nice',
      state: fair ? 'better' : 'inconclusive',
      mechanism: `${got.toFixed(2)} : 1 for weights of ${expected.toFixed(2)} : 1`,
      why: fair ? 'CPU time was shared as the weights say' : 'something else than the weights shared the CPU',
    },
  };
}

function waitFinding(context: Context, threads: readonly ThreadTime[]): Finding[] {
  const waiting = threads
    .filter((thread) => thread.run > thread.runError)
    .filter((thread) => leastWait(thread) > LONG_WAIT && thread.waited > 0.1e9)
    .sort((a, b) => b.waited - a.waited);
  const [worst] = waiting;
  if (worst === undefined) return [];
  const idle = Number.isNaN(worst.cpu) ? idleShare(context) : idleShareOf(context, [worst.cpu]);
  const busy = idle <= SATURATED;
  const [pid, tid] = worst.name.split('/');
  const nice = niceOfWeight(worst.weight);
  return [
    {
      id: 'cpu-time/wait',
      severity: busy && waiting.some(({ weight }) => !(weight < 1024)) ? 'warning' : 'note',
      claim: `${waiting.length === 1 ? 'One thread' : `${waiting.length} threads`} queued for a CPU more than a fifth of the time they wanted one; ${worst.label} the longest, ${formatShare(waitShare(worst))}`,
      share: waitShare(worst),
      confidence: {
        n: worst.n,
        low: leastWait(worst),
        high: mostWait(worst),
        why:
          worst.runError > 0
            ? 'printed by pidstat: waits counted in ns, the time run in ticks of 10 ms'
            : 'counted in ns by the kernel',
        bounds: true,
      },
      evidence: [
        {
          label: 'CPU time of threads',
          section: 'cpu-time/threads/times',
          selection: {},
          formula: `${formatValue(worst.waited, 'ns')} / (${formatValue(worst.run, 'ns')} + ${formatValue(worst.waited, 'ns')}) = ${formatShare(waitShare(worst))}; ${Number.isNaN(worst.cpu) ? 'CPUs' : `CPU ${worst.cpu}`} idle ${formatShare(idle)}`,
        },
      ],
      actions: [
        {
          text: 'If this thread is one that users wait for, raise its weight, or give it a CPU of its own (cpuset partition, AllowedCPUs=)',
          ...(nice === undefined || !/^\d+\/\d+$/.test(worst.name)
            ? {}
            : {
                run: `sudo renice -n ${Math.max(-20, nice - 5)} -p ${tid}`,
                undo: `sudo renice -n ${nice} -p ${tid}`,
                verify: `cat /proc/${pid}/task/${tid}/schedstat; sleep 10; cat /proc/${pid}/task/${tid}/schedstat`,
              }),
          persist: 'Nice= or CPUWeight= of the unit',
          risk: 'low',
        },
      ],
      caveats: [
        '20 % is a heuristic; a thread of low priority is meant to wait',
        ...(busy
          ? []
          : [
              Number.isNaN(idle)
                ? 'whether the CPU was full is not known: no two copies of /proc/stat'
                : 'the CPU idled meanwhile: weights are not what made it wait',
            ]),
      ],
    },
  ];
}

function threadTable(threads: readonly ThreadTime[]): Section {
  const rows = [...threads].sort((a, b) => b.run - a.run);
  return {
    kind: 'table',
    id: 'cpu-time/threads/times',
    title: 'CPU time of threads, and time queued',
    note: 'Files of /proc/PID that hold schedstat and sched are of the main thread alone.',
    columns: [
      { name: 'thread', unit: 'text' },
      { name: 'ran', unit: 'ns' },
      { name: 'queued', unit: 'ns' },
      { name: 'of wanted', unit: 'share' },
      { name: 'weight', unit: 'count' },
      { name: 'CPU', unit: 'text' },
      { name: 'n', unit: 'count' },
    ],
    rows: rows.slice(0, MOST_ROWS).map((thread) => ({
      cells: [
        thread.label,
        thread.run,
        thread.waited,
        waitShare(thread),
        thread.weight,
        Number.isNaN(thread.cpu) ? 'several or not known' : String(thread.cpu),
        thread.n,
      ],
    })),
    of: rows.length,
  };
}

function contestTable(all: readonly Contest[]): Section {
  const rows = all.flatMap(({ cpu, members }) =>
    members.map(({ thread, got, expected }) => ({
      cells: [String(cpu), thread.label, thread.weight, got, expected, got / expected - 1],
    })),
  );
  return {
    kind: 'table',
    id: 'cpu-time/threads/contests',
    title: 'Threads that wanted one CPU all the time: what they got and what weights promise',
    columns: [
      { name: 'CPU', unit: 'text' },
      { name: 'thread', unit: 'text' },
      { name: 'weight', unit: 'count' },
      { name: 'got', unit: 'share' },
      { name: 'promised', unit: 'share' },
      { name: 'error', unit: 'share' },
    ],
    rows: rows.slice(0, MOST_ROWS),
    of: rows.length,
  };
}
