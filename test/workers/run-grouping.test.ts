import { describe, expect, it } from 'vitest';
import { groupRuns } from '../../workers/run-grouping.ts';

/** `name:kind`, `name` alone for a file nobody reads. */
const runs = (...files: readonly string[]): Record<string, readonly string[]> =>
  Object.fromEntries(
    groupRuns(
      files.map((file) => {
        const [name = '', kind] = file.split(':');
        return { name, kind };
      }),
    ).map((run) => [run.name, run.files]),
  );

describe('files that make a run', () => {
  it('are those of one numbered directory, in the order of the numbers', () => {
    const found = runs(
      'rep-10/perf.txt:perf-script',
      'rep-10/result.txt:results',
      'rep-2/perf.txt:perf-script',
      'rep-2/result.txt:results',
      'reps.csv:csv',
    );
    expect(Object.entries(found)).toEqual([
      ['rep-2', ['rep-2/perf.txt', 'rep-2/result.txt']],
      ['rep-10', ['rep-10/perf.txt', 'rep-10/result.txt']],
    ]);
  });

  it('are not those of a directory beside numbered ones', () => {
    expect(
      Object.keys(runs('rep-1/a:results', 'rep-2/a:results', 'formats/a:perf-stat', 'formats/b:perf-stat')),
    ).toEqual(['rep-1', 'rep-2']);
  });

  it('are one file each when all are recordings of one format', () => {
    expect(Object.keys(runs('a.txt:perf-script', 'b.txt:perf-script', 'notes'))).toEqual(['a.txt', 'b.txt']);
    expect(Object.keys(runs('a.vtune:saved', 'b.json:saved', 'c.txt:perf-script'))).toEqual([
      'a.vtune',
      'b.json',
    ]);
  });

  it('are paired by numbered names', () => {
    expect(
      runs('01.perf.txt:perf-script', '01.out.txt:results', '02.perf.txt:perf-script', '02.out.txt:results'),
    ).toEqual({
      '01': ['01.perf.txt', '01.out.txt'],
      '02': ['02.perf.txt', '02.out.txt'],
    });
  });

  it('are all of a directory that holds snapshots, a system tree, or one of each', () => {
    expect(
      Object.keys(runs('snap-001_1_1/a:kernel-files', 'snap-002_2_2/a:kernel-files', 'perf.txt:perf-script')),
    ).toEqual(['']);
    expect(Object.keys(runs('proc/stat:kernel-files', 'sys/x:kernel-files'))).toEqual(['']);
    expect(Object.keys(runs('perf.txt:perf-script', 'result.txt:results'))).toEqual(['']);
  });

  it('are looked for below a directory that stands alone, and there are none where nothing is read', () => {
    expect(Object.keys(runs('v1/run-1/a:results', 'v1/run-2/a:results'))).toEqual(['v1/run-1', 'v1/run-2']);
    expect(runs('notes', 'more/notes')).toEqual({});
  });

  it('share the settings that lie beside them', () => {
    expect(runs('a.txt:perf-script', 'b.txt:perf-script', 'settings.txt:settings')).toEqual({
      'a.txt': ['a.txt', 'settings.txt'],
      'b.txt': ['b.txt', 'settings.txt'],
    });
    expect(runs('rep-1/a:ftrace', 'rep-2/a:ftrace', 's:settings', 'notes.csv:csv')).toEqual({
      'rep-1': ['rep-1/a', 's'],
      'rep-2': ['rep-2/a', 's'],
    });
    expect(runs('ftrace.txt:ftrace', 'fio.json:fio-json', 's:settings')).toEqual({
      '': ['ftrace.txt', 'fio.json', 's'],
    });
    expect(runs('s:settings')).toEqual({ '': ['s'] });
  });
});
