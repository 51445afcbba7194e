import { describe, expect, it } from 'vitest';
import { withCovariates } from '../../../analyzers/compare/covariates.ts';
import { Context } from '../../../analyzers/context.ts';
import { hardwareCounters } from '../../../analyzers/pinning/hardware.ts';
import { pinning } from '../../../analyzers/pinning/migrations.ts';
import type { ComparedMetric, ComparisonState } from '../../../model/comparison.ts';
import type { SavedRun } from '../../../model/saved-run.ts';
import { perfStat } from '../../../workers/importers/perf-stat.ts';
import { results } from '../../../workers/importers/results.ts';
import { importRun } from '../../support/import.ts';

const text = (lines: string): Uint8Array => new TextEncoder().encode(lines);
const perf = (lines: string): Context => new Context(importRun([perfStat, text(lines)]));

describe('pinning in one run', () => {
  const context = new Context(
    importRun(
      [
        perfStat,
        text(
          '557.54,msec,task-clock,557544537,100.00,,\n7,,cpu-migrations,557544537,100.00,,\n3,,sched:sched_migrate_task,557544537,100.00,,\n',
        ),
      ],
      [results, text('wall_s=0.5 nvcsw=175 nivcsw=79 run_ns=600 wait_ns=400\n')],
    ),
  );
  const { metrics, findings } = pinning.run(context);
  const value = (id: string): number | undefined => metrics.find((metric) => metric.id === id)?.value;

  it('counts migrations by perf, not by the event that fires in the waker', () => {
    expect(value('cpu.migrations')).toBe(7);
    expect(value('cpu.migrations.rate')).toBe(14);
    expect(value('cpu.wait.share')).toBe(0.4);
  });

  it('one run is the mechanism only', () => {
    expect(findings[0]?.verdict).toMatchObject({ knob: 'pinning', state: 'not enough data' });
    expect(findings[0]?.evidence[0]?.formula).toBe(
      'wait / (run + wait) = 400 ns / (600 ns + 400 ns) = 40.0 %',
    );
  });

  it('without a count there is nothing to say', () => {
    const none = perf('557.54,msec,task-clock,557544537,100.00,,\n');
    expect(pinning.needs.every((need) => need.met(none.trace, none))).toBe(false);
  });
});

describe('hardware counters', () => {
  const met = (context: Context): boolean =>
    hardwareCounters.needs.every((need) => need.met(context.trace, context));

  it('misses per thousand instructions, and instructions per cycle', () => {
    const { metrics } = hardwareCounters.run(
      perf('2000,,cycles:u,9,100.00,,\n4000,,instructions:u,9,100.00,,\n12,,LLC-load-misses:u,9,80.00,,\n'),
    );
    expect(metrics.map(({ id, value }) => [id, value])).toEqual([
      ['cpu.ipc', 2],
      ['cpu.llc.mpki', 3],
    ]);
  });

  it('counted for less than half of the time they are refused, and it is said', () => {
    const { metrics, findings } = hardwareCounters.run(
      perf('2000,,cycles,9,100.00,,\n4000,,instructions,9,49.98,,\n'),
    );
    expect(metrics).toEqual([]);
    expect(findings[0]?.claim).toContain('counted for 50.0 % of the time');
  });

  it('not supported is no zero', () => {
    expect(
      met(
        perf(
          '557.54,msec,task-clock,5,100.00,,\n<not supported>,,cycles,0,100.00,,\n<not supported>,,instructions,0,100.00,,\n',
        ),
      ),
    ).toBe(false);
  });
});

describe('what else was running', () => {
  const wall = [1, 2, 3, 4, 5, 6];
  const runs = (loads: readonly number[]): SavedRun[] =>
    loads.map(
      (value, i): SavedRun => ({
        format: 'vtune-run',
        version: 1,
        generator: { name: 'vtune', version: '0' },
        run: { name: `rep-${i}`, labels: {}, host: {}, duration: 1 } as unknown as SavedRun['run'],
        lost: 0,
        metrics: [{ id: 'host.load', labels: { window: '1m' }, value, unit: 'load', better: 'lower', n: 1 }],
        profiles: [],
      }),
    );
  const metric = (state: ComparisonState, second: readonly number[], relative: number): ComparedMetric => ({
    id: 'run.result',
    labels: { name: 'wall_s' },
    unit: 'ns',
    better: 'lower',
    role: 'outcome',
    groups: [wall, second].map((values, i) => ({ name: 'ab'.charAt(i), values, mean: 0, low: 0, high: 0 })),
    anyDifference: null,
    ranking: [],
    changes: [
      {
        baseline: 'a',
        candidate: 'b',
        relative,
        low: -1,
        high: 1,
        p: 0.5,
        adjusted: 0.5,
        state,
        margin: 0.02,
        detectable: 1,
        moreRuns: null,
        level: 'error',
        cliffsDelta: 0,
      },
    ],
  });
  const changeOf = (
    state: ComparisonState,
    second: readonly number[],
    loads: readonly number[][],
    relative = 0,
  ) => withCovariates([metric(state, second, relative)], loads.map(runs), 0.05)[0]?.changes[0];

  it('an open outcome that goes with the load within groups is confounded', () => {
    expect(changeOf('inconclusive', wall, [wall, wall])?.confounders).toEqual(['load average']);
  });

  it('a faster program under more load is not explained by it', () => {
    expect(
      changeOf('inconclusive', wall, [
        [6, 5, 4, 3, 2, 1],
        [6, 5, 4, 3, 2, 1],
      ])?.confounders,
    ).toBeUndefined();
  });

  it('a difference is in doubt only where the load differs too, and that way', () => {
    const slower = wall.map((value) => value + 10);
    expect(changeOf('regressed', slower, [wall, wall], 3)?.confounders).toBeUndefined();
    expect(changeOf('regressed', slower, [wall, slower], 3)?.confounders).toEqual(['load average']);
    expect(changeOf('regressed', slower, [slower, wall], 3)?.confounders).toBeUndefined();
  });

  it('four repetitions a side tell nothing of covariates', () => {
    const four = wall.slice(0, 4);
    const [found] = withCovariates(
      [metric('inconclusive', wall, 0)].map((each) => ({
        ...each,
        groups: each.groups.map((group) => ({ ...group, values: four })),
      })),
      [four, four].map(runs),
      0.05,
    );
    expect(found?.covariates).toBeUndefined();
  });
});
