import type { Finding } from '../../model/finding.ts';
import { formatShare } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { coverage } from '../derived/sched/coverage.ts';
import { RUNNING } from '../derived/sched/intervals.ts';
import type { LoadReplay } from '../derived/sched/load.ts';
import { splitLoad } from '../derived/sched/load-parts.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { activeSeries } from './active-over-time.ts';
import { type DGroup, dGroups } from './d-state.ts';

const MINUTE = 60e9;
/** Tasks of one kind on average below which they are not worth a word. */
const WORTH_SAYING = 0.1;
/** Load per CPU from which on it is high. */
const HIGH = 1;

/** What tasks were active before the peak of the load: the sentence people ask for. */
export function loadFindings(context: Context, replay: LoadReplay, peak: number): Finding[] {
  const tick = replay.ticks[peak];
  if (tick === undefined) return [];
  const { start, cpus } = context.derive(coverage);
  const from = Math.max(start, tick.time - MINUTE);
  const to = Math.max(tick.time, from + 1e6);
  const parts = activeSeries(context, from, to, 1).map(({ name, values }) => ({
    name,
    tasks: values[0] ?? 0,
  }));
  const ofState = (state: string): number => parts.find(({ name }) => name === state)?.tasks ?? 0;
  const [onCpu, queued] = [ofState('R running'), ofState('R queued')];
  const running = onCpu + queued;
  const waiting = parts
    .filter(({ name }) => name.startsWith('D '))
    .reduce((sum, { tasks }) => sum + tasks, 0);
  const high = tick.load['1m'] > cpus.length * HIGH;
  const groups = context.derive(dGroups);
  const reasons = parts
    .filter(({ name, tasks }) => name.startsWith('D ') && tasks >= WORTH_SAYING)
    .map(({ name, tasks }) => `${short(tasks)} ${withCgroup(name.slice(2), groups)}`);
  const of =
    waiting >= WORTH_SAYING
      ? ` + ${short(waiting)} waiting in D${reasons.length === 0 ? '' : `: ${reasons.join(', ')}`}`
      : '';
  const split = splitLoad(context, '1m', peak);
  const inD = split?.parts.filter(({ state }) => state === 'D').reduce((sum, { load }) => sum + load, 0) ?? 0;
  const inR = (split?.parts.reduce((sum, { load }) => sum + load, 0) ?? 0) - inD;
  const idle = idleShare(context, from, to);
  const share = running + waiting > 0 ? waiting / (running + waiting) : 0;
  const range = [from, to].map((at) => (at - context.derive(traceSpan).start) / 1e9) as [number, number];
  const error = replay.error;
  const findings: Finding[] = [
    {
      id: 'load/average/made-of',
      severity: high ? 'warning' : 'note',
      claim: `${loadPhrase(replay, tick.load['1m'], split?.before ?? 0, running + waiting)} = ${short(onCpu)} running${queued >= WORTH_SAYING ? ` + ${short(queued)} queued` : ''}${of}`,
      share: 1,
      confidence: {
        n: replay.ticks.length,
        low: 1,
        high: 1,
        why:
          error === undefined
            ? 'replayed from every switch; no readings of /proc/loadavg to compare with'
            : `replayed from every switch; off by ${error.mean.toFixed(2)} on average from ${error.n} readings of /proc/loadavg`,
      },
      evidence: [
        {
          label: 'who made the load',
          section: peak === replay.ticks.length - 1 ? 'load/average/flame-end' : 'load/average/flame-peak',
          selection: {
            event: peak === replay.ticks.length - 1 ? 'load 1m at the end' : 'load 1m at its peak',
          },
          formula: `tasks on average in the minute before; the load they made by then, damped: ${tick.load['1m'].toFixed(2)} = ${inR.toFixed(2)} R + ${inD.toFixed(2)} D + ${(split?.before ?? 0).toFixed(2)} from before the trace + ${(split?.rounding ?? 0).toFixed(2)} rounding`,
        },
        { label: 'active tasks over time', section: 'load/average/active', selection: { range } },
      ],
      actions: [
        share > 0.5
          ? {
              text: 'Do not add CPUs: most of the load waits. Look at what is waited for, below',
              risk: 'none',
            }
          : {
              text: 'The load is work for CPUs: see who runs, and who queues behind whom',
              risk: 'none',
            },
      ],
      caveats: [
        ...(replay.initialFrom === 'reading'
          ? []
          : ['the load before the trace is not known and was taken as steady']),
        ...(replay.hzFrom === 'assumed' ? [`HZ ${replay.hz} is assumed`] : []),
      ],
    },
  ];
  if (high && idle > 0.1) {
    findings.push({
      id: 'load/average/not-cpu',
      severity: 'note',
      claim: `CPUs were idle ${formatShare(idle)} of the minute in which the load reached ${tick.load['1m'].toFixed(1)}: this load is not CPU demand`,
      share: idle,
      confidence: {
        n: context.derive(timeline).switches,
        low: idle,
        high: idle,
        why: 'from every switch to and from idle',
      },
      evidence: [
        {
          label: 'active tasks over time',
          section: 'load/average/active',
          selection: { range },
          formula: `${short(running)} tasks wanted ${cpus.length} CPUs, ${short(waiting)} waited in D without wanting any`,
        },
      ],
      actions: [
        {
          text: 'Judge CPU demand by utilisation and run-queue wait (or PSI cpu), not by this load',
          run: 'cat /proc/pressure/cpu /proc/pressure/io',
          risk: 'none',
        },
      ],
      caveats: [],
    });
  }
  return [...findings, ...beatFinding(replay)];
}

/** A finding when counting every five seconds and averaging over time tell different loads. */
function beatFinding({ ticks, error }: LoadReplay): Finding[] {
  const worst = ticks.reduce<{ off: number; tick: (typeof ticks)[number] | undefined }>(
    (most, tick) => {
      const off = tick.load['1m'] - tick.averagedLoad;
      return Math.abs(off) > Math.abs(most.off) ? { off, tick } : most;
    },
    { off: 0, tick: undefined },
  );
  const { tick, off } = worst;
  if (
    tick === undefined ||
    ticks.length < 3 ||
    Math.abs(off) < 0.3 ||
    Math.abs(off) < 0.1 * tick.averagedLoad
  )
    return [];
  const way = off > 0 ? 'more' : 'less';
  return [
    {
      id: 'load/average/beat',
      severity: 'note',
      claim: `The load average shows up to ${Math.abs(off).toFixed(2)} ${way} than tasks were active over time`,
      share: Math.abs(off) / Math.max(tick.load['1m'], tick.averagedLoad),
      confidence: {
        n: ticks.length,
        low: Math.abs(off) / Math.max(tick.load['1m'], tick.averagedLoad),
        high: Math.abs(off) / Math.max(tick.load['1m'], tick.averagedLoad),
        why:
          error === undefined
            ? 'the phase of the tick is not known without readings of /proc/loadavg'
            : 'the phase of the tick is fitted to readings',
      },
      evidence: [
        {
          label: 'both loads over time',
          section: 'load/average/loads',
          selection: {},
          formula: `counted at ticks ${tick.load['1m'].toFixed(2)}, averaged over time ${tick.averagedLoad.toFixed(2)}`,
        },
      ],
      actions: [
        {
          text: 'Work that starts in step with the five-second tick, or in short bursts between ticks, is over- or undercounted; believe the average over time',
          risk: 'none',
        },
      ],
      caveats: [],
    },
  ];
}

function withCgroup(reason: string, groups: readonly DGroup[]): string {
  const own = groups.filter((group) => group.reason === reason);
  const time = own.reduce((sum, each) => sum + each.time, 0);
  const cgroup = own[0]?.cgroup ?? '';
  const inIt = own.filter((each) => each.cgroup === cgroup).reduce((sum, each) => sum + each.time, 0);
  return cgroup !== '' && inIt > time * 0.8 ? `${reason} in cgroup ${cgroup}` : reason;
}

function idleShare(context: Context, from: number, to: number): number {
  const { intervals } = context.derive(timeline);
  const { cpus } = context.derive(coverage);
  const { activity, start, end } = intervals.columns;
  let busy = 0;
  for (let row = 0; row < intervals.length; row++) {
    if (activity[row] !== RUNNING) continue;
    busy += Math.max(0, Math.min(to, end[row] as number) - Math.max(from, start[row] as number));
  }
  return Math.max(0, 1 - busy / ((to - from) * cpus.length));
}

/** The load, or its range where nobody knows what it was before the trace. */
function loadPhrase(replay: LoadReplay, load: number, before: number, tasks: number): string {
  if (replay.initialFrom === 'reading' || before < 0.1 * load)
    return `Load ${load.toFixed(1)}${heading(load, tasks)}`;
  return `Load ${Math.max(0, load - before).toFixed(1)} to ${load.toFixed(1)} (what it was before the trace is not known)`;
}

/** A load lags behind the tasks that make it: where it would come to, when that is something else. */
function heading(load: number, tasks: number): string {
  return Math.abs(tasks - load) > 0.2 * Math.max(load, tasks) && Math.abs(tasks - load) > 0.5
    ? ` (heading for ${tasks.toFixed(1)})`
    : '';
}

function short(tasks: number): string {
  return tasks >= 9.95 ? tasks.toFixed(0) : tasks.toFixed(1).replace(/\.0$/, tasks >= 3 ? '' : '.0');
}
