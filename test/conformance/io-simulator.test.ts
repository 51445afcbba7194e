import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { hdd } from '../../analyzers/io/simulator/devices/built-in.ts';
import { parseFioJob } from '../../analyzers/io/simulator/fio-job.ts';
import { defaultHost } from '../../analyzers/io/simulator/host.ts';
import { simulate } from '../../analyzers/io/simulator/simulate.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));

interface Job {
  readonly jobname: string;
  readonly read: { readonly total_ios: number; readonly iops: number };
  readonly write: { readonly total_ios: number; readonly iops: number };
}

describe.skipIf(!existsSync(captures))('simulated against what fio measured on the modelled disk', () => {
  it.each([
    ['none', 'w1', 20],
    ['none', 'w3', 12],
    ['mq-deadline', 'w1', 20],
    ['kyber', 'w1', 20],
    ['kyber', 'w3', 12],
  ] as const)('%s %s: rates of all jobs within 10 %%, over 5 seeds', (scheduler, name, seconds) => {
    const text = readFileSync(join(captures, 'workloads', `${name}.fio`), 'utf8');
    const workload = { ...parseFioJob(text, name), duration: seconds * 1e9 };
    const fio = readFileSync(join(captures, scheduler, `${name}-hdd-d4`, 'fio.json'), 'utf8');
    const { jobs } = JSON.parse(fio.slice(fio.indexOf('{'))) as { jobs: Job[] };
    const runs = [1, 2, 3, 4, 5].map((seed) =>
      simulate({ workload, device: hdd, scheduler, host: defaultHost, seed }),
    );
    for (const [i, { jobname, read, write }] of jobs.entries()) {
      const rate = runs.reduce((sum, { tasks }) => sum + (tasks[i]?.rate ?? 0), 0) / runs.length;
      const measured = read.total_ios > 0 ? read.iops : write.iops;
      expect(Math.abs(rate / measured - 1), `${jobname}: ${rate} against ${measured}`).toBeLessThan(0.1);
    }
    const again = simulate({ workload, device: hdd, scheduler, host: defaultHost, seed: 1 });
    expect(again).toEqual(runs[0]);
  });
});
