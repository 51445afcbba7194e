import type { Metric } from '../../model/metric.ts';
import type { Section, TableSection, TimelineSection } from '../../model/section.ts';
import { formatCount } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { PathFlame } from '../derived/path-flame.ts';
import { coverage } from '../derived/sched/coverage.ts';
import { type LoadReplay, loadReplay } from '../derived/sched/load.ts';
import {
  activeTasks,
  describeTask,
  type SplitLoad,
  splitLoad,
  taskLabel,
} from '../derived/sched/load-parts.ts';
import { timeline } from '../derived/sched/timeline.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { needsSeconds, needsSwitches } from '../needs.ts';
import { contribution, EXP, type LoadWindow, loadPeriod, loadWindows } from '../stats/load-average.ts';
import { activeOverTime } from './active-over-time.ts';
import { loadFindings } from './findings.ts';
import { partsTables } from './parts-tables.ts';

const MOST_PARTS = 200;
const MOST_TICKS = 2000;

/** The load average explained: replayed, compared with what the kernel said, split into who made it. */
export const loadAverage = defineAnalyzer({
  id: 'load/average',
  question: 'Who made the load average?',
  needs: [
    needsSeconds,
    needsSwitches,
    {
      missing: 'a trace that is longer than the five seconds between two samples of the load',
      captureWith:
        'perf record -k CLOCK_MONOTONIC -e sched:sched_switch,sched:sched_wakeup,sched:sched_wakeup_new -a -- sleep 60',
      met: (_, context) => {
        const { allFrom, end } = context.derive(coverage);
        return end - allFrom >= loadPeriod(1000) * 1e9 && (context.derive(loadReplay)?.ticks.length ?? 0) > 0;
      },
    },
  ],
  metrics: [
    {
      id: 'load.now',
      unit: 'load',
      labels: ['window'],
      about:
        'Load average at the end of the trace, 1m, 5m or 15m, by the kernel’s arithmetic; with its range when the load before the trace is not known.',
    },
    {
      id: 'load.peak',
      unit: 'load',
      labels: ['window'],
      about: 'Largest load average in the trace, 1 minute.',
    },
    {
      id: 'load.replay.error.mean',
      unit: 'load',
      labels: [],
      about:
        'Mean distance of the replayed 1-minute load from readings of /proc/loadavg, with the phase of the tick fitted to them.',
    },
    { id: 'load.replay.error.max', unit: 'load', labels: [], about: 'Largest distance of the same.' },
    {
      id: 'load.replay.error.unfitted.mean',
      unit: 'load',
      labels: [],
      about: 'The same without fitting: every tick counts what was active on average where it may lie.',
    },
    {
      id: 'load.replay.error.unfitted.max',
      unit: 'load',
      labels: [],
      about: 'Largest distance of the same.',
    },
    {
      id: 'load.replay.error.averaged.mean',
      unit: 'load',
      labels: [],
      about: 'The same had the kernel averaged active tasks over time instead of counting them at ticks.',
    },
    {
      id: 'load.part',
      unit: 'load',
      labels: ['window', 'state', 'reason', 'comm', 'cgroup'],
      about:
        'Part of the load average at the end of the trace made by tasks of this state, reason, name and cgroup: damped contributions. With load.part.before and load.part.rounding they add up to load.now.',
    },
    {
      id: 'load.part.before',
      unit: 'load',
      labels: ['window'],
      about: 'Part of load.now that is left of the load before the trace.',
    },
    {
      id: 'load.part.rounding',
      unit: 'load',
      labels: ['window'],
      about: 'Part of load.now made by the kernel’s rounding at each tick.',
    },
    {
      id: 'load.tick.phase',
      unit: 'ns',
      labels: [],
      about: 'Time of the first tick since the first moment every CPU is watched.',
    },
    {
      id: 'load.hz',
      unit: 'hz',
      labels: [],
      about: 'Timer frequency (CONFIG_HZ) used: ticks are 5 s and 1/HZ apart.',
    },
  ],
  run(context) {
    const replay = context.derive(loadReplay) as LoadReplay;
    const last = replay.ticks.length - 1;
    const splits = loadWindows.map((window) => splitLoad(context, window, last) as SplitLoad);
    const peak = peakTick(replay);
    const asked = tickAt(context, replay);
    return {
      metrics: metricsOf(replay, splits, peak),
      findings: loadFindings(context, replay, peak),
      sections: [
        activeOverTime(context),
        averageOverTime(context, replay),
        ...flames(context, replay, peak, last, asked),
        ...partsTables(context, splitLoad(context, '1m', asked ?? peak) as SplitLoad),
        ticksTable(context, replay),
      ],
    };
  },
});

/** Index of the tick with the largest 1-minute load. */
export function peakTick({ ticks }: LoadReplay): number {
  let peak = 0;
  ticks.forEach(({ load }, tick) => {
    if (load['1m'] > (ticks[peak]?.load['1m'] ?? 0)) peak = tick;
  });
  return peak;
}

function metricsOf(replay: LoadReplay, splits: readonly SplitLoad[], peak: number): Metric[] {
  const { ticks } = replay;
  const metric = (
    id: string,
    value: number,
    labels: Record<string, string> = {},
    n = ticks.length,
  ): Metric => ({
    id,
    labels,
    value,
    unit: 'load',
    better: 'lower',
    n,
  });
  const known = replay.initialFrom === 'reading';
  const errors = [
    ['', replay.error],
    ['.unfitted', replay.unfittedError],
    ['.averaged', replay.averagedError],
  ] as const;
  return [
    ...splits.map((split) => ({
      ...metric('load.now', split.load, { window: split.window }),
      // Without a reading the load before the trace is a guess: nothing, or twice what the trace shows.
      ...(known ? {} : { low: Math.max(0, split.load - split.before), high: split.load + split.before }),
    })),
    metric('load.peak', ticks[peak]?.load['1m'] ?? 0, { window: '1m' }),
    ...errors.flatMap(([kind, error]) =>
      error === undefined
        ? []
        : [
            metric(`load.replay.error${kind}.mean`, error.mean, {}, error.n),
            ...(kind === '.averaged' ? [] : [metric(`load.replay.error${kind}.max`, error.max, {}, error.n)]),
          ],
    ),
    ...splits.flatMap(({ window, parts, before, rounding }) => [
      ...shownParts(parts).map(({ load, ...labels }) => metric('load.part', load, { window, ...labels })),
      metric('load.part.before', before, { window }),
      metric('load.part.rounding', rounding, { window }),
    ]),
    { ...metric('load.tick.phase', replay.phase), unit: 'ns', better: 'neither' },
    { ...metric('load.hz', replay.hz), unit: 'hz', better: 'neither' },
  ];
}

/** The largest parts, and the rest of each state as one, so that they still add up. */
function shownParts(parts: SplitLoad['parts']): SplitLoad['parts'] {
  if (parts.length <= MOST_PARTS) return parts;
  const rest = new Map<string, SplitLoad['parts'][number]>();
  for (const part of parts.slice(MOST_PARTS)) {
    const known = rest.get(part.state);
    rest.set(part.state, {
      ...part,
      reason: '',
      cgroup: '',
      comm: '(others)',
      load: part.load + (known?.load ?? 0),
    });
  }
  return [...parts.slice(0, MOST_PARTS), ...rest.values()];
}

function averageOverTime(context: Context, replay: LoadReplay): TimelineSection {
  const { ticks } = replay;
  const { start } = context.derive(traceSpan);
  const [first, second] = ticks;
  const compared = ticks.some(({ reading }) => reading !== undefined);
  return {
    kind: 'timeline',
    id: 'load/average/loads',
    title: compared
      ? 'Load average, 1 minute: replayed, and as the kernel said'
      : 'Load average, 1 minute, replayed',
    note: describeReplay(replay),
    unit: 'load',
    stat: 'last',
    lines: true,
    start: ((first?.time ?? start) - start) / 1e9,
    step: ((second?.time ?? (first?.time ?? 0) + 5e9) - (first?.time ?? 0)) / 1e9,
    series: [
      { name: 'replayed', values: ticks.map(({ load }) => load['1m']) },
      {
        name: 'averaged over time instead of counted at ticks',
        values: ticks.map(({ averagedLoad }) => averagedLoad),
      },
      ...(compared
        ? [
            {
              name: '/proc/loadavg',
              values: ticks.map(({ reading, load }) => reading?.load['1m'] ?? load['1m']),
            },
          ]
        : []),
    ],
  };
}

export function describeReplay(replay: LoadReplay): string {
  const { error, unfittedError, averagedError } = replay;
  const hz = `HZ ${replay.hz} (${replay.hzFrom === 'readings' ? 'told by the readings' : replay.hzFrom === 'option' ? 'as given' : 'assumed'})`;
  if (error === undefined) {
    return `The kernel's integer arithmetic, a tick every ${(5 + 1 / replay.hz).toFixed(3)} s, ${hz}. No readings of /proc/loadavg: the phase of the tick and the load before the trace are assumed (steady).`;
  }
  const compared = (each: { mean: number; max: number } | undefined): string =>
    each === undefined ? '' : `${each.mean.toFixed(2)} on average, ${each.max.toFixed(2)} at most`;
  return `The kernel's integer arithmetic against ${formatCount(error.n)} readings: off by ${compared(error)} with the phase of the tick fitted (it lies within ${(replay.phaseWindow / 1e9).toFixed(2)} s by the readings); ${compared(unfittedError)} without fitting; ${compared(averagedError)} had the kernel averaged. ${hz}.`;
}

const flameIds: Readonly<Record<string, string>> = {
  'at the end': 'end',
  'at its peak': 'peak',
  'at the moment asked for': 'asked',
};

/** The last tick at or before the moment the user asked about; undefined when he did not. */
function tickAt(context: Context, { ticks }: LoadReplay): number | undefined {
  const { loadAt } = context.options;
  if (loadAt === undefined) return undefined;
  const time = context.derive(traceSpan).start + loadAt * 1e9;
  const tick = ticks.findLastIndex((each) => each.time <= time);
  return tick < 0 ? undefined : tick;
}

/** Who made the load: contributions of every tick to the load at the peak and at the end. */
function flames(
  context: Context,
  replay: LoadReplay,
  peak: number,
  last: number,
  asked: number | undefined,
): Section[] {
  const wanted: [LoadWindow, number, string][] = [['1m', peak, peak === last ? 'at the end' : 'at its peak']];
  if (peak !== last) wanted.push(['1m', last, 'at the end']);
  if (asked !== undefined && asked !== peak && asked !== last)
    wanted.unshift(['1m', asked, 'at the moment asked for']);
  const tasks = context.derive(activeTasks);
  const { start } = context.derive(traceSpan);
  const { intervals } = context.derive(timeline);
  return wanted.map(([window, end, when]) => {
    const flame = new PathFlame(context);
    for (let row = 0; row < tasks.length; row++) {
      const tick = tasks.tick[row] as number;
      if (tick > end) continue;
      const interval = tasks.interval[row] as number;
      const { state, reason, comm, cgroup, from } = describeTask(
        context,
        interval,
        tasks.dState[row] as number,
      );
      const words = [state, reason, cgroup === '' ? '' : `cgroup ${cgroup}`, comm].filter(
        (word) => word !== '',
      );
      flame.add(
        replay.ticks[tick]?.time ?? start,
        words,
        state === 'D' && from === 'stack' ? (intervals.columns.stack[interval] as number) : 0,
        contribution(EXP[window], end - tick),
        taskLabel(context, interval),
        intervals.columns.cpu[interval] as number,
      );
    }
    const split = splitLoad(context, window, end) as SplitLoad;
    const at = ((replay.ticks[end]?.time ?? start) - start) / 1e9;
    return flame.section({
      id: `load/average/flame-${flameIds[when] ?? 'end'}`,
      title: `Who made the 1-minute load of ${split.load.toFixed(2)} ${when} (${at.toFixed(1)} s)`,
      event: `load 1m ${when}`,
      unit: 'load',
      note: `Every task counted at a tick adds to the load, damped by its age. Besides these, ${split.before.toFixed(2)} is left of the load before the trace and ${split.rounding.toFixed(2)} is the kernel's rounding. A selected range shows what the ticks in it add.`,
    });
  });
}

function ticksTable(context: Context, { ticks }: LoadReplay): TableSection {
  const { start } = context.derive(traceSpan);
  return {
    kind: 'table',
    id: 'load/average/ticks',
    title: 'What the kernel counted at each tick, and the loads it made of it',
    columns: [
      { name: 'time', unit: 'ns' },
      { name: 'R', unit: 'count' },
      { name: 'D', unit: 'count' },
      { name: 'R + D on average', unit: 'tasks' },
      { name: '1m', unit: 'load' },
      { name: '5m', unit: 'load' },
      { name: '15m', unit: 'load' },
      { name: '1m averaged', unit: 'load' },
      { name: '1m read', unit: 'load' },
    ],
    rows: ticks
      .slice(0, MOST_TICKS)
      .map(({ time, running, uninterruptible, average, load, averagedLoad, reading }) => ({
        cells: [
          time - start,
          running,
          uninterruptible,
          Number.isNaN(average) ? running + uninterruptible : average,
          load['1m'],
          load['5m'],
          load['15m'],
          averagedLoad,
          reading === undefined ? '' : reading.load['1m'],
        ],
      })),
    of: ticks.length,
  };
}
