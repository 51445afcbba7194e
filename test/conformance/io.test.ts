import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { requestModel } from '../../analyzers/derived/io/requests.ts';
import { blockOpId } from '../../model/io-tables.ts';
import { blkparse } from '../../workers/importers/blkparse.ts';
import { blktrace } from '../../workers/importers/blktrace.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import type { Importer } from '../../workers/importers/importer.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { importRun } from '../support/import.ts';
import { vtune } from '../support/vtune.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));
/** Runs the real blkparse and btt were run on. */
const runs = !existsSync(captures)
  ? []
  : readdirSync(captures)
      .filter((name) => name !== 'workloads')
      .flatMap((scheduler) => readdirSync(join(captures, scheduler)).map((run) => `${scheduler}/${run}`))
      .filter((run) => existsSync(join(captures, run, 'btt.txt')));

const gz = (run: string, name: string): Buffer => gunzipSync(readFileSync(join(captures, run, name)));

/** Members of a tar by name; blktrace leaves a file per CPU. */
function untar(path: string): (readonly [Importer, Buffer])[] {
  const folder = mkdtempSync(join(tmpdir(), 'vtune-test-'));
  expect(spawnSync('tar', ['xzf', path, '-C', folder]).status).toBe(0);
  return readdirSync(folder)
    .sort()
    .map((name) => [blktrace, readFileSync(join(folder, name))] as const);
}

/** What btt prints: mean seconds and number of each step. */
function btt(run: string): Record<string, { average: number; n: number }> {
  const text = readFileSync(join(captures, run, 'btt.txt'), 'latin1');
  return Object.fromEntries(
    [...text.matchAll(/^([A-Z]2[A-Z])\s+[\d.]+\s+([\d.]+)\s+[\d.]+\s+(\d+)$/gm)].map(
      ([, step = '', average, n]) => [step, { average: Number(average), n: Number(n) }],
    ),
  );
}

/** The same from requests: btt counts queueing, issue and completion once a bio, the rest once a request. */
function stepsOf(context: Context): Record<string, { average: number; n: number }> {
  const { requests, completed } = context.derive(requestModel);
  const { queue, getrq, insert, issue, complete, bios, queueSum, mergeSum } = requests.columns;
  const sums: Record<string, { average: number; n: number }> = {};
  const add = (step: string, time: number, n: number): void => {
    if (Number.isNaN(time) || n === 0) return;
    const row = sums[step] ?? { average: 0, n: 0 };
    sums[step] = { average: row.average + time / 1e9, n: row.n + n };
  };
  for (const row of completed) {
    const at = (column: Float64Array): number => column[row] as number;
    const count = bios[row] as number;
    add('Q2G', at(getrq) - at(queue), 1);
    add('G2I', at(insert) - at(getrq), 1);
    add('Q2M', at(mergeSum) - at(queueSum), count - 1);
    add('I2D', at(issue) - at(insert), 1);
    add('M2D', (count - 1) * (at(issue) - at(queue)) - at(mergeSum), count - 1);
    add('D2C', count * (at(complete) - at(issue)), count);
    add('Q2C', count * (at(complete) - at(queue)) - at(queueSum), count);
  }
  return Object.fromEntries(
    Object.entries(sums).map(([step, { average, n }]) => [step, { average: average / n, n }]),
  );
}

function counts(context: Context): { reads: number; writes: number; readKiB: number; writeKiB: number } {
  const { requests, completed } = context.derive(requestModel);
  const { op, bytes } = requests.columns;
  const of = (id: number): Uint32Array => completed.filter((row) => op[row] === id);
  const kib = (rows: Uint32Array): number =>
    rows.reduce((sum, row) => sum + (bytes[row] as number), 0) / 1024;
  const [reads, writes] = [of(blockOpId.read), of(blockOpId.write)];
  return { reads: reads.length, writes: writes.length, readKiB: kib(reads), writeKiB: kib(writes) };
}

/** `Reads Completed: 1174, 31604KiB  Writes Completed: 381, 191744KiB` below Total. */
function trailer(text: string): ReturnType<typeof counts> {
  const total = text.slice(text.lastIndexOf('\nTotal ('));
  const found = /Reads Completed:\s+(\d+),\s+(\d+)KiB\s+Writes Completed:\s+(\d+),\s+(\d+)KiB/.exec(total);
  const [reads, readKiB, writes, writeKiB] = (found ?? []).slice(1).map(Number);
  return { reads: reads ?? 0, writes: writes ?? 0, readKiB: readKiB ?? 0, writeKiB: writeKiB ?? 0 };
}

interface FioJob {
  readonly read: { readonly total_ios: number };
}

describe.skipIf(runs.length === 0).each(runs.length === 0 ? ['none'] : runs)('block traces of %s', (run) => {
  it('give the same requests in every form, and the totals of fio, blkparse and btt', {
    timeout: 60_000,
  }, () => {
    const text = gz(run, 'blkparse.txt.gz');
    const forms = [
      new Context(importRun([blkparse, text])),
      new Context(importRun(...untar(join(captures, run, 'bt.blktrace.tgz')))),
      ...(existsSync(join(captures, run, 'ftrace.txt.gz'))
        ? [new Context(importRun([ftrace, gz(run, 'ftrace.txt.gz')]))]
        : []),
    ];
    const fio = JSON.parse(readFileSync(join(captures, run, 'fio.json'), 'utf8')) as { jobs: FioJob[] };
    const truth = btt(run);
    for (const context of forms) {
      expect(counts(context)).toEqual(trailer(text.toString('latin1')));
      expect(counts(context).reads).toBe(fio.jobs.reduce((sum, { read }) => sum + read.total_ios, 0));
      expect(context.derive(requestModel)).toMatchObject({ lost: 0, open: 0, strays: 0, waiting: 0 });
      const steps = stepsOf(context);
      for (const [step, { average, n }] of Object.entries(steps)) {
        expect(n, step).toBe(truth[step]?.n);
        // btt prints ns and takes steps within one µs for 1 ns.
        expect(Math.abs(average - (truth[step]?.average ?? 0)), step).toBeLessThan(2e-9);
      }
      expect(Object.keys(steps).sort()).toEqual(
        Object.keys(truth)
          .filter((step) => step !== 'Q2Q')
          .sort(),
      );
    }
    const [first, ...rest] = forms.map((context) => {
      const { requests, completed } = context.derive(requestModel);
      const { queue, complete } = requests.columns;
      return Array.from(completed, (row) =>
        Math.round(((complete[row] as number) - (queue[row] as number)) / 1e3),
      );
    });
    for (const other of rest) expect(other).toEqual(first);
  });

  it('lose a few completions in perf’s form, and none is taken from another', () => {
    const context = new Context(importRun([perfScript, gz(run, 'perf-script.txt.gz')]));
    const whole = new Context(importRun([blkparse, gz(run, 'blkparse.txt.gz')]));
    const longest = (of: Context): number => {
      const { requests, completed } = of.derive(requestModel);
      const { issue, complete } = requests.columns;
      return completed.reduce(
        (most, row) => Math.max(most, (complete[row] as number) - (issue[row] as number)),
        0,
      );
    };
    const [seen, all] = [counts(context), counts(whole)];
    expect(seen.reads).toBeLessThanOrEqual(all.reads);
    expect(seen.reads).toBeGreaterThan(all.reads * 0.98);
    expect(seen.writes).toBeGreaterThan(all.writes * 0.9);
    // perf stamps its events some µs after ftrace.
    expect(longest(context)).toBeLessThan(longest(whole) + 3e6);
  });
});

describe.skipIf(runs.length === 0)('vtune analyze', () => {
  it('reads blktrace’s files and fio’s logs inside tars, and counts no request twice', {
    timeout: 60_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vtune-test-'));
    const json = join(folder, 'r.json');
    const run = join(captures, 'none/w1-hdd-d4');
    const files = ['bt.blktrace.tgz', 'ftrace.txt.gz', 'blkparse.txt.gz', 'fio.json', 'fio_clat_logs.tgz'];
    const { code } = await vtune([
      'analyze',
      '-q',
      '-o',
      join(folder, 'r.html'),
      '--json',
      json,
      ...files.map((name) => join(run, name)),
    ]);
    expect(code).toBe(0);
    const report = JSON.parse(readFileSync(json, 'utf8')) as {
      metrics: { id: string; labels: Record<string, string>; value: number }[];
    };
    const sum = (id: string, op: string): number =>
      report.metrics
        .filter((metric) => metric.id === id && metric.labels.op === op)
        .reduce((all, { value }) => all + value, 0);
    expect([sum('io.requests', 'read'), sum('io.requests', 'write')]).toEqual([1174, 381]);
    expect([sum('fio.ios', 'read'), sum('fio.ios', 'write')]).toEqual([1174, 749]);
    expect(report.metrics.filter(({ id }) => id === 'fio.log.latency.p99')).toHaveLength(6);
  });
});
