import type { Metric } from '../../model/metric.ts';
import type { Unit } from '../../model/units.ts';
import type { MetricDefinition } from '../analyzer.ts';
import { type DeviceSummary, wholeParts } from '../derived/io/device-summary.ts';
import type { Ratio } from '../stats/ratio-interval.ts';
import { mostQueueing } from './queueing.ts';

const op = ['device', 'op'] as const;

export const diskMetricDefinitions: readonly MetricDefinition[] = [
  {
    id: 'iostat.util',
    unit: 'share',
    labels: ['device'],
    about: 'Share of the measured time with at least one request in flight (%util). n: intervals.',
  },
  {
    id: 'iostat.saturated',
    unit: 'share',
    labels: ['device'],
    about: 'Share of the measured time in intervals with %util of 95 % and more.',
  },
  {
    id: 'iostat.queue',
    unit: 'requests',
    labels: ['device'],
    about: 'Requests in flight on average over time (aqu-sz), queued or being served.',
  },
  {
    id: 'iostat.rate',
    unit: '1/s',
    labels: op,
    about: 'Requests completed per second; op is read, write, discard, flush or all (without flushes).',
  },
  { id: 'iostat.throughput', unit: 'bytes/s', labels: op, about: 'Bytes transferred per second.' },
  {
    id: 'iostat.await',
    unit: 'ns',
    labels: op,
    about: 'Time from entering the queue to completion, averaged over requests, not over intervals.',
  },
  {
    id: 'iostat.await.worst',
    unit: 'ns',
    labels: ['device'],
    about: 'Largest average wait of one interval. Single requests took longer.',
  },
  { id: 'iostat.request_size', unit: 'bytes', labels: op, about: 'Bytes a request, averaged over requests.' },
  {
    id: 'iostat.merged',
    unit: 'share',
    labels: op,
    about: 'Share of requests that were merged into others before they reached the device.',
  },
  {
    id: 'iostat.queueing.most',
    unit: 'share',
    labels: ['device'],
    about:
      'Largest part of the wait that can be waiting for other requests: 1 − util / queue, by Little’s law; exactly that for a device that serves one request at a time.',
  },
  {
    id: 'iostat.measured',
    unit: 'ns',
    labels: ['device'],
    about: 'Time measured, since-boot reports and gaps left out. n: intervals.',
  },
  {
    id: 'iostat.gaps',
    unit: 'count',
    labels: ['device'],
    about: 'Intervals of /proc/diskstats left out because a counter fell: a reset, a wrap or a new device.',
  },
];

export function diskMetrics(summaries: readonly DeviceSummary[]): Metric[] {
  return summaries.flatMap((summary) => {
    const { device, util, queue, saturated, operations, all, seconds, intervals } = summary;
    const one = (
      id: string,
      unit: Unit,
      ratio: Ratio,
      better: Metric['better'] = 'lower',
      labels: Record<string, string> = {},
    ): Metric[] => metricOf(id, unit, ratio, better, { device, ...labels });
    const exact = (value: number, n: number): Ratio => ({ value, n, low: Number.NaN, high: Number.NaN });
    return [
      ...one('iostat.util', 'share', util),
      ...one('iostat.saturated', 'share', saturated),
      ...one('iostat.queue', 'requests', queue),
      ...[...operations, all].flatMap(({ operation, rate, throughput, wait, size, merged }) => [
        ...one('iostat.rate', '1/s', rate, 'neither', { op: operation }),
        ...one('iostat.throughput', 'bytes/s', throughput, 'neither', { op: operation }),
        ...one('iostat.await', 'ns', wait, 'lower', { op: operation }),
        ...one('iostat.request_size', 'bytes', size, 'neither', { op: operation }),
        ...one('iostat.merged', 'share', merged, 'neither', { op: operation }),
      ]),
      ...one('iostat.await.worst', 'ns', exact(worstWait(summary), all.wait.n)),
      ...one('iostat.queueing.most', 'share', exact(mostQueueing(summary), queue.n)),
      ...one('iostat.measured', 'ns', exact(seconds * 1e9, intervals.length), 'neither'),
      ...(intervals.from === 'counters'
        ? one('iostat.gaps', 'count', exact(intervals.gaps, intervals.length + intervals.gaps))
        : []),
    ];
  });
}

/** What is not known is no metric. */
function metricOf(
  id: string,
  unit: Unit,
  { value, low, high, n }: Ratio,
  better: Metric['better'],
  labels: Record<string, string>,
): Metric[] {
  if (!Number.isFinite(value)) return [];
  // All of these are at least 0, and shares at most 1 (but for rounding): intervals are cut there.
  const most = unit === 'share' ? Math.max(1, value) : Number.POSITIVE_INFINITY;
  const interval = Number.isNaN(low) ? {} : { low: Math.max(0, low), high: Math.min(most, high) };
  return [{ id, labels, value, unit, better, n, ...interval }];
}

/** Largest average wait of one interval, ns; NaN when waits are not told. */
export function worstWait({ intervals }: DeviceSummary): number {
  const { rate, wait } = wholeParts(intervals);
  return wait.reduce(
    (worst, each, row) => ((rate[row] ?? 0) > 0 && !(each <= worst) ? each : worst),
    Number.NaN,
  );
}
