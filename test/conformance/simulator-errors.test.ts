import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hdd } from '../../analyzers/io/simulator/devices/built-in.ts';
import { parseFioJob } from '../../analyzers/io/simulator/fio-job.ts';
import { forecast } from '../../analyzers/io/simulator/forecast.ts';
import { defaultHost } from '../../analyzers/io/simulator/host.ts';
import { knownErrorsOf } from '../../analyzers/io/simulator/known-errors.ts';
import type { SchedulerName } from '../../model/simulation.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));

interface Direction {
  readonly total_ios: number;
  readonly iops: number;
  readonly clat_ns: { readonly percentile: Readonly<Record<string, number>> };
}

describe.skipIf(!existsSync(captures))('the errors printed beside predictions', () => {
  it.each<[string, SchedulerName, Record<string, number>, string]>([
    ['none', 'none', {}, ''],
    ['mq-deadline', 'mq-deadline', {}, ''],
    ['kyber', 'kyber', {}, ''],
    ['bfq', 'bfq', {}, ''],
    ['bfq with low_latency=0', 'bfq', { low_latency: 0 }, '-ll0'],
  ])('are those of %s against fio', (_, scheduler, settings, recorded) => {
    const rates: number[] = [];
    const tails: number[] = [];
    for (const [name, seconds] of [
      ['w1', 20],
      ['w3', 12],
    ] as const) {
      const text = readFileSync(join(captures, 'workloads', `${name}.fio`), 'utf8');
      const workload = { ...parseFioJob(text, name), duration: seconds * 1e9 };
      const setup = { workload, device: hdd, scheduler, settings, host: defaultHost };
      const { tasks } = forecast(setup, [1, 2, 3, 4, 5]);
      const fio = readFileSync(join(captures, scheduler, `${name}-hdd-d4${recorded}`, 'fio.json'), 'utf8');
      const { jobs } = JSON.parse(fio.slice(fio.indexOf('{'))) as {
        jobs: readonly { readonly read: Direction; readonly write: Direction }[];
      };
      for (const [i, { read, write }] of jobs.entries()) {
        const measured = read.total_ios > 0 ? read : write;
        const p99 = measured.clat_ns.percentile['99.000000'] ?? Number.NaN;
        rates.push(Math.abs((tasks[i]?.rate.mean ?? Number.NaN) / measured.iops - 1));
        tails.push(Math.abs((tasks[i]?.p99.mean ?? Number.NaN) / p99 - 1));
      }
    }
    const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const known = knownErrorsOf(scheduler, settings);
    expect(known?.n).toBe(rates.length);
    expect(known?.rateMean).toBeCloseTo(mean(rates), 4);
    expect(known?.rateMax).toBeCloseTo(Math.max(...rates), 4);
    expect(known?.p99Mean).toBeCloseTo(mean(tails), 4);
    expect(known?.p99Max).toBeCloseTo(Math.max(...tails), 4);
  });
});
