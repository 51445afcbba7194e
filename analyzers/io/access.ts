import { deviceNumber } from '../../model/io-tables.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { queueDepth } from '../derived/io/queue-depth.ts';
import { blockRecordings } from '../derived/io/recordings.ts';
import { requestModel } from '../derived/io/requests.ts';
import { type SeekFigures, seeks } from '../derived/io/seeks.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { quantile } from '../stats/quantiles.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { needsRequests } from './needs.ts';

const STEPS = 200;
const SECTOR = 512;

/** How a device is used: depth of its queue, seeks, sequences, merges. */
export const ioAccess = defineAnalyzer({
  id: 'io/access',
  question: 'How deep are the queues of block devices, and how sequential are the requests?',
  needs: [needsRequests],
  metrics: [
    {
      id: 'io.queue_depth.mean',
      unit: 'count',
      labels: ['device', 'where'],
      about:
        'Requests there on average over time: where = block layer (first event → complete) or device (issue → complete). Little’s law: rate × mean latency.',
    },
    { id: 'io.queue_depth.max', unit: 'count', labels: ['device', 'where'], about: 'Most at one moment.' },
    {
      id: 'io.sequential.share',
      unit: 'share',
      labels: ['device'],
      about: 'Requests that begin where the one issued before them on the device ends.',
    },
    {
      id: 'io.sequential.submitter.share',
      unit: 'share',
      labels: ['device'],
      about:
        'Requests that begin where the one the same thread had issued before ends: more than on the device = the order of several streams is mixed.',
    },
    {
      id: 'io.seek.p50',
      unit: 'bytes',
      labels: ['device'],
      about:
        'Median distance from the end of one issued request to the beginning of the next, over those that are not sequential.',
    },
    {
      id: 'io.merges',
      unit: 'count',
      labels: ['device'],
      about: 'Bios that joined a request instead of having their own.',
    },
    { id: 'io.requeues', unit: 'count', labels: ['device'], about: 'Times the driver gave a request back.' },
    {
      id: 'io.errors',
      unit: 'count',
      labels: ['device'],
      about: 'Requests whose last completion had an error.',
    },
  ],
  run(context) {
    const devices = [...new Set(context.derive(blockRecordings).used.map(({ device }) => device))].sort(
      (a, b) => a - b,
    );
    const answers = devices.map((device) => ofDevice(context, device));
    return {
      metrics: answers.flatMap(({ metrics }) => metrics),
      findings: [],
      sections: answers.flatMap(({ sections }) => sections),
    };
  },
});

function ofDevice(context: Context, device: number): { metrics: Metric[]; sections: Section[] } {
  const { requests, completed } = context.derive(requestModel);
  const { columns } = requests;
  const rows = completed.filter((row) => columns.device[row] === device);
  if (rows.length === 0) return { metrics: [], sections: [] };
  const spans = context.derive(blockRecordings).used.filter((each) => each.device === device);
  const from = Math.min(...spans.map(({ start }) => start));
  const to = Math.max(...spans.map(({ end }) => end));
  const name = deviceNumber(device);
  const depth = queueDepth(context, device, from, to, STEPS);
  const figures = seeks(context, rows);
  const sum = (value: (row: number) => number): number => rows.reduce((all, row) => all + value(row), 0);
  const metric = (
    id: string,
    value: number,
    unit: Metric['unit'],
    better: Metric['better'],
    n: number,
    more: Record<string, string> = {},
  ): Metric => ({ id: `io.${id}`, labels: { device: name, ...more }, value, unit, better, n });
  return {
    metrics: [
      ...(['inside', 'issued'] as const).flatMap((each) => {
        const where = { where: each === 'inside' ? 'block layer' : 'device' };
        return [
          metric('queue_depth.mean', depth[each].mean, 'count', 'neither', rows.length, where),
          metric('queue_depth.max', depth[each].most, 'count', 'neither', rows.length, where),
        ];
      }),
      ...seekMetrics(figures, metric),
      metric(
        'merges',
        sum((row) => (columns.bios[row] as number) - 1),
        'count',
        'neither',
        rows.length,
      ),
      metric(
        'requeues',
        sum((row) => columns.requeues[row] as number),
        'count',
        'lower',
        rows.length,
      ),
      metric(
        'errors',
        sum((row) => (columns.error[row] === 0 ? 0 : 1)),
        'count',
        'lower',
        rows.length,
      ),
    ],
    sections: [
      depthSection(context, name, depth, from, to),
      ...(figures.distances.length > 0 ? [seekTable(name, figures)] : []),
    ],
  };
}

type MakeMetric = (
  id: string,
  value: number,
  unit: Metric['unit'],
  better: Metric['better'],
  n: number,
) => Metric;

function seekMetrics(
  { pairs, sequential, ownPairs, ownSequential, distances }: SeekFigures,
  metric: MakeMetric,
): Metric[] {
  const share = (id: string, count: number, of: number): Metric[] =>
    of === 0
      ? []
      : [{ ...metric(id, count / of, 'share', 'neither', of), ...wilsonInterval(count / of, of) }];
  return [
    ...share('sequential.share', sequential, pairs),
    ...share('sequential.submitter.share', ownSequential, ownPairs),
    ...(distances.length === 0
      ? []
      : [metric('seek.p50', quantile(distances, 0.5) * SECTOR, 'bytes', 'neither', distances.length)]),
  ];
}

function depthSection(
  context: Context,
  device: string,
  { inside, issued }: ReturnType<typeof queueDepth>,
  from: number,
  to: number,
): Section {
  return {
    kind: 'timeline',
    id: `io/access/depth/${device}`,
    title: `Requests of device ${device} in the block layer, and of these in the device`,
    note: 'Averages over each step. Requests whose completion was lost are left out.',
    unit: 'count',
    stat: 'mean',
    lines: true,
    start: (from - context.derive(traceSpan).start) / 1e9,
    step: (to - from) / STEPS / 1e9,
    series: [
      { name: `in the block layer, at most ${inside.most}`, values: inside.values },
      { name: `in the device, at most ${issued.most}`, values: issued.values },
    ],
  };
}

function seekTable(device: string, { distances, pairs, sequential }: SeekFigures): Section {
  const share = (limit: number): number =>
    distances.filter((each) => each * SECTOR <= limit).length + sequential;
  const limits = [
    ['where the last one ended', 0],
    ['within 1 MiB', 2 ** 20],
    ['within 100 MiB', 100 * 2 ** 20],
    ['within 10 GiB', 10 * 2 ** 30],
    ['anywhere', Number.POSITIVE_INFINITY],
  ] as const;
  return {
    kind: 'table',
    id: `io/access/seeks/${device}`,
    title: `How far from the end of one request device ${device} had to go to the next`,
    note: 'In the order of issue; both directions count alike.',
    columns: [
      { name: 'distance', unit: 'text' },
      { name: 'requests', unit: 'count' },
      { name: 'share', unit: 'share' },
    ],
    rows: limits.map(([label, limit]) => {
      const count = limit === 0 ? sequential : share(limit);
      return { cells: [label, count, count / pairs] };
    }),
    of: limits.length,
  };
}
