import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import {
  type Figure,
  groupRequests,
  meanOf,
  quantileOf,
  type RequestGroup,
} from '../derived/io/request-groups.ts';
import { requestLabels } from '../derived/io/request-labels.ts';
import { waitParts, waitTimes } from '../derived/io/wait-parts.ts';
import { needsRequests } from './needs.ts';
import { waitFindings } from './wait-findings.ts';
import { groupTable, partBars } from './wait-tables.ts';

const labels = ['device', 'op', 'comm', 'ioprio'] as const;
/** Rows of metrics; what is beyond them is one row, so that the rows still sum to all. */
const MOST_ROWS = 400;
const OTHERS = '(others)';

const CHARGED =
  'A request is charged to the thread that queued its first bio. Buffered writes reach the block layer when a flusher (kworker … flush) or a throttled writer sends them, and are charged to that thread.';

const partAbout = {
  tag: 'Mean wait for a request and its tag, queue → getrq: the queue of the device was full.',
  plug: 'Mean time in a plug list or on the way, getrq → insert (→ issue where it goes to the driver directly).',
  scheduler: 'Mean time the IO scheduler held it, insert → issue; 0 for requests it never saw.',
  device: 'Mean time in the driver and the device, issue → complete.',
} as const;

/** Where requests of block devices spend their time. */
export const ioWaits = defineAnalyzer({
  id: 'io/waits',
  question: 'Where do requests of block devices wait: for a tag, in the scheduler, in the device?',
  needs: [needsRequests],
  metrics: [
    {
      id: 'io.requests',
      unit: 'count',
      labels: [...labels],
      about: `Completed requests by device, operation, submitting process and IO priority. Rows are disjoint and sum to all; beyond ${MOST_ROWS} rows the rest is of comm "${OTHERS}".`,
    },
    { id: 'io.bytes', unit: 'bytes', labels: [...labels], about: 'What they moved.' },
    ...(['mean', 'p50', 'p99', 'max'] as const).map((id) => ({
      id: `io.latency.${id}`,
      unit: 'ns' as const,
      labels: [...labels],
      about: `${id === 'max' ? 'Longest' : id} time from the queueing of a request (its first event where that was not recorded) to its completion.`,
    })),
    ...waitParts.map((part) => ({
      id: `io.wait.${part}`,
      unit: 'ns' as const,
      labels: [...labels],
      about: partAbout[part],
    })),
  ],
  run(context) {
    const names = context.derive(requestLabels);
    const groups = context.derive(labelledGroups);
    const devices = groupRequests(context, (row) => [names.device(row)]);
    return {
      metrics: groups.flatMap((group) => groupMetrics(context, group)),
      findings: devices.flatMap((group) => waitFindings(context, group)),
      sections: sections(context),
    };
  },
});

/** Completed requests by the labels of the metrics. */
export function labelledGroups(context: Context): RequestGroup[] {
  const names = context.derive(requestLabels);
  const of = (row: number): readonly string[] => [
    names.device(row),
    names.op(row),
    names.comm(row),
    names.ioprio(row),
  ];
  const groups = groupRequests(context, of);
  if (groups.length <= MOST_ROWS) return groups;
  const kept = new Set(groups.slice(0, MOST_ROWS).map((group) => group.labels.join('\n')));
  return groupRequests(context, (row) => {
    const own = of(row);
    return kept.has(own.join('\n')) ? own : [own[0] as string, own[1] as string, OTHERS, ''];
  });
}

function groupMetrics(context: Context, group: RequestGroup): Metric[] {
  const times = context.derive(waitTimes);
  const named = Object.fromEntries(labels.map((name, i) => [name, group.labels[i] ?? '']));
  const n = group.at.length;
  const figure = (id: string, { value, low, high, n: count }: Figure): Metric[] =>
    Number.isNaN(value)
      ? []
      : [
          {
            id,
            labels: named,
            value,
            unit: 'ns',
            better: 'lower',
            n: count,
            ...(Number.isNaN(low + high) ? {} : { low: Math.max(0, low), high }),
          },
        ];
  return [
    { id: 'io.requests', labels: named, value: n, unit: 'count', better: 'neither', n },
    { id: 'io.bytes', labels: named, value: group.bytes, unit: 'bytes', better: 'neither', n },
    ...figure('io.latency.mean', meanOf(times.latency, group.at)),
    ...figure('io.latency.p50', quantileOf(group, 0.5)),
    ...figure('io.latency.p99', quantileOf(group, 0.99)),
    ...figure('io.latency.max', { value: group.latencies.at(-1) ?? 0, low: Number.NaN, high: Number.NaN, n }),
    ...waitParts.flatMap((part) => figure(`io.wait.${part}`, meanOf(times[part], group.at))),
  ];
}

function sections(context: Context): Section[] {
  const names = context.derive(requestLabels);
  const table = (
    id: string,
    title: string,
    heads: readonly string[],
    of: (row: number) => readonly string[],
  ): Section =>
    groupTable(context, { id: `io/waits/${id}`, title, heads, note: CHARGED }, groupRequests(context, of));
  const byCgroup = groupRequests(context, (row) => [names.cgroup(row) || 'not known']);
  return [
    partBars(context),
    table('processes', 'Requests by process and operation', ['process', 'operation'], (row) => [
      names.comm(row),
      names.op(row),
    ]),
    table('threads', 'Requests by thread and operation', ['thread', 'operation'], (row) => [
      names.thread(row),
      names.op(row),
    ]),
    table('priorities', 'Requests by IO priority and operation', ['IO priority', 'operation'], (row) => [
      names.ioprio(row),
      names.op(row),
    ]),
    table('devices', 'Requests by device and operation', ['device', 'operation'], (row) => [
      names.device(row),
      names.op(row),
    ]),
    table('sizes', 'Requests by size and operation', ['size', 'operation'], (row) => [
      names.size(row),
      names.op(row),
    ]),
    ...(byCgroup.length > 1
      ? [
          groupTable(
            context,
            {
              id: 'io/waits/cgroups',
              title: 'Requests by cgroup of the process',
              heads: ['cgroup'],
              note: CHARGED,
            },
            byCgroup,
          ),
        ]
      : []),
  ];
}
