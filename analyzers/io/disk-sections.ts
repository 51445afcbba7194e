import type { IntervalSeries } from '../../model/device-series.ts';
import type { CellUnit, Section, TableSection, TimelineSection } from '../../model/section.ts';
import type { Context } from '../context.ts';
import type { DeviceIntervals } from '../derived/io/device-intervals.ts';
import { type DeviceSummary, wholeParts } from '../derived/io/device-summary.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { worstWait } from './disk-metrics.ts';
import { mostQueueing } from './queueing.ts';

const MOST_ROWS = 200;
const MOST_STEPS = 240;
const MOST_LINES = 8;

export function diskSections(context: Context, summaries: readonly DeviceSummary[]): Section[] {
  return [deviceTable(summaries), ...timelines(context, summaries)];
}

type Cell = (summary: DeviceSummary) => string | number;

const columns: readonly (readonly [name: string, unit: CellUnit, cell: Cell])[] = [
  ['disk', 'text', ({ device }) => device],
  ['measured', 'ns', ({ seconds }) => seconds * 1e9],
  ['intervals', 'count', ({ intervals }) => intervals.length],
  ['busy', 'share', ({ util }) => util.value],
  ['busy ≥ 95 %', 'share', ({ saturated }) => saturated.value],
  ['in flight', 'requests', ({ queue }) => queue.value],
  ['reads', '1/s', (summary) => of(summary, 'read')?.rate.value ?? Number.NaN],
  ['writes', '1/s', (summary) => of(summary, 'write')?.rate.value ?? Number.NaN],
  ['all', '1/s', ({ all }) => all.rate.value],
  ['read', 'bytes/s', (summary) => of(summary, 'read')?.throughput.value ?? Number.NaN],
  ['written', 'bytes/s', (summary) => of(summary, 'write')?.throughput.value ?? Number.NaN],
  ['wait', 'ns', ({ all }) => all.wait.value],
  ['… from', 'ns', ({ all }) => Math.max(0, all.wait.low)],
  ['… to (95 % CI)', 'ns', ({ all }) => all.wait.high],
  ['read wait', 'ns', (summary) => of(summary, 'read')?.wait.value ?? Number.NaN],
  ['write wait', 'ns', (summary) => of(summary, 'write')?.wait.value ?? Number.NaN],
  ['worst interval', 'ns', worstWait],
  ['queueing at most', 'share', mostQueueing],
  ['read size', 'bytes', (summary) => of(summary, 'read')?.size.value ?? Number.NaN],
  ['write size', 'bytes', (summary) => of(summary, 'write')?.size.value ?? Number.NaN],
];

function of(summary: DeviceSummary, operation: 'read' | 'write') {
  return summary.operations.find((each) => each.operation === operation);
}

/** Columns nobody has a value for are left out. */
function deviceTable(summaries: readonly DeviceSummary[]): TableSection {
  const used = columns.filter(([, , cell]) => summaries.some((each) => known(cell(each)) !== ''));
  const gaps = summaries.reduce((sum, { intervals }) => sum + intervals.gaps, 0);
  return {
    kind: 'table',
    id: 'io/disks/devices',
    title: 'Every disk: how busy, how many requests, how long they wait',
    note: `Averages over the measured intervals, by time; waits and sizes by requests. Reports since boot are left out.${gaps > 0 ? ` ${gaps} intervals in which a counter fell are left out.` : ''}${summaries.some(({ intervals }) => intervals.duration.some(Number.isNaN)) ? ' Some reports carry no times (iostat without -t): each counts the same.' : ''}`,
    columns: used.map(([name, unit]) => ({ name, unit })),
    rows: summaries
      .slice(0, MOST_ROWS)
      .map((summary) => ({ cells: used.map(([, , cell]) => known(cell(summary))) })),
    of: summaries.length,
  };
}

function known(cell: string | number): string | number {
  return typeof cell === 'number' && !Number.isFinite(cell) ? '' : cell;
}

/** Lines over time for the busiest disks; none for reports without times. */
function timelines(context: Context, summaries: readonly DeviceSummary[]): TimelineSection[] {
  const shown = summaries
    .filter(({ intervals }) => intervals.start.some((at) => !Number.isNaN(at)))
    .slice(0, MOST_LINES);
  if (shown.length === 0) return [];
  const starts = shown.flatMap(({ intervals }) => [...intervals.start].filter((at) => !Number.isNaN(at)));
  const ends = shown.flatMap(({ intervals }) => [...intervals.end].filter((at) => !Number.isNaN(at)));
  const [from, to] = [least(starts), -least(ends.map((at) => -at))];
  const typical = shown[0]?.intervals.duration.find((each) => each > 0) ?? 1e9;
  const steps = Math.max(1, Math.min(MOST_STEPS, Math.round((to - from) / typical)));
  const span = context.derive(traceSpan);
  // Files that could not be brought to the clock of the run have an axis of their own.
  const apart = !(from < span.end && to > span.start);
  const axis = {
    kind: 'timeline' as const,
    stat: 'mean' as const,
    lines: true,
    start: apart ? 0 : (from - span.start) / 1e9,
    step: (to - from) / steps / 1e9,
  };
  const line = (summary: DeviceSummary, values: Float64Array | undefined) => ({
    name: summary.device,
    values: resampled(summary.intervals, values, from, to, steps),
  });
  const all: (readonly [
    string,
    string,
    TimelineSection['unit'],
    (each: DeviceSummary) => Float64Array | undefined,
  ])[] = [
    ['util', 'Busy: share of the time with requests in flight', 'share', column('util')],
    ['queue', 'Requests in flight', 'requests', column('aqu-sz')],
    [
      'wait',
      'How long requests wait, averages of intervals',
      'ns',
      ({ intervals }) => wholeParts(intervals).wait,
    ],
    ['rate', 'Requests completed', '1/s', ({ intervals }) => wholeParts(intervals).rate],
    ['throughput', 'Bytes read and written', 'bytes/s', ({ intervals }) => wholeParts(intervals).bytes],
  ];
  return all.flatMap(([id, title, unit, values]) => {
    const series = shown.map((each) => line(each, values(each)));
    if (series.every((each) => each.values.every((value) => value === 0))) return [];
    const left = summaries.length - shown.length;
    return [
      {
        ...axis,
        id: `io/disks/${id}`,
        title,
        unit,
        note: `0 also where nothing was measured.${left > 0 ? ` The ${shown.length} busiest of ${summaries.length} disks.` : ''}${apart ? ' The clock of these reports could not be laid on that of the trace: the axis begins with the first of them.' : ''}`,
        series,
      },
    ];
  });
}

function column(name: IntervalSeries): (summary: DeviceSummary) => Float64Array | undefined {
  return ({ intervals }) => intervals.columns.get(name);
}

/** Averages over equal steps, each interval weighing by the time it shares with the step. */
function resampled(
  { start, end, length }: DeviceIntervals,
  values: Float64Array | undefined,
  from: number,
  to: number,
  steps: number,
): number[] {
  const sum = new Float64Array(steps);
  const weight = new Float64Array(steps);
  const step = (to - from) / steps;
  for (let row = 0; row < length; row++) {
    const value = values?.[row] ?? Number.NaN;
    const [a, b] = [start[row] as number, end[row] as number];
    if (Number.isNaN(value) || !(b > a)) continue;
    const last = Math.min(steps - 1, Math.floor((b - from) / step));
    for (let bin = Math.max(0, Math.floor((a - from) / step)); bin <= last; bin++) {
      const inside = Math.min(b, from + (bin + 1) * step) - Math.max(a, from + bin * step);
      if (inside <= 0) continue;
      sum[bin] = (sum[bin] as number) + value * inside;
      weight[bin] = (weight[bin] as number) + inside;
    }
  }
  return [...sum].map((each, bin) => ((weight[bin] as number) > 0 ? each / (weight[bin] as number) : 0));
}

/** Without a spread: a day of reports is more than arguments a call may have. */
function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}
