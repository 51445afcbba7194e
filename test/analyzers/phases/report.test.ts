import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../../analyzers/analyse.ts';
import type { Report } from '../../../model/report.ts';
import type { MatrixSection, RibbonSection, SmallFlamesSection } from '../../../model/section.ts';
import { perfScript } from '../../../workers/importers/perf-script.ts';
import { importCut } from '../../support/import.ts';
import { repo } from '../../support/paths.ts';
import { timedSamples } from '../../support/timed-samples.ts';

function reportOf(text: string | Uint8Array): Report {
  return analyse(importCut(perfScript, Buffer.from(text)), '0');
}

function metric(report: Report, id: string): number[] {
  return report.metrics.filter((each) => each.id === id).map(({ value }) => value);
}

const parse = { seconds: 6, functions: { parse: 60, read_line: 30, hash: 10 } };
const solve = { seconds: 5, functions: { solve: 80, multiply: 15, hash: 5 } };
const collect = { seconds: 3, functions: { gc_mark_children: 70, gc_sweep_step: 20, solve: 10 } };

describe('phases in a report', () => {
  const report = reportOf(timedSamples([parse, solve, parse, collect], 200));

  it('are counted, told apart, and a phase that comes again counts once', () => {
    expect(metric(report, 'phases.segments')).toEqual([4]);
    expect(metric(report, 'phases.clusters')).toEqual([3]);
    expect(metric(report, 'phases.boundary')).toHaveLength(3);
    [6, 11, 17].forEach((at, i) => {
      expect(Math.abs((metric(report, 'phases.boundary')[i] as number) - at)).toBeLessThan(0.1);
    });
    expect(
      report.metrics.filter(({ id }) => id === 'phases.boundary').map(({ labels }) => labels.index),
    ).toEqual(['1', '2', '3']);
    expect(metric(report, 'phases.odd_windows')).toEqual([0]);
  });

  it('have a ribbon that covers the run without gaps, and shares that sum to 1', () => {
    const ribbon = report.sections.find((section): section is RibbonSection => section.kind === 'ribbon');
    expect(ribbon?.stretches.map(({ phase }) => phase)).toEqual(['A', 'B', 'A', 'C']);
    ribbon?.stretches.slice(1).forEach(({ from }, i) => {
      expect(from).toBe(ribbon.stretches[i]?.to);
    });
    expect(ribbon?.phases.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 9);
    expect(ribbon?.phases.map(({ stretches }) => stretches)).toEqual([2, 1, 1]);
  });

  it('have a card each: what there is more of, with its interval, and a flame graph of its own', () => {
    const cards = report.sections.find(({ id }) => id === 'phases/phases/cards') as SmallFlamesSection;
    expect(cards.items.map(({ selection }) => selection)).toEqual([
      { phase: 'A' },
      { phase: 'B' },
      { phase: 'C' },
    ]);
    const [first] = cards.items[2]?.changes ?? [];
    expect(first).toMatchObject({ name: 'gc_mark_children', sign: 1, elsewhere: 0 });
    expect(first?.low).toBeGreaterThan(0.6);
    expect(first?.high).toBeLessThan(0.8);
    const { tree } = cards.items[1] ?? {};
    expect(tree?.functions.name).toContain('solve');
    expect(tree?.functions.name).not.toContain('parse');
    // 5 s of samples, but for the ones at the edges.
    expect((tree?.nodes.total[0] ?? 0) / 1e9).toBeCloseTo(5, 0);
  });

  it('say which phase costs, how much and what to do', () => {
    const costs = report.findings.filter(({ id }) => id.startsWith('phases/phases/cost/'));
    expect(costs.map(({ id }) => id)).toEqual(['phases/phases/cost/C/garbage collection']);
    // 90 % of 3 s of 20 s.
    expect(costs[0]?.share).toBeCloseTo(0.9 * 0.15, 1);
    expect(costs[0]?.claim).toContain('garbage collection');
    expect(costs[0]?.evidence[0]?.selection).toEqual({ phase: 'C' });
    expect(costs[0]?.actions.length).toBeGreaterThan(0);
  });

  it('have a matrix whose shares sum to at most 1 in every window', () => {
    const matrix = report.sections.find((section): section is MatrixSection => section.kind === 'matrix');
    const steps = matrix?.rows[0]?.shares.length ?? 0;
    for (let step = 0; step < steps; step++) {
      const sum = matrix?.rows.reduce((total, { shares }) => total + (shares[step] as number), 0) ?? 0;
      expect(sum).toBeGreaterThan(0.99);
      expect(sum).toBeLessThan(1.01);
    }
    expect(matrix?.marks).toHaveLength(3);
  });

  it('are the same for one trace, to the byte', () => {
    const again = reportOf(timedSamples([parse, solve, parse, collect], 200));
    expect(JSON.stringify(again)).toBe(JSON.stringify(report));
  });
});

describe('a run without phases', () => {
  it('is said to have one', () => {
    const report = reportOf(timedSamples([{ ...parse, seconds: 20 }], 200));
    expect(metric(report, 'phases.segments')).toEqual([1]);
    expect(metric(report, 'phases.clusters')).toEqual([1]);
    expect(metric(report, 'phases.boundary')).toEqual([]);
    expect(report.findings.find(({ id }) => id === 'phases/phases/none')?.severity).toBe('ok');
  });

  it('too short to tell is listed with what it would take', () => {
    const report = reportOf(timedSamples([{ ...parse, seconds: 2 }], 100));
    const [first] = report.notRun.filter(({ analyzer }) => analyzer === 'phases/phases');
    expect(first?.missing).toMatch(/20 windows.*200 samples make 4/);
    expect(first?.captureWith).toContain('perf record');
    expect(metric(report, 'phases.segments')).toEqual([]);
  });
});

describe('a moment that is odd', () => {
  it('is found, with what was different', () => {
    const report = reportOf(
      timedSamples(
        [
          { ...parse, seconds: 7 },
          { seconds: 0.2, functions: { compact_zone: 80, parse: 20 } },
          { ...parse, seconds: 8 },
        ],
        500,
      ),
    );
    const found = report.findings.find(({ id }) => id === 'phases/odd-windows/found');
    expect(found?.claim).toContain('compact_zone');
    const [from, to] = found?.evidence[0]?.selection.range ?? [0, 0];
    expect(from).toBeLessThan(7.2);
    expect(to).toBeGreaterThan(7);
  });
});

describe('a recorded build: compile, link, compress', () => {
  const stamps = readFileSync(repo('datasets/real/src/phases/stamps'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => Number(line.split(' ')[1]));
  const bytes = gunzipSync(readFileSync(repo('datasets/real/compile-link-compress.perf.txt.gz')));
  const report = reportOf(bytes);

  it('has the three phases of the script, each boundary within a window of when the script said', () => {
    const start = Number(/^cc1plus.* (\d+\.\d+):/m.exec(bytes.toString('latin1'))?.[1]);
    const window = metric(report, 'phases.window')[0] as number;
    const known = stamps.slice(1, 3).map((at) => at - start);
    expect(metric(report, 'phases.segments')).toEqual([3]);
    expect(metric(report, 'phases.clusters')).toEqual([3]);
    known.forEach((at, i) => {
      expect(Math.abs((metric(report, 'phases.boundary')[i] as number) - at)).toBeLessThan(window);
    });
  });

  it('names what each of them does', () => {
    const ribbon = report.sections.find((section): section is RibbonSection => section.kind === 'ribbon');
    expect(ribbon?.phases.map(({ title }) => title)).toEqual([
      'more [cc1plus]',
      'more [lto1]',
      'more [liblzma.so.5.4.1]',
    ]);
  });
});
