import type { Metric } from '../../model/metric.ts';
import { decodeString } from '../../model/strings.ts';
import { formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { measureOf, measuresSomething } from './measure-names.ts';

interface Result {
  readonly name: string;
  readonly event: boolean;
  /** As printed beside it. */
  readonly unit: string;
  readonly values: number[];
}

/** What the program, or `perf stat`, measured of the run as a whole. */
export const runResults = defineAnalyzer({
  id: 'run/results',
  question: 'What did the program and perf stat measure of the run?',
  needs: [
    {
      missing: "results of the run (the program's own name=value lines, or perf stat)",
      captureWith:
        'perf stat -x, -o perf-stat.csv -- ./bench > result.txt   # printing requests=20000 wall_s=1.546',
      met: (_, context) => context.derive(readResults).length > 0,
    },
  ],
  metrics: [
    {
      id: 'run.result',
      unit: "event's unit",
      labels: ['name'],
      about:
        'A result the program printed (name=value): the mean where it printed several. The unit and what is better follow from the name: _s, _ms, _ns, _bytes, latency; per_s, ops, throughput.',
    },
    {
      id: 'run.perf_stat',
      unit: "event's unit",
      labels: ['event'],
      about: 'A counter of perf stat: the sum over CPUs and intervals.',
    },
  ],
  run(context) {
    const rows = context.derive(readResults).map(toMetric);
    return {
      metrics: rows,
      findings: [],
      sections: [
        {
          kind: 'table',
          id: 'run/results/table',
          title: 'Results of the run',
          columns: [
            { name: 'result', unit: 'text' },
            { name: 'value', unit: 'text' },
          ],
          rows: rows.map(({ labels, value, unit }) => ({
            cells: [labels.name ?? labels.event ?? '', formatValue(value, unit)],
          })),
          of: rows.length,
        },
      ],
    };
  },
});

function readResults({ trace }: Context): Result[] {
  const { series, counters } = trace.tables;
  const text = (id: number | undefined): string => decodeString(trace.strings, id ?? 0);
  const found = new Map<number, Result>();
  for (let row = 0; row < counters.length; row++) {
    const id = counters.columns.series[row] as number;
    let result = found.get(id);
    if (result === undefined) {
      const entity = text(series.columns.entity[id]);
      if (entity !== 'result' && entity !== 'perf stat') continue;
      result = {
        name: text(series.columns.name[id]),
        event: entity === 'perf stat',
        unit: text(series.columns.unit[id]),
        values: [],
      };
      found.set(id, result);
    }
    result.values.push(counters.columns.value[row] as number);
  }
  // Counters per CPU are series of their own, of one event.
  const merged = new Map<string, Result>();
  for (const result of found.values()) {
    const key = `${result.event} ${result.name}`;
    const before = merged.get(key);
    if (before === undefined) merged.set(key, result);
    else before.values.push(...result.values);
  }
  return [...merged.values()].filter(({ name, event }) => event || measuresSomething(name));
}

function toMetric({ name, event, unit, values }: Result): Metric {
  const measure = measureOf(name, unit);
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    id: event ? 'run.perf_stat' : 'run.result',
    labels: event ? { event: name } : { name },
    value: (event ? sum : sum / values.length) * measure.scale,
    unit: measure.unit,
    better: measure.better,
    n: values.length,
  };
}
