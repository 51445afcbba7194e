import type { Metric } from '../../model/metric.ts';
import { type Unit, units } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { rateOf } from '../derived/counters/increase.ts';
import { allReadings, type Readings } from '../derived/counters/readings.ts';
import { ratioInterval } from '../stats/ratio-interval.ts';

const SECTION = 'host/csv/table';
/** Sort of entity of columns nobody said more of. */
const CSV = 'csv';
const MOST_ROWS = 200;

/** Columns of CSV files that no other analyzer knows: what they were on average, or how fast they grew. */
export const csvSeries = defineAnalyzer({
  id: 'host/csv',
  question: 'What do the columns of CSV files say?',
  needs: [
    {
      missing: 'CSV files with a time column',
      captureWith: 'time,rss_kb,requests   # the first line; --csv-map says what columns mean',
      met: (_, context) => context.derive(csvReadings).length > 0,
    },
  ],
  metrics: [
    {
      id: 'csv.mean',
      unit: "event's unit",
      labels: ['column', 'of'],
      about: 'A column of a CSV file: the mean of its readings, with the interval of a correlated series.',
    },
    {
      id: 'csv.rate',
      unit: '1/s',
      labels: ['column', 'of'],
      about: 'A column that counts (kind cumulative): increase per second.',
    },
  ],
  run(context) {
    const metrics = context.derive(csvReadings).flatMap(metricOf);
    return {
      metrics,
      findings: [],
      sections: [
        {
          kind: 'table',
          id: SECTION,
          title: 'Columns of CSV files',
          columns: [
            { name: 'column', unit: 'text' },
            { name: 'of', unit: 'text' },
            { name: 'mean, or increase a second', unit: 'count' },
            { name: '95 % from', unit: 'count' },
            { name: 'to', unit: 'count' },
            { name: 'n', unit: 'count' },
          ],
          rows: metrics.slice(0, MOST_ROWS).map(({ id, labels, value, low, high, n }) => ({
            cells: [
              `${labels.column}${id === 'csv.rate' ? ' a second' : ''}`,
              labels.of ?? '',
              value,
              low ?? Number.NaN,
              high ?? Number.NaN,
              n,
            ],
          })),
          of: metrics.length,
        },
      ],
    };
  },
});

function csvReadings(context: Context): readonly Readings[] {
  return [...(context.derive(allReadings).get(CSV)?.values() ?? [])].flatMap((own) => [...own.values()]);
}

function metricOf(readings: Readings): Metric[] {
  const { name, unit, kind, entityName, values } = readings;
  const labels = { column: name, ...(entityName === '' ? {} : { of: entityName }) };
  if (kind === 'cumulative') {
    const rate = rateOf(readings);
    if (rate === undefined) return [];
    const { value, low, high, n } = rate;
    return [{ id: 'csv.rate', labels, value, unit: '1/s', better: 'neither', n, low, high }];
  }
  const mean = ratioInterval(
    [...values],
    [...values].map(() => 1),
  );
  return [
    {
      id: 'csv.mean',
      labels,
      value: mean.value,
      unit: units.find((each): each is Unit => each === unit) ?? 'count',
      better: 'neither',
      n: mean.n,
      ...(Number.isNaN(mean.low) ? {} : { low: mean.low, high: mean.high }),
    },
  ];
}
