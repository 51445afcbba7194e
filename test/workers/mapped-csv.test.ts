import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { csvSeries } from '../../analyzers/host/csv-series.ts';
import { readCsvMap } from '../../cli/csv-map-file.ts';
import type { CsvMap } from '../../model/csv-map.ts';
import { Problem } from '../../model/problem.ts';
import type { Report } from '../../model/report.ts';
import { hasTimeColumn, mappedCsv } from '../../workers/importers/mapped-csv.ts';
import { dump, importCut } from '../support/import.ts';
import { vtune } from '../support/vtune.ts';

const map: CsvMap = {
  delimiter: ';',
  time: { column: 'ts', unit: 'ms' },
  columns: {
    rss_kb: {
      name: 'rss',
      unit: 'bytes',
      scale: 1024,
      kind: 'gauge',
      entity: 'csv',
      of: { column: 'service' },
    },
    maj: { name: 'maj', unit: '', scale: 1, kind: 'cumulative', entity: 'csv', of: { name: '' } },
  },
};
const text = Buffer.from(
  'ts;service;rss_kb;maj\n1000;db;100;5\n2000;"d;b";300;25\n3000;db;200;2\n4000;db;n/a;12\nx;y;z\n',
);

describe('CSV by a map of columns', () => {
  it('reads what the map names, scaled, by the entity of its row', () => {
    const trace = importCut(mappedCsv, text, [], { csvMap: map });
    expect(trace.imports[0]).toMatchObject({ records: 4, skipped: 1, firstSkipped: text.indexOf('x;y;z') });
    const { metrics } = csvSeries.run(new Context(trace));
    expect(metrics.map(({ id, labels, value, n }) => [id, labels, value, n])).toEqual([
      ['csv.mean', { column: 'rss', of: 'db' }, 150 * 1024, 2],
      // 5 → 25, began anew at 2, → 12: 30 in the two seconds that are known.
      ['csv.rate', { column: 'maj' }, 15, 2],
      ['csv.mean', { column: 'rss', of: 'd;b' }, 300 * 1024, 1],
    ]);
  });

  it('reads the same from several slices', () => {
    const whole = dump(importCut(mappedCsv, text, [], { csvMap: map }));
    for (const cuts of [[30], [10, 30, 50, 70]])
      expect(dump(importCut(mappedCsv, text, cuts, { csvMap: map }))).toBe(whole);
  });

  it('is chosen by the time column alone', () => {
    expect(hasTimeColumn(text, map)).toBe(true);
    expect(hasTimeColumn(Buffer.from('time;x\n1;2\n'), map)).toBe(false);
    expect(mappedCsv.sniff(text, 'x.csv')).toBe('no');
  });

  it.each([
    ['{', /not whole JSON/],
    ['[]', /is not an object/],
    ['{"columns":{"a":{}}}', /no time.column/],
    ['{"time":{"column":"t","unit":"h"},"columns":{"a":{}}}', /time.unit: expected one of s, ms, us, ns/],
    ['{"time":{"column":"t"},"columns":{}}', /at least one/],
    ['{"time":{"column":"t"},"columns":{"a":{"scael":2}}}', /columns.a.scael: not known/],
    ['{"time":{"column":"t"},"columns":{"a":{"kind":"x"}}}', /expected gauge or cumulative/],
  ])('says what is wrong with the map %s', async (json, message) => {
    const file = join(mkdtempSync(join(tmpdir(), 'vtune-map-')), 'map.json');
    writeFileSync(file, json);
    await expect(readCsvMap(file)).rejects.toThrow(message);
    await expect(readCsvMap(file)).rejects.toBeInstanceOf(Problem);
  });

  it('works from the command line', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'vtune-map-'));
    const path = (name: string): string => join(directory, name);
    writeFileSync(path('s.csv'), text);
    writeFileSync(
      path('map.json'),
      JSON.stringify({
        delimiter: ';',
        time: { column: 'ts', unit: 'ms' },
        columns: { rss_kb: { scale: 1024 } },
      }),
    );
    const asked = [
      'analyze',
      path('s.csv'),
      '--csv-map',
      path('map.json'),
      '-o',
      path('r.html'),
      '--json',
      '-',
    ];
    const { code, stdout, stderr } = await vtune(asked);
    expect(code, stderr).toBe(0);
    const { metrics } = JSON.parse(stdout) as Report;
    expect(metrics).toMatchObject([
      { id: 'csv.mean', labels: { column: 'rss_kb' }, value: 200 * 1024, n: 3 },
    ]);
  });
});
