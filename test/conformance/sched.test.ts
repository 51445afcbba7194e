import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import type { Report } from '../../model/report.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { vtune } from '../support/vtune.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/sched', import.meta.url));

function sum(report: Report, id: string, labels: Record<string, string> = {}): number {
  const found = report.metrics.filter(
    (metric) =>
      metric.id === id && Object.entries(labels).every(([key, value]) => metric.labels[key] === value),
  );
  return found.length === 0 ? Number.NaN : found.reduce((all, { value }) => all + value, 0);
}

async function analyze(...paths: string[]): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'vtune-test-'));
  const { code, stderr } = await vtune([
    'analyze',
    '-q',
    '-o',
    join(folder, 'r.html'),
    '--json',
    join(folder, 'r.json'),
    ...paths,
  ]);
  expect(`${code} ${stderr}`).toBe('0 ');
  return JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as Report;
}

describe.skipIf(!existsSync(captures))('a host at load 12 with known truth', () => {
  const load12 = (name: string): string => join(captures, 'load12', name);
  let whole: Report;
  let traceOnly: Report;

  beforeAll(async () => {
    whole = await analyze(join(captures, 'load12'));
    traceOnly = await analyze(load12('ftrace.txt.gz'), load12('proc-samples.txt.gz'));
  });

  it('replays /proc/loadavg: 0.15 and 0.55 with the phase fitted, 0.25 and 0.75 without', () => {
    for (const report of [whole, traceOnly]) {
      expect(sum(report, 'load.replay.error.mean')).toBeLessThanOrEqual(0.15);
      expect(sum(report, 'load.replay.error.max')).toBeLessThanOrEqual(0.55);
      expect(sum(report, 'load.replay.error.unfitted.mean')).toBeLessThanOrEqual(0.25);
      expect(sum(report, 'load.replay.error.unfitted.max')).toBeLessThanOrEqual(0.75);
      expect(sum(report, 'load.replay.error.averaged.mean')).toBeGreaterThan(
        sum(report, 'load.replay.error.mean'),
      );
    }
  });

  it('finds the planted waits within a percent, from both traces and from one', () => {
    for (const report of [whole, traceOnly]) {
      expect(sum(report, 'load.dstate.task_seconds', { reason: 'vfork', comm: 'python3' }) / 300).toBeCloseTo(
        1,
        2,
      );
      expect(sum(report, 'load.dstate.task_seconds', { reason: 'frozen filesystem' }) / 225).toBeCloseTo(
        1,
        2,
      );
      expect(sum(report, 'load.dstate.task_seconds', { reason: 'block io', comm: 'dd' }) / 229.5).toBeCloseTo(
        1,
        2,
      );
      expect(sum(report, 'load.dstate.task_seconds')).toBeCloseTo(sum(report, 'load.dstate.total'), 6);
    }
  });

  it('finds them in the ftrace alone, one of them by the company it woke in', async () => {
    const report = await analyze(load12('ftrace.txt.gz'));
    expect(sum(report, 'load.dstate.task_seconds', { reason: 'frozen filesystem' }) / 225).toBeCloseTo(1, 2);
    expect(sum(report, 'load.dstate.task_seconds', { reason: 'block io', comm: 'dd' }) / 229.5).toBeCloseTo(
      1,
      2,
    );
    expect(report.sections.find(({ id }) => id === 'sched/recording/left-out')).toMatchObject({ of: 5 });
  });

  it('counts the rows the tracer hid', () => {
    expect(sum(whole, 'trace.switches.repaired')).toBe(11_603);
    expect(sum(whole, 'sched.switches')).toBe(417_066);
  });

  it('lays both traces and the samples on one clock', () => {
    const hows = new Map(whole.imports.map(({ importer, clock }) => [importer, clock.how]));
    expect([hows.get('perf-script'), hows.get('ftrace'), hows.get('proc-samples')]).toEqual([
      'reference',
      'same',
      'assumed',
    ]);
  });

  it('adds up, and says it in a sentence', () => {
    for (const window of ['1m', '5m', '15m']) {
      const parts = ['load.part', 'load.part.before', 'load.part.rounding'].reduce(
        (all, id) => all + sum(whole, id, { window }),
        0,
      );
      expect(parts).toBeCloseTo(sum(whole, 'load.now', { window }), 9);
    }
    expect(whole.verdict.headline).toBe(
      'Load 10.3 (heading for 13.7) = 2.0 running + 1.6 queued + 10 waiting in D: 4 vfork, 3 block io in cgroup blkio:/psched, 3 frozen filesystem.',
    );
  });
});

describe.skipIf(!existsSync(captures))('samples of every dialect', () => {
  const folder = join(captures, 'samples');
  const files = existsSync(folder)
    ? readdirSync(folder).filter((name) => /^(?:ftrace|trace-cmd|perf-script)/.test(name))
    : [];

  it('are read without a line that is not understood', async () => {
    const { code, stderr } = await vtune([
      'explain',
      '--dump',
      'trace',
      '--rows',
      '0',
      ...files.map((name) => join(folder, name)),
    ]);
    expect(`${code} ${stderr}`).toBe('0 ');
  });
});

describe('beside perf sched latency and timehist of the same recording', () => {
  const read = (name: string): string =>
    gunzipSync(readFileSync(repo(`datasets/real/perf-sched.${name}.txt.gz`))).toString();
  const report = analyse(importCut(perfScript, Buffer.from(read('perf'))), '0');

  it('runs as long as timehist says, name by name, within 0.1 %', () => {
    const times = new Map<string, number>();
    for (const line of read('timehist').split('\n')) {
      const found = /^\s*(\S.*?)\[\d[\d/]*\]\s+-?\d+\s+\d+\s+([\d.]+)\s/.exec(line);
      if (found?.[1] !== undefined) times.set(found[1], (times.get(found[1]) ?? 0) + Number(found[2]));
    }
    // timehist goes by the name a thread has at last, vtune by the name it ran under; kworkers have no more than one.
    const same = [...times].filter(([name]) =>
      /^(?:ksoftirqd\/\d|migration\/\d|kcompactd0|kdamond\.0)$/.test(name),
    );
    expect(same.length).toBeGreaterThan(3);
    for (const [name, milliseconds] of same) {
      expect(Math.abs(sum(report, 'sched.run_time', { comm: name }) / 1e6 - milliseconds), name).toBeLessThan(
        0.002,
      );
    }
    // A switch from idle to rcu_preempt is missing: timehist lets it run since the switch before, 0.448 ms ago.
    const rcu = sum(report, 'sched.run_time', { comm: 'rcu_preempt' }) / 1e6;
    expect((times.get('rcu_preempt') ?? 0) - rcu).toBeCloseTo(0.448, 3);
    const all = [...times.values()].reduce((a, b) => a + b, 0);
    // Six such switches are missing; without them the rest agrees within 0.1 %.
    const credited = 3.2 + 0.448 + 0.215;
    expect((sum(report, 'sched.run_time') / 1e6 + credited) / all).toBeCloseTo(1, 3);
    expect(sum(report, 'trace.switches.lost')).toBe(6);
  });

  it('runs as long as latency says in all, which counts sched_stat_runtime instead of switches', () => {
    const total = Number(/TOTAL:\s+\|\s+([\d.]+) ms/.exec(read('latency'))?.[1]);
    expect(sum(report, 'sched.run_time') / 1e6 / total).toBeCloseTo(1, 1.5);
  });
});
