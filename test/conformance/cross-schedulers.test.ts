import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { acrossErrors } from '../../analyzers/io/simulator/fit/across-errors.ts';
import {
  type CrossError,
  crossErrors,
  summariseErrors,
} from '../../analyzers/io/simulator/fit/cross-error.ts';
import type { SchedulerName, Simulation } from '../../model/simulation.ts';
import { recordedJobs } from '../support/recorded-jobs.ts';
import { vtune } from '../support/vtune.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));
const schedulers = ['none', 'mq-deadline', 'kyber', 'bfq'] as const satisfies readonly SchedulerName[];
const workloads = ['w1', 'w3'] as const;
const SEEDS = 5;

/** Largest error of rates of each job, whatever was captured; what simulate gets wrong from a job file too is looser. */
const limits: Readonly<Record<SchedulerName, Readonly<Record<string, number>>>> = {
  noop: {},
  deadline: {},
  anticipatory: {},
  cfq: {},
  none: { all: 0.17 },
  kyber: { all: 0.1 },
  'mq-deadline': { all: 0.2, deepwr: 0.25, rd: 1.5 },
  bfq: { all: 0.15, deepwr: 0.2, rd: 0.85 },
};

describe.skipIf(!existsSync(captures))('predictions across schedulers, against recordings under them', () => {
  const all = new Map<SchedulerName, CrossError[]>(schedulers.map((name) => [name, []]));
  it.each(schedulers.flatMap((from) => workloads.map((workload) => [from, workload] as const)))(
    'from %s, %s: every job’s rate within the limits',
    async (from, workload) => {
      const folder = (of: string): string => join(captures, of, `${workload}-hdd-d4`);
      const args = ['--scheduler', schedulers.join(','), '--seeds', String(SEEDS), '-q', '--json', '-'];
      const { stdout } = await vtune(['simulate', folder(from), ...args]);
      const { capture, predictions } = JSON.parse(stdout) as Simulation;
      for (const to of schedulers.filter((each) => each !== from)) {
        const prediction = predictions.find(({ scheduler }) => scheduler === to);
        if (capture === undefined || prediction === undefined) throw new Error(`no prediction of ${to}`);
        const errors = crossErrors(capture.tasks, prediction, recordedJobs(folder(to)), SEEDS);
        expect(errors.filter(({ rate }) => Number.isNaN(rate))).toEqual([]);
        for (const { job, rate } of errors)
          expect(Math.abs(rate), `${to}: ${job} ${rate}`).toBeLessThan(
            limits[to][job] ?? limits[to].all ?? 0,
          );
        expect(prediction.validation?.across).toEqual(acrossErrors[to]);
        all.get(to)?.push(...errors);
      }
    },
  );

  it.each(schedulers)('are off by what is printed beside predictions of %s', (to) => {
    const found = summariseErrors(all.get(to) ?? []);
    const { rateMean = 0, rateMax = 0, p99Mean = 0, n } = acrossErrors[to] ?? {};
    expect(found.n).toBe(n);
    expect(found.rateMean).toBeCloseTo(rateMean, 3);
    expect(found.rateMax).toBeCloseTo(rateMax, 3);
    expect(found.p99Mean).toBeCloseTo(p99Mean, 3);
  });

  /** A repeat of 10 s: too few operations for tails, and nothing was fitted to it but itself. */
  it('are as far off in a repeat, on average', async () => {
    const folder = (of: string): string => join(captures, of, 'w1-hdd-d4-rep2');
    const repeated = new Map<SchedulerName, CrossError[]>(schedulers.map((name) => [name, []]));
    for (const from of schedulers) {
      const args = ['--scheduler', schedulers.join(','), '--seeds', String(SEEDS), '-q', '--json', '-'];
      const { capture, predictions } = JSON.parse(
        (await vtune(['simulate', folder(from), ...args])).stdout,
      ) as Simulation;
      for (const prediction of predictions.filter(({ scheduler }) => scheduler !== from))
        repeated
          .get(prediction.scheduler)
          ?.push(
            ...crossErrors(
              capture?.tasks ?? [],
              prediction,
              recordedJobs(folder(prediction.scheduler)),
              SEEDS,
            ),
          );
    }
    const most: Partial<Record<SchedulerName, number>> = {
      none: 0.12,
      'mq-deadline': 0.08,
      kyber: 0.05,
      bfq: 0.17,
    };
    for (const [to, errors] of repeated) {
      const { rateMean, n } = summariseErrors(errors);
      expect(n, to).toBe(18);
      expect(rateMean, to).toBeLessThan(most[to] ?? 0);
    }
  });
});
