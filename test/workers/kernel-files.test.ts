import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../model/problem.ts';
import { TraceBuilder } from '../../model/trace-builder.ts';
import { importers } from '../../workers/importers/index.ts';
import { kernelFiles } from '../../workers/importers/kernel-files/index.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { importRun, sourceOf } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { valuesOf } from '../support/series.ts';

const read = (name: string, text: string) => importRun([kernelFilesImporter, Buffer.from(text), name]);

describe('copies of kernel files', () => {
  it('a bare number, word or list of numbers is nobody’s by its content alone', () => {
    for (const text of [
      '0\n',
      '-12\n',
      'max\n',
      'max 100000\n',
      '1 2 3\n',
      '0-3\n',
      '[always] madvise never\n',
    ])
      for (const { id, content } of kernelFiles)
        expect(content?.(text) ?? false, `${id} ${text}`).toBe(false);
  });

  it('each definition has a path or a content, and a name of its own', () => {
    for (const { id, path, content } of kernelFiles)
      expect(path !== undefined || content !== undefined, id).toBe(true);
    expect(new Set(kernelFiles.map(({ id }) => id)).size).toBe(kernelFiles.length);
  });

  it('are claimed by one importer only', () => {
    const files: readonly (readonly [string, string])[] = [
      ['proc@vmstat', 'nr_free_pages 1\nnr_dirtied 2\n'],
      ['proc@meminfo', 'MemTotal:       16 kB\nMemFree:        8 kB\n'],
      ['proc@uptime', '100.50 12.25\n'],
      ['sys@kernel@mm@ksm@pages_sharing', '81600\n'],
      ['sys@fs@cgroup@db@cpu.max', '50000 100000\n'],
      ['proc@sys@vm@dirty_ratio', '20\n'],
      ['proc@net@dev', 'Inter-|   Receive  |  Transmit\n face |bytes\n'],
    ];
    for (const [name, text] of files) {
      const claims = importers.filter(({ sniff }) => sniff(Buffer.from(text), name) === 'yes');
      expect(
        claims.map(({ id }) => id),
        name,
      ).toEqual(['kernel-files']);
    }
  });

  it('vmstat tells levels in pages from counts of events', () => {
    const trace = read('proc@vmstat', 'nr_free_pages 10\nnr_dirty 3\nnr_dirtied 40\npgfault 7\nbad line\n');
    expect(valuesOf(trace, 'vmstat nr_dirty', '', 'host')).toEqual([3]);
    const { kind } = trace.tables.series.columns;
    expect([...kind].slice(1)).toEqual([0, 0, 1, 1]);
    expect(trace.imports[0]).toMatchObject({ records: 4, skipped: 1 });
  });

  it('guest time is told, and is not part of the whole', () => {
    const trace = read('proc/stat', 'cpu  100 0 50 800 10 0 5 35 90 0\ncpu0 1 2 3 4\nbtime 7\n');
    expect(valuesOf(trace, 'cpu time guest', '', 'host')).toEqual([90]);
    expect(valuesOf(trace, 'cpu time steal', '', 'host')).toEqual([35]);
    expect(valuesOf(trace, 'cpu time steal', '0', 'cpu')).toEqual([0]);
  });

  it('survive every broken file', () => {
    for (const name of readdirSync(repo('datasets/broken'))) {
      const bytes = readFileSync(repo(`datasets/broken/${name}`));
      for (const place of ['test', 'proc/stat', 'proc/net/dev', 'sys/kernel/mm/ksm/full_scans']) {
        try {
          const out = new TraceBuilder();
          kernelFilesImporter.open(out, { ...sourceOf(bytes), name: place })(bytes, 0);
          out.finish();
        } catch (error) {
          expect(error, name).toBeInstanceOf(Problem);
        }
      }
    }
  });
});
