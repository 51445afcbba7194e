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

  it.each(['stonewall', 'rate_iops=100', 'fsync=1', 'rwmixread=70'])(
    'with %s is refused by name',
    (option) => {
      expect(() => parseFioJob(job(option), 'x.fio')).toThrow(option.split('=')[0]);
    },
  );
});
