import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cgroupCpu, cpuQueue, threadCpu } from '../../model/cpu-series.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { valuesOf } from '../support/series.ts';

const real = (name: string): Buffer => readFileSync(repo(`datasets/real/cpu-time/${name}`));
const read = (text: string | Buffer, path: string) =>
  importRun([kernelFilesImporter, Buffer.from(text), `snap-000_5.00/${path.slice(1).replaceAll('/', '@')}`]);

describe('cpu.stat of cgroup v1', () =>
  checkImporter(kernelFilesImporter, real('v1.cpu.stat'), 'cpu-stat-v1.txt'));
describe('cpu.stat of cgroup v2', () =>
  checkImporter(kernelFilesImporter, real('v2.cpu.stat'), 'cpu-stat-v2.txt'));
describe('/proc/PID/sched', () =>
  checkImporter(kernelFilesImporter, real('nice5.sched.txt'), 'process-sched.txt'));
describe('/proc/PID/stat', () =>
  checkImporter(kernelFilesImporter, real('nice5.stat.txt'), 'process-stat.txt'));

describe('files of CPU time', () => {
  it('v1 counts ns and v2 µs: both are ns, under one name', () => {
    const first = read(real('v1.cpu.stat'), '/sys/fs/cgroup/cpu/g/cpu.stat');
    expect(valuesOf(first, cgroupCpu.throttled, '/g', 'cgroup')).toEqual([16_586_501_386]);
    const second = read(real('v2.cpu.stat'), '/sys/fs/cgroup/g/cpu.stat');
    expect(valuesOf(second, cgroupCpu.throttled, '/g', 'cgroup')).toEqual([2_673_524_000]);
    expect(valuesOf(second, cgroupCpu.periods, '/g', 'cgroup')).toEqual([58]);
  });

  it('cpu.stat.local is kept apart, and unknown keys are no errors', () => {
    const local = read('throttled_usec 12\n', '/sys/fs/cgroup/g/cpu.stat.local');
    expect(valuesOf(local, cgroupCpu.throttledLocal, '/g', 'cgroup')).toEqual([12_000]);
    const odd = read('usage_usec 1\nnew_key 3\nbroken\n', '/sys/fs/cgroup/g/cpu.stat');
    expect(odd.imports[0]?.skipped).toBe(1);
  });

  it('weights of 64-bit kernels are brought to those of nice levels; /proc/PID/sched is of the main thread', () => {
    const nice5 = read(real('nice5.sched.txt'), '/proc/12294/task/12301/sched');
    expect(valuesOf(nice5, threadCpu.weight, '12294/12301', 'thread')).toEqual([335]);
    expect(valuesOf(nice5, threadCpu.exec, '12294/12301', 'thread')).toEqual([1_084_074_043]);
    const main = read(
      'a (7, #threads: 3)\n----\nse.statistics.wait_sum : 1.000002\nse.load.weight : 335\n',
      '/proc/7/sched',
    );
    expect(valuesOf(main, threadCpu.waitSum, '7/7', 'thread')).toEqual([1_000_002]);
    expect(valuesOf(main, threadCpu.weight, '7/7', 'thread')).toEqual([335]);
  });

  it('/proc/schedstat is read from version 15 on, and not guessed at before', () => {
    const text = (version: number): string =>
      `version ${version}\ntimestamp 4295\ncpu0 0 0 0 0 0 0 700 300 9\ndomain0 PKG 3 1 2\n`;
    for (const version of [15, 16, 17])
      expect(valuesOf(read(text(version), '/proc/schedstat'), cpuQueue.wait, '0', 'cpu')).toEqual([300]);
    const old = read(text(14), '/proc/schedstat');
    expect(valuesOf(old, cpuQueue.wait, '0', 'cpu')).toEqual([]);
    expect(old.imports[0]?.skipped).toBe(1);
  });
});
