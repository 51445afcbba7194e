import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { decodeString } from '../../model/strings.ts';
import type { Unit } from '../../model/units.ts';
import type { Need } from '../analyzer.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { orderInterval } from '../stats/order-statistics.ts';
import { quantile } from '../stats/quantiles.ts';

const needsFio: Need = {
  missing: 'report or log of fio',
  captureWith: 'fio --output-format=json+ --output=fio.json job.fio',
  met: (_, context) => context.derive(fioFigures).length > 0 || context.derive(fioLogs).length > 0,
};

const figures: Readonly<
  Record<string, { readonly id: string; readonly unit: Unit; readonly better: Metric['better'] }>
> = {
  ios: { id: 'fio.ios', unit: 'count', better: 'neither' },
  iops: { id: 'fio.iops', unit: '1/s', better: 'higher' },
  bytes: { id: 'fio.bytes', unit: 'bytes', better: 'neither' },
  'latency mean': { id: 'fio.latency.mean', unit: 'ns', better: 'lower' },
  'latency p50': { id: 'fio.latency.p50', unit: 'ns', better: 'lower' },
  'latency p99': { id: 'fio.latency.p99', unit: 'ns', better: 'lower' },
  'latency max': { id: 'fio.latency.max', unit: 'ns', better: 'lower' },
};

interface FioFigure {
  readonly job: string;
  readonly op: string;
  readonly what: string;
  readonly value: number;
}

interface FioLog {
  readonly log: string;
  readonly op: string;
  /** ns, ascending. */
  readonly values: Float64Array;
}

/** What the load generator says itself: the truth beside a trace of the same run. */
export const fioResults = defineAnalyzer({
  id: 'io/fio',
  question: 'What did fio itself measure?',
  needs: [needsFio],
  metrics: [
    ...Object.values(figures).map(({ id, unit }) => ({
      id,
      unit,
      labels: ['job', 'op'],
      about: fioAbout(id),
    })),
    ...(['p50', 'p99', 'max'] as const).map((id) => ({
      id: `fio.log.latency.${id}`,
      unit: 'ns' as const,
      labels: ['log', 'op'],
      about: `${id} of the completion latencies in a log of fio, every IO counted.`,
    })),
  ],
  run(context) {
    const found = context.derive(fioFigures);
    const logs = context.derive(fioLogs);
    const ios = (each: FioFigure): number =>
      found.find(({ job, op, what }) => job === each.job && op === each.op && what === 'ios')?.value ?? 1;
    return {
      metrics: [
        ...found.map((each): Metric => {
          const { id, unit, better } = figures[each.what] as (typeof figures)[string];
          return {
            id,
            labels: { job: each.job, op: each.op },
            value: each.value,
            unit,
            better,
            n: ios(each),
          };
        }),
        ...logs.flatMap(logMetrics),
      ],
      findings: [],
      sections: [...(found.length > 0 ? [table(found)] : []), ...(logs.length > 0 ? [logTable(logs)] : [])],
    };
  },
});

function fioAbout(id: string): string {
  if (id.startsWith('fio.latency'))
    return 'Completion latency (clat) as fio reports it; it includes what happens above the block layer.';
  return id === 'fio.iops' ? 'IOs a second as fio reports them.' : 'As fio reports it.';
}

/** Series of one entity with their values, in the order of the rows. */
function seriesOf(context: Context, wanted: string): { name: string; of: string; values: number[] }[] {
  const { strings, tables } = context.trace;
  const { name, entity, entityName } = tables.series.columns;
  const found = new Map<number, { name: string; of: string; values: number[] }>();
  for (let id = 1; id < tables.series.length; id++) {
    if (decodeString(strings, entity[id] as number) !== wanted) continue;
    found.set(id, {
      name: decodeString(strings, name[id] as number),
      of: decodeString(strings, entityName[id] as number),
      values: [],
    });
  }
  if (found.size === 0) return [];
  const { series, value } = tables.counters.columns;
  for (let row = 0; row < tables.counters.length; row++)
    found.get(series[row] as number)?.values.push(value[row] as number);
  return [...found.values()];
}

function fioFigures(context: Context): FioFigure[] {
  return seriesOf(context, 'fio job').flatMap(({ name, of, values }) => {
    const [, op = '', what = ''] = /^fio (\w+) (.+)$/.exec(name) ?? [];
    const value = values.at(-1);
    return value === undefined || figures[what] === undefined ? [] : [{ job: of, op, what, value }];
  });
}

function fioLogs(context: Context): FioLog[] {
  return seriesOf(context, 'fio log').flatMap(({ name, of, values }) => {
    const [, op = '', what = ''] = /^fio (\w+) (.+)$/.exec(name) ?? [];
    return what === 'clat' ? [{ log: of, op, values: Float64Array.from(values).sort() }] : [];
  });
}

function logMetrics({ log, op, values }: FioLog): Metric[] {
  const metric = (id: string, value: number): Metric => ({
    id: `fio.log.latency.${id}`,
    labels: { log, op },
    value,
    unit: 'ns',
    better: 'lower',
    n: values.length,
  });
  return [
    { ...metric('p50', quantile(values, 0.5)), ...known(orderInterval(values, 0.5)) },
    { ...metric('p99', quantile(values, 0.99)), ...known(orderInterval(values, 0.99)) },
    metric('max', values.at(-1) ?? Number.NaN),
  ];
}

function table(found: readonly FioFigure[]): Section {
  const rows = new Map<string, { job: string; op: string; cells: Map<string, number> }>();
  for (const { job, op, what, value } of found) {
    const key = `${job}\n${op}`;
    const row = rows.get(key) ?? { job, op, cells: new Map<string, number>() };
    row.cells.set(what, value);
    rows.set(key, row);
  }
  const columns = Object.entries(figures);
  return {
    kind: 'table',
    id: 'io/fio/jobs',
    title: 'What fio measured, job by job',
    note: 'Completion latency, from the submission of an IO to its completion as the program sees it.',
    columns: [
      { name: 'job', unit: 'text' },
      { name: 'operation', unit: 'text' },
      ...columns.map(([name, { unit }]) => ({ name, unit })),
    ],
    rows: [...rows.values()].map(({ job, op, cells }) => ({
      cells: [job, op, ...columns.map(([name]) => cells.get(name) ?? '')],
    })),
    of: rows.size,
  };
}

function logTable(logs: readonly FioLog[]): Section {
  return {
    kind: 'table',
    id: 'io/fio/logs',
    title: 'Completion latencies in fio’s logs',
    columns: [
      { name: 'log', unit: 'text' },
      { name: 'operation', unit: 'text' },
      { name: 'IOs', unit: 'count' },
      { name: 'p50', unit: 'ns' },
      { name: 'p99', unit: 'ns' },
      { name: 'longest', unit: 'ns' },
    ],
    rows: logs.map(({ log, op, values }) => ({
      cells: [
        log,
        op,
        values.length,
        quantile(values, 0.5),
        quantile(values, 0.99),
        values.at(-1) ?? Number.NaN,
      ],
    })),
    of: logs.length,
  };
}

/** An interval with both ends; none when one is not known. */
function known({
  low,
  high,
}: {
  low: number;
  high: number;
}): { low: number; high: number } | Record<string, never> {
  return Number.isNaN(low + high) ? {} : { low, high };
}
