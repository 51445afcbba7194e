import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TOP_DOWN, topDownBeside } from '../../model/top-down-series.ts';
import type { Trace } from '../../model/trace.ts';
import { toplev } from '../../workers/importers/toplev.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { timesOf, valuesOf } from '../support/series.ts';

const real = (name: string): Uint8Array => readFileSync(repo(`datasets/synth/toplev/${name}`));
const importText = (text: string): Trace => importRun([toplev, new TextEncoder().encode(text)]);

for (const file of ['memory-bound.csv', 'interval.csv'])
  describe(`toplev: ${file}`, () => checkImporter(toplev, real(file), `toplev-${file}`));

describe('toplev', () => {
  it('rows by CPU with what stands beside the value', () => {
    const trace = importRun([toplev, real('memory-bound.csv')]);
    const node = 'Backend_Bound.Memory_Bound';
    expect(valuesOf(trace, node, 'C0', TOP_DOWN)[0]).toBeCloseTo(0.452, 12);
    expect(valuesOf(trace, node, 'C0', topDownBeside.bottleneck)).toEqual([1]);
    expect(valuesOf(trace, node, 'C0', topDownBeside.multiplex)[0]).toBeCloseTo(0.333, 12);
    expect(valuesOf(trace, node, 'C2', topDownBeside.idle)).toEqual([1]);
    expect(valuesOf(trace, 'Frontend_Bound', 'C0', topDownBeside.below)).toEqual([1]);
    // A metric that is no share keeps its number.
    expect(valuesOf(trace, 'IPC', 'C0', TOP_DOWN)).toEqual([1.4]);
  });

  it('intervals have times, and the sum over them is not one more', () => {
    const trace = importRun([toplev, real('interval.csv')]);
    expect(valuesOf(trace, 'Retiring', '', TOP_DOWN)).toHaveLength(12);
    expect(timesOf(trace, 'Retiring', TOP_DOWN)[0]).toBe(0.1e9);
    expect(trace.imports[0]).toMatchObject({ ignored: 14, skipped: 0 });
  });

  it('older versions: no header, per cent in the value, above and below', () => {
    const trace = importText(
      [
        '0.200584389,0,FrontendBound,15.87%,above,"",',
        '0.200584389,0,FrontendBound.Branch Resteers,3.5%,below,"",',
        '0.301553743,C1,Retiring,31.81,%,,,,',
        'not a row at all',
      ].join('\n'),
    );
    expect(valuesOf(trace, 'FrontendBound', '0', TOP_DOWN)[0]).toBeCloseTo(0.1587, 12);
    expect(valuesOf(trace, 'FrontendBound.Branch Resteers', '0', topDownBeside.below)).toEqual([1]);
    expect(valuesOf(trace, 'Retiring', 'C1', TOP_DOWN)[0]).toBeCloseTo(0.3181, 12);
    expect(trace.imports[0]?.skipped).toBe(1);
  });

  it('perf stat in CSV is not its to read', () => {
    const perf = readFileSync(repo('datasets/real/perf-stat/perf-stat-percpu.csv'));
    expect(toplev.sniff(perf, 'x')).toBe('no');
  });
});
