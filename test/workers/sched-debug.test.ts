import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { runQueues } from '../../analyzers/cpu-time/run-queues.ts';
import { useMethod } from '../../analyzers/host/use-method.ts';
import { schedDebug, threadCpu } from '../../model/cpu-series.ts';
import type { Report } from '../../model/report.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { valuesOf } from '../support/series.ts';
import { vtune } from '../support/vtune.ts';

const read = (text: string, name = 'x.txt') => importRun([kernelFilesImporter, Buffer.from(text), name]);

describe('the debug file of the scheduler', () => {
  checkImporter(
    kernelFilesImporter,
    readFileSync(repo('datasets/real/sched-debug/debug-6.18.txt')),
    'sched-debug.txt',
  );

  const dashes = '-'.repeat(60);
  const file = (header: string, ...lines: readonly string[]): string =>
    `Sched Debug Version: v0.11, 5.10.0 #1\ncpu#3, 2600.000 MHz\n  .nr_running                    : 2\n\ncfs_rq[3]:/\n  .nr_running                    : 9\n\nrunnable tasks:\n${header}\n${dashes}\n${lines.join('\n')}\n`;
  const old =
    ' S            task   PID         tree-key  switches  prio     wait-time             sum-exec        sum-sleep';

  it('columns of kernels before EEVDF, names with blanks and numbers', () => {
    const trace = read(
      file(
        old,
        '>R            burn  1234      5078.912345      4800   120         1.500000      2000.250000         0.000000 0 0 /g',
        ' S  a 5 1.0 x    y   77        -1.048576         2   139         0.000000         0.000001         0.000000 0 0 /',
      ),
    );
    expect(trace.imports[0]?.skipped).toBe(0);
    const of = (name: string, tid: number): number[] => valuesOf(trace, name, `?/${tid}`, 'thread');
    expect([of(threadCpu.vruntime, 1234), of(threadCpu.exec, 1234), of(threadCpu.waitSum, 1234)]).toEqual([
      [5_078_912_345],
      [2_000_250_000],
      [1_500_000],
    ]);
    expect([of(threadCpu.priority, 77), of(threadCpu.vruntime, 77), of('processor', 77)]).toEqual([
      [139],
      [-1_048_576],
      [3],
    ]);
    // Zero is what a kernel prints that did not count.
    expect(of(threadCpu.waitSum, 77)).toEqual([]);
    expect(valuesOf(trace, schedDebug.running, '3', 'cpu')).toEqual([2]);
  });

  it('EEVDF under the old header, with a slice somebody asked for', () => {
    const trace = read(
      file(
        old,
        '>R            burn  1234      5078.912345   N      5079.000000           0.100000 S      2000.250000      4800     125         0.000000         0.000000         0.000000   0      0        /g',
      ),
    );
    const of = (name: string): number[] => valuesOf(trace, name, '?/1234', 'thread');
    expect([of(threadCpu.slice), of(threadCpu.exec), of(threadCpu.switches), of(threadCpu.priority)]).toEqual(
      [[100_000], [2_000_250_000], [4800], [125]],
    );
  });

  it('a torn line is counted', () => {
    expect(read(file(old, '>R            burn  12')).imports[0]?.skipped).toBe(1);
  });

  it('three copies tell whether weights were kept: 3038.5 ms and 995.4 ms for nice 0 and 5', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vtune-debug-'));
    const json = join(folder, 'r.json');
    const capture = repo('datasets/real/sched-debug/nice0-nice5.tar.xz');
    const { code, stderr } = await vtune([
      'analyze',
      capture,
      '-q',
      '-o',
      join(folder, 'r.html'),
      '--json',
      json,
    ]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    const shares = report.findings.find(({ id }) => id.startsWith('cpu-time/shares/cpu1'));
    expect(shares).toMatchObject({ severity: 'ok', claim: expect.stringContaining('3.05 : 1') });
    expect(shares?.evidence[0]?.formula).toContain('1024 / 335 = 3.057');
  });
});

describe('/proc/schedstat', () => {
  const copy = (second: number, cpus: readonly (readonly [run: number, wait: number])[]) =>
    [
      kernelFilesImporter,
      Buffer.from(
        `version 17\ntimestamp 4295\n${cpus.map(([run, wait], i) => `cpu${i} 0 0 0 0 0 0 ${run * 1e9} ${wait * 1e9} 9\ndomain0 MC 3 1 2\n`).join('')}`,
      ),
      `snap-00${second / 10}_${second}.00/proc@schedstat`,
    ] as const;
  const context = new Context(
    importRun(
      copy(10, [
        [100, 50],
        [100, 50],
      ]),
      copy(20, [
        [109, 56],
        [101, 50],
      ]),
    ),
  );

  it('what tasks queued of what they wanted, by CPU and over all', () => {
    const { metrics, findings } = runQueues.run(context);
    const of = (id: string, cpu?: string): number | undefined =>
      metrics.find((metric) => metric.id === id && metric.labels.cpu === cpu)?.value;
    // CPU 0: 6 of 9 + 6; CPU 1: 0 of 1; all: 6 of 16.
    expect([
      of('cpu.queue.wait_share', '0'),
      of('cpu.queue.wait_share', '1'),
      of('cpu.queue.wait_share'),
    ]).toEqual([0.4, 0, 0.375]);
    expect(of('cpu.queue.waiting', '0')).toBeCloseTo(0.6, 10);
    expect(findings[0]).toMatchObject({
      severity: 'warning',
      claim: expect.stringContaining('CPU 0, 40.0 %'),
    });
  });

  it('is the saturation of the CPU where there is no PSI', () => {
    const [section] = useMethod.run(context).sections;
    expect(JSON.stringify(section)).toContain(
      'tasks queued 37.5 % of the time they wanted a CPU (schedstat)',
    );
  });
});
