import { describe, expect, it } from 'vitest';
import { parseFioJob } from '../../../analyzers/io/simulator/fio-job.ts';

const job = (...options: string[]): string =>
  ['[a]', 'rw=read', 'direct=1', 'bs=1m', 'size=10m', ...options].join('\n');

describe('a fio job', () => {
  it('ends when it has done its size, unless it is of a time', () => {
    expect(parseFioJob(job('runtime=60'), 'x.fio')).toMatchObject({
      duration: 60e9,
      tasks: [{ name: 'a', bytes: 2 ** 20, operations: 10 }],
    });
    expect(parseFioJob(job('time_based'), 'x.fio').tasks[0]?.operations).toBeUndefined();
    expect(parseFioJob(job('time_based=0'), 'x.fio').tasks[0]?.operations).toBe(10);
  });

  it.each([
    'stonewall',
    'fsync=1',
    'bssplit=4k/90:8k/20',
    'bssplit=4k/50',
    'rate=fast',
    'rwmixread=120\nrw=rw',
  ])('with %s is refused by name', (option) => {
    expect(() => parseFioJob(job(option), 'x.fio')).toThrow(option.split('=')[0]);
  });

  it('mixes reads and writes, sizes and rates', () => {
    const [mix] = parseFioJob(job('rw=randrw', 'rwmixread=70'), 'x.fio').tasks;
    expect(mix).toMatchObject({ pattern: 'random', readShare: 0.7 });
    expect(parseFioJob(job('rw=rw', 'rwmixwrite=10'), 'x.fio').tasks[0]).toMatchObject({ readShare: 0.9 });
    expect(parseFioJob(job('rw=rw'), 'x.fio').tasks[0]).toMatchObject({
      pattern: 'sequential',
      readShare: 0.5,
    });
    const [split] = parseFioJob(job('bssplit=4k/60:64k/'), 'x.fio').tasks;
    expect(split).toMatchObject({
      sizes: [
        { bytes: 4096, weight: 60 },
        { bytes: 65_536, weight: 40 },
      ],
      bytes: Math.round((0.6 * 4096 + 0.4 * 65_536) / 512) * 512,
    });
    const [writes] = parseFioJob(job('rw=write', 'bssplit=4k/100,8k/100'), 'x.fio').tasks;
    expect(writes?.sizes).toEqual([{ bytes: 8192, weight: 100 }]);
    expect(parseFioJob(job('rate_iops=100'), 'x.fio').tasks[0]?.mostRate).toBe(100);
    expect(parseFioJob(job('rate=4m'), 'x.fio').tasks[0]?.mostRate).toBe(4);
    expect(parseFioJob(job('rate_iops=50,30', 'rw=write'), 'x.fio').tasks[0]?.mostRate).toBe(30);
  });

  it('refuses what its model of a task cannot hold', () => {
    expect(() => parseFioJob(job('rw=rw', 'rate_iops=10'), 'x.fio')).toThrow('rate or rate_iops of a mix');
    expect(() => parseFioJob(job('rw=write', 'direct=0', 'rate=1m'), 'x.fio')).toThrow('of buffered writes');
    expect(() => parseFioJob(job('rw=randrw', 'bssplit=4k/100,8k/100'), 'x.fio')).toThrow('bssplit');
    expect(() => parseFioJob(job('rw=rw', 'direct=0'), 'x.fio')).toThrow('buffered reads');
  });

  it('says what it assumed of a runtime only the environment of fio knows', () => {
    const workload = parseFioJob(job(`runtime=$${'{RT}'}`, 'time_based'), 'x.fio');
    expect(workload.duration).toBe(20e9);
    expect(workload.notes).toEqual([
      `job a: runtime=$${'{RT}'} is a variable fio takes from its environment; 20 s are simulated (--seconds for another time)`,
    ]);
    expect(parseFioJob(job('runtime=60'), 'x.fio').notes).toBeUndefined();
  });
});
