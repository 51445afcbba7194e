import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeString } from '../../model/strings.ts';
import type { Trace } from '../../model/trace.ts';
import { perfStat } from '../../workers/importers/perf-stat.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';

const real = (name: string): Uint8Array => readFileSync(repo(`datasets/real/perf-stat/${name}`));
const importText = (text: string): Trace => importRun([perfStat, new TextEncoder().encode(text)]);

/** `event of sort: values`. */
function read(trace: Trace, event: string, sort = 'perf stat', of?: string): number[] {
  const { series, counters } = trace.tables;
  const text = (id: number | undefined): string => decodeString(trace.strings, id ?? 0);
  return [...Array(counters.length).keys()].flatMap((row) => {
    const id = counters.columns.series[row] as number;
    const is =
      text(series.columns.name[id]) === event &&
      text(series.columns.entity[id]) === sort &&
      (of === undefined || text(series.columns.entityName[id]) === of);
    return is ? [counters.columns.value[row] as number] : [];
  });
}

for (const [file, golden] of [
  ['perf-stat-I100.csv', 'perf-stat-interval-csv.jsonl'],
  ['perf-stat-I100.json', 'perf-stat-interval-json.jsonl'],
  ['perf-stat-percpu.csv', 'perf-stat-percpu.jsonl'],
  ['perf-stat-r3-human.txt', 'perf-stat-r3-text.jsonl'],
  ['perf-stat-r3.csv', 'perf-stat-r3-csv.jsonl'],
] as const)
  describe(`perf stat: ${file}`, () => checkImporter(perfStat, real(file), golden));

describe('perf stat: what stands beside the value', () => {
  it('variance of repetitions shifts the columns behind it', () => {
    const trace = importRun([perfStat, real('perf-stat-r3.csv')]);
    expect(read(trace, 'context-switches')).toEqual([364]);
    expect(read(trace, 'context-switches', 'perf stat variance')).toEqual([0.1461]);
    expect(read(trace, 'context-switches', 'perf stat running')).toEqual([1]);
    expect(read(trace, 'cache-misses')).toEqual([]);
    expect(read(trace, 'cache-misses', 'perf stat running')).toEqual([0]);
  });

  it('text says the same as CSV of the same form', () => {
    const trace = importRun([perfStat, real('perf-stat-r3-human.txt')]);
    expect(read(trace, 'task-clock')).toEqual([398.7]);
    expect(read(trace, 'context-switches')).toEqual([624]);
    expect(read(trace, 'context-switches', 'perf stat variance')[0]).toBeCloseTo(0.2287, 12);
    expect(read(trace, 'time elapsed')).toHaveLength(1);
    expect(trace.imports[0]?.skipped).toBe(0);
  });

  it('multiplexed counters tell the share of the time they were counted, in every form', () => {
    const csv = importText('1000,,cycles,500,49.98,,\n2000,,instructions,500,100.00,2.00,insn per cycle\n');
    expect(read(csv, 'cycles', 'perf stat running')[0]).toBeCloseTo(0.4998, 12);
    const json = importText(
      '{"counter-value" : "1000", "unit" : "", "event" : "cycles", "event-runtime" : 500, "pcnt-running" : 49.98}\n',
    );
    expect(read(json, 'cycles', 'perf stat running')[0]).toBeCloseTo(0.4998, 12);
    const text = importText(
      ` Performance counter stats for './work':\n\n     1,234,567      cycles      #    1.2 GHz     (49.98%)\n`,
    );
    expect(read(text, 'cycles')).toEqual([1234567]);
    expect(read(text, 'cycles', 'perf stat running')[0]).toBeCloseTo(0.4998, 12);
  });

  it('decimal commas and dots between thousands', () => {
    const text = importText(
      ` Performance counter stats for './work':\n\n          1.557,54 msec task-clock   #    1,110 CPUs utilized   ( +-  2,09% )\n             1.094      page-faults\n       0,500677 +- 0,0161 seconds time elapsed  ( +-  2,48% )\n`,
    );
    expect(read(text, 'task-clock')).toEqual([1557.54]);
    expect(read(text, 'task-clock', 'perf stat variance')[0]).toBeCloseTo(0.0209, 12);
    expect(read(text, 'page-faults')).toEqual([1094]);
    expect(read(text, 'time elapsed')).toEqual([0.500677]);
    const csv = importText('557,54;msec;task-clock;557544537;100,00;1,110;CPUs utilized\n');
    expect(read(csv, 'task-clock')).toEqual([557.54]);
    expect(read(csv, 'task-clock', 'perf stat running')).toEqual([1]);
  });

  it('text of intervals and of CPUs', () => {
    const text = importText(
      '#           time CPU    counts unit events\n     0.100151407 CPU0   132.08 msec task-clock   #  1.3 CPUs utilized\n     0.100151407 CPU1       64      context-switches\n',
    );
    expect(read(text, 'task-clock', 'perf stat', 'CPU0')).toEqual([132.08]);
    expect(read(text, 'context-switches', 'perf stat', 'CPU1')).toEqual([64]);
  });

  it('a comma between fields is no decimal comma', () => {
    const csv = importText('CPU0,10,,cpu-migrations,448310297,100.00,22.306,/sec\n');
    expect(read(csv, 'cpu-migrations', 'perf stat', 'CPU0')).toEqual([10]);
  });
});
