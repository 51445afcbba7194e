import { blockOpId, deviceNumber } from '../../model/io-tables.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import type { Unit } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { meanOf } from '../derived/io/request-groups.ts';
import { requestLabels } from '../derived/io/request-labels.ts';
import { requestModel } from '../derived/io/requests.ts';
import { deadlinesOf, jainOf, type Service, serviceOf } from '../derived/io/service.ts';
import { type ServiceGroup, serviceGroups, serviceLabels } from '../derived/io/service-groups.ts';
import { waitParts, waitTimes } from '../derived/io/wait-parts.ts';
import { schedulerOf } from '../derived/settings.ts';
import type { Estimated } from '../stats/block-bootstrap.ts';
import { needsRequests } from './needs.ts';
import { intervalText } from './wait-tables.ts';

const WHO =
  '`who` is all, reads, writes, rt reads, an IO class (class rt), a stream of like requests of one program, or write-back.';
const figures = [
  ['latency.mean', 'ns', 'lower', 'mean', 'Mean latency, first event → completion; interval by batch means.'],
  ['latency.p50', 'ns', 'lower', 'p50', 'Median latency; interval by a bootstrap of 20 consecutive blocks.'],
  [
    'latency.p99',
    'ns',
    'lower',
    'p99',
    'p99 of the latency; interval in the same way, none above with fewer than 300 requests.',
  ],
  ['rate', '1/s', 'higher', 'rate', 'Requests completed a second; interval by the series of seconds.'],
  ['throughput', 'bytes/s', 'higher', 'throughput', 'Bytes completed a second; interval in the same way.'],
] as const satisfies readonly (readonly [string, Unit, Metric['better'], keyof Service, string])[];

/** What everyone on a device got: latency, rate, fairness, starvation, in terms that runs under different schedulers share. */
export const ioService = defineAnalyzer({
  id: 'io/service',
  question: 'What service did each class, operation and stream of a block device get?',
  needs: [needsRequests],
  metrics: [
    ...figures.map(([id, unit, , , about]) => ({
      id: `io.service.${id}`,
      unit,
      labels: ['device', 'who'],
      about: `${about} ${WHO}`,
    })),
    { id: 'io.service.latency.max', unit: 'ns', labels: ['device', 'who'], about: 'Longest latency seen.' },
    {
      id: 'io.service.gap',
      unit: 'ns',
      labels: ['device', 'who'],
      about: 'Longest time in which a request waited and none of the same group completed.',
    },
    ...waitParts.map((part) => ({
      id: `io.service.wait.${part}`,
      unit: 'ns' as const,
      labels: ['device', 'who'],
      about: `Mean wait in this part (see io.wait.${part}), of all, reads and writes.`,
    })),
    {
      id: 'io.service.jain',
      unit: 'share',
      labels: ['device', 'between'],
      about:
        'Jain’s index of the bytes completed by thread (reads only), by thread, or by IO class; interval by a bootstrap of seconds. Who asks for less gets less.',
    },
    {
      id: 'io.deadline.missed',
      unit: 'share',
      labels: ['device', 'op'],
      about:
        'Part of the requests that waited to be issued beyond read_expire or write_expire of the captured settings, 500 ms and 5 s where there are none.',
    },
  ],
  run(context) {
    const groups = context.derive(services);
    const devices = [...new Set(groups.map(({ group }) => group.device))];
    return {
      metrics: [
        ...groups.flatMap(({ group, service }) => serviceMetrics(group, service)),
        ...waitMetrics(context),
        ...devices.flatMap((device) => [
          ...jainMetrics(context, device),
          ...deadlineMetrics(context, device),
        ]),
      ],
      findings: [],
      sections: [serviceTable(context), deadlineTable(context, devices)],
    };
  },
});

export function services(context: Context): readonly { group: ServiceGroup; service: Service }[] {
  return context.derive(serviceGroups).map((group) => ({ group, service: serviceOf(context, group) }));
}

function serviceMetrics(group: ServiceGroup, service: Service): Metric[] {
  const labels = serviceLabels(group);
  const { n } = service;
  return [
    ...figures.map(
      ([id, unit, better, key]): Metric => ({
        id: `io.service.${id}`,
        labels,
        value: service[key].value,
        unit,
        better,
        n,
        ...bounds(service[key]),
      }),
    ),
    { id: 'io.service.latency.max', labels, value: service.max, unit: 'ns', better: 'lower', n },
    { id: 'io.service.gap', labels, value: service.gap, unit: 'ns', better: 'lower', n },
  ];
}

/** Mean parts of the latency; NaN parts, whose events were not recorded, are left out. */
function waitMetrics(context: Context): Metric[] {
  const times = context.derive(waitTimes);
  const { requests, completed } = context.derive(requestModel);
  const place = new Uint32Array(requests.length);
  for (let i = 0; i < completed.length; i++) place[completed[i] as number] = i;
  return context.derive(services).flatMap(({ group }) => {
    if (!/^(?:all|reads|writes)$/.test(group.who)) return [];
    const at = group.rows.map((row) => place[row] as number);
    return waitParts.flatMap((part): Metric[] => {
      const { value, low, high, n } = meanOf(times[part], at);
      const labels = serviceLabels(group);
      if (Number.isNaN(value)) return [];
      const id = `io.service.wait.${part}`;
      const limits = bounds({ value, low: Math.max(0, low), high });
      return [{ id, labels, value, unit: 'ns', better: 'lower', n, ...limits }];
    });
  });
}

function bounds({ low, high }: Estimated): { low: number; high: number } | Record<string, never> {
  return Number.isNaN(low + high) ? {} : { low, high };
}

function jainMetrics(context: Context, device: number): Metric[] {
  const names = context.derive(requestLabels);
  const { op } = context.derive(requestModel).requests.columns;
  const keys: readonly (readonly [string, (row: number) => string | undefined])[] = [
    ['threads', names.thread],
    ['readers', (row) => (op[row] === blockOpId.read ? names.thread(row) : undefined)],
    ['classes', (row) => names.ioprio(row).split(',')[0]],
  ];
  return keys.flatMap(([between, keyOf]): Metric[] => {
    const found = jainOf(context, device, keyOf);
    return found === undefined
      ? []
      : [
          {
            id: 'io.service.jain',
            labels: { device: deviceNumber(device), between },
            value: found.index.value,
            unit: 'share',
            better: 'higher',
            n: found.n,
            ...bounds(found.index),
          },
        ];
  });
}

function deadlineMetrics(context: Context, device: number): Metric[] {
  return deadlinesOf(context, device).map(
    ({ op, missed, n }): Metric => ({
      id: 'io.deadline.missed',
      labels: { device: deviceNumber(device), op },
      value: missed / n,
      unit: 'share',
      better: 'lower',
      n,
    }),
  );
}

function serviceTable(context: Context): Section {
  const groups = context.derive(services);
  return {
    kind: 'table',
    id: 'io/service/groups',
    title: 'What each class, operation and stream of a device got',
    note: 'Rows overlap: a request counts in all, in its operation, in its class and in its stream. Streams are requests of one program, operation, priority and size; write-back is one. The gap is the longest time in which a request waited and none of the row completed.',
    columns: [
      { name: 'device', unit: 'text' },
      { name: 'who', unit: 'text' },
      { name: 'requests', unit: 'count' },
      { name: 'requests a second', unit: '1/s' },
      { name: 'throughput', unit: 'bytes/s' },
      { name: 'mean latency', unit: 'ns' },
      { name: 'p50', unit: 'ns' },
      { name: 'p99', unit: 'ns' },
      { name: 'p99 95 % CI', unit: 'text' },
      { name: 'longest', unit: 'ns' },
      { name: 'longest gap', unit: 'ns' },
    ],
    rows: groups.map(({ group, service }) => ({
      cells: [
        deviceNumber(group.device),
        group.who,
        service.n,
        service.rate.value,
        service.throughput.value,
        service.mean.value,
        service.p50.value,
        service.p99.value,
        intervalText(service.p99.low, service.p99.high),
        service.max,
        service.gap,
      ],
    })),
    of: groups.length,
  };
}

function deadlineTable(context: Context, devices: readonly number[]): Section {
  const rows = devices.flatMap((device) =>
    deadlinesOf(context, device).map(({ op, expire, captured, missed, n }) => ({
      cells: [
        deviceNumber(device),
        schedulerOf(context, device) ?? 'not captured',
        op,
        expire,
        captured ? 'captured' : 'default of mq-deadline',
        n,
        missed,
      ],
    })),
  );
  return {
    kind: 'table',
    id: 'io/service/deadlines',
    title: 'Requests that waited to be issued beyond their expiry',
    columns: [
      { name: 'device', unit: 'text' },
      { name: 'scheduler', unit: 'text' },
      { name: 'operation', unit: 'text' },
      { name: 'expiry', unit: 'ns' },
      { name: 'expiry is', unit: 'text' },
      { name: 'requests', unit: 'count' },
      { name: 'missed', unit: 'count' },
    ],
    rows,
    of: rows.length,
  };
}
