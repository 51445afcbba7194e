import { describe, expect, it } from 'vitest';
import { analyse } from '../../../analyzers/analyse.ts';
import { Context } from '../../../analyzers/context.ts';
import { phaseChannels, phaseModel } from '../../../analyzers/phases/model.ts';
import { niceStep, windowGrid } from '../../../analyzers/phases/window-grid.ts';
import { rowTotals } from '../../../analyzers/stats/count-matrix.ts';
import { Random } from '../../../analyzers/stats/random.ts';
import type { Report } from '../../../model/report.ts';
import type { SmallFlamesSection } from '../../../model/section.ts';
import type { Trace } from '../../../model/trace.ts';
import { ftrace } from '../../../workers/importers/ftrace.ts';
import { perfScript } from '../../../workers/importers/perf-script.ts';
import { vmstat } from '../../../workers/importers/vmstat.ts';
import { importCut } from '../../support/import.ts';
import { schedArt } from '../../support/sched-art.ts';
import { timedSamples } from '../../support/timed-samples.ts';

function boundaries(report: Report): number[] {
  return report.metrics.filter(({ id }) => id === 'phases.boundary').map(({ value }) => value);
}

function changesOf(report: Report): string[] {
  const cards = report.sections.find(({ id }) => id === 'phases/phases/cards') as
    | SmallFlamesSection
    | undefined;
  return cards?.items.flatMap(({ changes }) => changes.map(({ name }) => name)) ?? [];
}

describe('windows', () => {
  it('are a round number long, hold 50 samples and more, and cover the run', () => {
    const trace = importCut(
      perfScript,
      Buffer.from(timedSamples([{ seconds: 12, functions: { a: 1, b: 2 } }], 400)),
    );
    const grid = windowGrid(new Context(trace));
    // 4800 samples: 60 windows of 80.
    expect(grid?.of).toBe('samples');
    expect(grid?.step).toBe(0.2e9);
    expect(grid?.windows).toBe(60);
    expect(grid?.lastPart).toBeGreaterThan(0.98);
    const [functions] = phaseChannels(new Context(trace));
    expect(rowTotals(functions?.counts as never).reduce((a, b) => a + b, 0)).toBe(4800);
  });

  it.each([
    [0.9, 1],
    [1, 1],
    [1.2e9, 1.5e9],
    [3.1e6, 4e6],
    [9e3, 1e4],
  ])('of at least %d ns are %d ns long', (least, step) => {
    expect(niceStep(least)).toBeCloseTo(step, 6);
  });
});

describe('activity', () => {
  it('finds a program that goes to sleep: there are no samples to tell', () => {
    const work = { parse: 60, hash: 40 };
    const lines = timedSamples([{ seconds: 20, functions: work }], 250);
    // Of the middle third two samples in three are taken out: one thread in three sleeps.
    const kept = lines.split('\n\n').filter((sample, i) => {
      const at = Number(/ (\d+\.\d+):/.exec(sample)?.[1]) - 50;
      return !(at >= 6 && at < 13) || i % 3 === 0;
    });
    const report = analyse(importCut(perfScript, Buffer.from(`${kept.join('\n\n')}\n\n`)), '0');
    expect(boundaries(report).map((at) => Math.round(at))).toEqual([6, 13]);
    expect(changesOf(report)).toContain('not sampled');
    expect(report.metrics.find(({ id }) => id === 'phases.clusters')?.value).toBe(2);
  });
});

describe('callers', () => {
  /** Half of the samples in memcpy all the time; from the middle on another function calls it. */
  function copies(seed: number, after: string): string {
    const random = new Random(seed);
    return Array.from({ length: 5000 }, (_, i) => {
      const caller = i < 2500 ? 'parse' : after;
      const stack = random.next() < 0.5 ? ['memcpy', caller] : ['work'];
      const frames = [...stack, 'main'].map((name) => `\t    1000 ${name}+0x1 (/usr/bin/app)`);
      return [`app 7/7 [000] ${(10 + i / 250).toFixed(6)}: 4000000 cpu-clock: `, ...frames, ''].join('\n');
    }).join('\n');
  }

  it('find a change that innermost functions do not show', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const report = analyse(importCut(perfScript, Buffer.from(`${copies(seed, 'render')}\n`)), '0');
      expect(boundaries(report)).toHaveLength(1);
      expect(Math.abs((boundaries(report)[0] as number) - 10)).toBeLessThan(0.1);
      expect(changesOf(report)).toContain('memcpy ← render');
    }
  });

  it('find none where nothing changes', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const report = analyse(importCut(perfScript, Buffer.from(`${copies(seed, 'parse')}\n`)), '0');
      expect(boundaries(report)).toEqual([]);
    }
  });

  it('divide functions without losing a sample', () => {
    const channels = phaseChannels(
      new Context(importCut(perfScript, Buffer.from(`${copies(1, 'render')}\n`))),
    );
    const [functions, callers] = channels.slice(0, 2).map(({ counts }) => [...rowTotals(counts)]);
    expect(channels[1]?.names).toEqual(['memcpy ← parse', 'memcpy ← render', 'work', '(idle)']);
    expect(callers).toEqual(functions);
  });
});

describe('states of threads', () => {
  it('find when threads begin to wait for a device', () => {
    const random = new Random(3);
    const pattern = (from: number, to: number, waits: string): string =>
      Array.from({ length: to - from }, () => (random.next() < 0.5 ? 'RR' : waits)).join('');
    // 2000 steps of a millisecond; from the middle on the thread waits in D where it slept before.
    const calm = pattern(0, 500, 'SS');
    const stuck = pattern(500, 1000, 'DD');
    const trace = importCut(ftrace, schedArt(`A@0: ${calm}${stuck}R\nB@1: ${'RS'.repeat(1000)}R`));
    const model = phaseModel(new Context(trace));
    expect(model?.grid.of).toBe('context switches');
    expect(model?.channels.map(({ name }) => name)).toEqual(['states']);
    const report = analyse(trace, '0');
    expect(boundaries(report)).toHaveLength(1);
    expect(Math.abs((boundaries(report)[0] as number) - 1)).toBeLessThan(0.06);
    expect(changesOf(report).join()).toContain('waiting for');
    expect(report.notRun.find(({ analyzer }) => analyzer === 'phases/odd-windows')?.missing).toContain(
      'requests',
    );
  });
});

describe('counters', () => {
  const table = (rows: readonly string[]): Trace =>
    importCut(
      vmstat,
      Buffer.from(
        `procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu----- -----timestamp-----\n r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st                 UTC\n${rows.join('\n')}\n`,
      ),
    );
  const row = (second: number, user: number, switches: number, out: number): string =>
    ` 1  0      0 500000  1000  90000    0 ${out}     0     0  300 ${switches} ${user}  2 ${98 - user}  0  0 2026-01-01 00:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')}`;

  it('find the second in which the host began to swap', () => {
    const random = new Random(1);
    const rows = Array.from({ length: 61 }, (_, second) =>
      row(
        second,
        (second < 25 ? 20 : 60) + random.below(6),
        (second < 25 ? 900 : 4000) + random.below(200),
        second < 25 ? 0 : 500 + random.below(90),
      ),
    );
    const report = analyse(table(rows), '0');
    expect(boundaries(report)).toHaveLength(1);
    // Readings are of the second before; the first line is since boot.
    expect(Math.abs((boundaries(report)[0] as number) - 24)).toBeLessThanOrEqual(1);
    expect(changesOf(report).join()).toMatch(/swapped out|cpu share user|context switches/);
  });

  it('find nothing in a quiet host', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const random = new Random(seed);
      const rows = Array.from({ length: 61 }, (_, second) =>
        row(second, 20 + random.below(9), 900 + random.below(300), 0),
      );
      expect(boundaries(analyse(table(rows), '0'))).toEqual([]);
    }
  });
});
