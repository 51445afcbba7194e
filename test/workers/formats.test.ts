import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../model/problem.ts';
import { cpuprofile } from '../../workers/importers/cpuprofile.ts';
import { folded } from '../../workers/importers/folded.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { checkImporter } from '../support/check-importer.ts';
import { dump, importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';

const real = (name: string): Buffer => gunzipSync(readFileSync(repo(`datasets/real/${name}`)));

describe('folded importer', () => {
  const stacks = Buffer.from(
    'node;main;f(int);[libc.so];g_[k] 12\nnode;main 3.5\n# comment\nd\xff;x 1\nbad line\nnode;h_[j];i_[i] 4',
    'latin1',
  );
  checkImporter(folded, stacks, 'folded-tiny.txt');

  it('reads what collapse scripts made of a real capture', () => {
    const trace = importCut(folded, real('gcc-compile.folded.gz'));
    const { weight } = trace.tables.samples.columns;
    expect(trace.imports[0]).toMatchObject({ records: 3806, skipped: 0 });
    expect(weight.reduce((a, b) => a + b, 0)).toBe(34_867_397_771);
  });

  it('skips counts that would be rounded', () => {
    expect(importCut(folded, Buffer.from('a;b 9007199254740993\na;b 5\n')).imports[0]).toMatchObject({
      records: 1,
      skipped: 1,
    });
  });
});

describe('cpuprofile importer', () => {
  const tiny = Buffer.from(
    JSON.stringify({
      nodes: [
        { id: 1, callFrame: { functionName: '(root)', url: '', lineNumber: -1 }, children: [2, 3] },
        { id: 2, callFrame: { functionName: '(idle)', url: '', lineNumber: -1 } },
        { id: 3, callFrame: { functionName: 'main', url: 'file:///a.js', lineNumber: 0 }, children: [4] },
        { id: 4, callFrame: { functionName: '', url: 'file:///a.js', lineNumber: 6 } },
      ],
      startTime: 1000,
      endTime: 1100,
      samples: [3, 2, 4, 9],
      timeDeltas: [10, 20, 30, 15],
    }),
  );
  checkImporter(cpuprofile, tiny, 'cpuprofile-tiny.txt');

  it('weighs every sample by the time until the next, idle time left out', () => {
    const { samples } = importCut(cpuprofile, tiny).tables;
    expect([...samples.columns.weight]).toEqual([20_000, 15_000]);
    expect([...samples.columns.time]).toEqual([1_010_000, 1_060_000]);
  });

  it('says where JSON breaks off', () => {
    const read = (): unknown => importCut(cpuprofile, tiny.subarray(0, 300));
    expect(read).toThrow(Problem);
    expect(read).toThrow(/is not whole JSON; profile again/);
  });
});

describe('a real capture cut at every byte', () => {
  const bytes = real('variant-task-mmap.perf.txt.gz').subarray(-14_000);

  it('gives the same trace', () => {
    const whole = dump(importCut(perfScript, bytes));
    expect(whole.length).toBeGreaterThan(4000);
    for (let cut = 1; cut < bytes.length; cut++) {
      if (dump(importCut(perfScript, bytes, [cut])) !== whole)
        expect.fail(`cut at byte ${cut} changes the result`);
    }
  });
});
