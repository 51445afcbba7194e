import type { Metric } from '../../model/metric.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { allReadings } from '../derived/counters/readings.ts';
import { requestModel } from '../derived/io/requests.ts';

/** What was read of one series of the host, in file order. */
interface Readings {
  readonly name: string;
  readonly of: string;
  readonly entity: string;
  readonly values: Float64Array;
}

/** State of the host around the run: what can make two runs differ without any change in the program. */
export const environment = defineAnalyzer({
  id: 'host/environment',
  question: 'What state was the host in?',
  needs: [
    {
      missing: 'copies of /proc/stat, /proc/pressure or CPU frequencies',
      captureWith:
        'scripts/record-runs.sh -n 5 main=./bench   # or cp /proc/stat proc_stat.before, and .after',
      met: (_, context) => context.derive(hostReadings).length > 0,
    },
  ],
  metrics: [
    {
      id: 'host.cpu.share',
      unit: 'share',
      labels: ['state'],
      about:
        'Part of the time of all CPUs in this state (user, system, idle, iowait, steal …) between the first and the last copy of /proc/stat.',
    },
    {
      id: 'host.pressure.stalled',
      unit: 'ns',
      labels: ['resource', 'tasks'],
      about:
        'Time in which some or all (full) tasks waited for the resource, between the first and last copy.',
    },
    {
      id: 'host.pressure.avg10',
      unit: 'share',
      labels: ['resource', 'tasks'],
      about: 'The same as a share of the last ten seconds, as the kernel averaged it; the largest copy.',
    },
    {
      id: 'host.cpu.busy',
      unit: 'tasks',
      labels: [],
      about:
        'CPU seconds a second spent on anything but idling, all CPUs together, between the first and the last copy of /proc/stat.',
    },
    {
      id: 'io.cpu',
      unit: 'ns',
      labels: [],
      about:
        'CPU time of the whole machine, idling left out, for each completed request of block devices: between the copies of /proc/stat, which must surround the trace. USER_HZ is taken for 100, as on every common architecture.',
    },
    { id: 'host.cpu.frequency', unit: 'hz', labels: [], about: 'Mean CPU frequency read.' },
    {
      id: 'host.load',
      unit: 'load',
      labels: ['window'],
      about:
        'Mean of the copies of /proc/loadavg that carry no time: what the host was doing around the run. Readings with times are load.read.',
    },
  ],
  run(context) {
    const readings = context.derive(hostReadings);
    const metrics = [
      ...cpuShares(readings),
      ...cpuCost(context),
      ...pressure(readings),
      ...frequency(readings),
      ...load(readings),
    ];
    return {
      metrics,
      findings: [],
      sections: [
        {
          kind: 'table',
          id: 'host/environment/table',
          title: 'State of the host',
          columns: [
            { name: 'what', unit: 'text' },
            { name: 'value', unit: 'text' },
          ],
          rows: metrics.map(({ id, labels, value, unit }) => ({
            cells: [
              `${id.replace(/^host\./, '')} ${Object.values(labels).join(' ')}`.trim(),
              unit === 'share' ? formatShare(value) : formatValue(value, unit),
            ],
          })),
          of: metrics.length,
        },
      ],
    };
  },
});

function load(readings: readonly Readings[]): Metric[] {
  return readings
    .filter(({ name }) => name.startsWith('loadavg '))
    .map(({ name, values }) => ({
      id: 'host.load',
      labels: { window: name.slice('loadavg '.length) },
      value: values.reduce((sum, each) => sum + each, 0) / values.length,
      unit: 'load',
      better: 'lower',
      n: values.length,
    }));
}

function hostReadings(context: Context): Readings[] {
  const all = context.derive(allReadings);
  return ['host', 'pressure', 'cpu']
    .flatMap((entity) => [...(all.get(entity)?.values() ?? [])].flatMap((own) => [...own.values()]))
    .filter(({ name, times }) => !name.startsWith('loadavg ') || times.every(Number.isNaN))
    .map(({ name, entity, entityName, values }) => ({ name, of: entityName, entity, values }))
    .filter(({ name, entity }) =>
      entity === 'cpu'
        ? name === 'cpu frequency'
        : /^(?:cpu time (?!guest)|pressure |cpus$|loadavg (?:1|5|15)m$)/.test(name),
    );
}

/** What a counter that only grows gained over the run: its copies need no order for that. */
function gained({ values }: Readings): number {
  return Math.max(...values) - Math.min(...values);
}

function cpuShares(readings: readonly Readings[]): Metric[] {
  const states = readings.filter(({ name }) => name.startsWith('cpu time '));
  const whole = states.reduce((sum, each) => sum + gained(each), 0);
  if (!(whole > 0)) return [];
  return states.map((each) => ({
    id: 'host.cpu.share',
    labels: { state: each.name.slice('cpu time '.length) },
    value: gained(each) / whole,
    unit: 'share',
    better: 'neither',
    n: each.values.length,
  }));
}

/** Ticks of proc_stat(5) a second: USER_HZ. */
const USER_HZ = 100;

/** What the run cost in CPU time; a request's part of it where block events were recorded. */
function cpuCost(context: Context): Metric[] {
  const readings = context.derive(hostReadings);
  const states = readings.filter(({ name }) => name.startsWith('cpu time '));
  const cpus = readings.find(({ name }) => name === 'cpus')?.values.at(-1);
  const whole = states.reduce((sum, each) => sum + gained(each), 0);
  if (cpus === undefined || !(whole > 0)) return [];
  const idle = states
    .filter(({ name }) => /^cpu time (?:idle|iowait)$/.test(name))
    .reduce((sum, each) => sum + gained(each), 0);
  const busy = whole - idle;
  const done =
    context.trace.tables.blockEvents.length === 0 ? 0 : context.derive(requestModel).completed.length;
  return [
    {
      id: 'host.cpu.busy',
      labels: {},
      value: (busy / whole) * cpus,
      unit: 'tasks',
      better: 'lower',
      n: states[0]?.values.length ?? 0,
    },
    ...(done === 0
      ? []
      : [
          {
            id: 'io.cpu',
            labels: {},
            value: ((busy / USER_HZ) * 1e9) / done,
            unit: 'ns',
            better: 'lower',
            n: done,
          } as const,
        ]),
  ];
}

function pressure(readings: readonly Readings[]): Metric[] {
  return readings
    .filter(({ name }) => name.startsWith('pressure '))
    .flatMap((each): Metric[] => {
      const average = each.name.endsWith(' avg10');
      const labels = { resource: each.of, tasks: each.name.split(' ')[1] ?? '' };
      const common = { labels, better: 'lower', n: each.values.length } as const;
      if (average) {
        return [{ id: 'host.pressure.avg10', value: Math.max(...each.values), unit: 'share', ...common }];
      }
      if (each.values.length < 2) return [];
      return [{ id: 'host.pressure.stalled', value: gained(each), unit: 'ns', ...common }];
    });
}

function frequency(readings: readonly Readings[]): Metric[] {
  const values = readings.filter(({ name }) => name === 'cpu frequency').flatMap((each) => [...each.values]);
  if (values.length === 0) return [];
  const value = values.reduce((sum, each) => sum + each, 0) / values.length;
  return [{ id: 'host.cpu.frequency', labels: {}, value, unit: 'hz', better: 'higher', n: values.length }];
}
