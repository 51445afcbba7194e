import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { hdd } from '../../analyzers/io/simulator/devices/built-in.ts';
import { parseFioJob } from '../../analyzers/io/simulator/fio-job.ts';
import { defaultHost } from '../../analyzers/io/simulator/host.ts';
import { simulate, type WatchedRequest } from '../../analyzers/io/simulator/simulate.ts';
import type { Workload } from '../../model/simulation.ts';
import { recordedRuns } from '../support/recorded-runs.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));

interface Recorded {
  readonly workload: Workload;
  /** Operations per second of each job, by fio. */
  readonly rates: readonly number[];
  /** Seconds from the first request at which writes of the flusher were given to the device. */
  readonly flushes: readonly number[];
}

/**
 * Which queues bfq merges depends on who comes first, within 180 ms, and that is chance: so every job starts when
 * it did in the recorded run. fio forks its jobs one after another, so the first process id is the first job's.
 */
function recorded(run: string, job: string, seconds: number): Recorded {
  const folder = join(captures, 'bfq', run);
  const first = new Map<number, number>();
  const flushes: number[] = [];
  let from = Number.NaN;
  for (const line of gunzipSync(readFileSync(join(folder, 'ftrace.txt.gz')))
    .toString()
    .split('\n')) {
    const [, process = '', pid = '', time = '', event = '', kind = ''] =
      /^\s*(\S+)-(\d+)\s.*\s(\d+\.\d+): (block_bio_queue|block_rq_issue): \S+ (\S+)/.exec(line) ?? [];
    if (event === '') continue;
    if (Number.isNaN(from)) from = Number(time);
    if (event === 'block_rq_issue' && kind === 'W') flushes.push(Number(time) - from);
    if (event === 'block_bio_queue' && process === 'fio' && !first.has(Number(pid)))
      first.set(Number(pid), Number(time) - from);
  }
  const jobZero = Math.min(...first.keys());
  const parsed = parseFioJob(readFileSync(join(captures, 'workloads', `${job}.fio`), 'utf8'), job);
  const tasks = parsed.tasks.map((task, i) => {
    const start = first.get(jobZero + i) ?? 0;
    // What comes at the end is the writer's own last flush.
    return { ...task, start: start < 1 ? start * 1e9 : 0 };
  });
  const fio = readFileSync(join(folder, 'fio.json'), 'utf8');
  const { jobs } = JSON.parse(fio.slice(fio.indexOf('{'))) as {
    jobs: readonly Record<'read' | 'write', { readonly total_ios: number; readonly iops: number }>[];
  };
  const rates = jobs.map(({ read, write }) => (read.total_ios > 0 ? read.iops : write.iops));
  return { workload: { ...parsed, tasks, duration: seconds * 1e9 }, rates, flushes };
}

describe.skipIf(!existsSync(captures))('bfq against Linux 6.18, jobs starting when they did', () => {
  it.each([
    ['w1-hdd-d4', 'w1', 20, 0.2, 1],
    ['w1-hdd-d4-ll0', 'w1', 20, 0.2, 0],
    // 10 s, in which little is written: the page cache decides about the writer, not bfq.
    ['w1-hdd-d4-rep2', 'w1', 10, 0.3, 1],
    ['w3-hdd-d4', 'w3', 12, 0.2, 1],
    ['w3-hdd-d4-ll0', 'w3', 12, 0.2, 0],
  ] as const)('%s: rates over 5 seeds', (run, job, seconds, tolerance, low_latency) => {
    const { workload, rates } = recorded(run, job, seconds);
    const { writeEstimates } = recordedRuns.find(({ path }) => path === `bfq/${run}`) ?? defaultHost;
    const runs = [1, 2, 3, 4, 5].map((seed) =>
      simulate({
        workload,
        device: hdd,
        scheduler: 'bfq',
        settings: { low_latency },
        host: { ...defaultHost, writeEstimates },
        seed,
      }),
    );
    for (const [i, { name }] of workload.tasks.entries()) {
      // What of 128 writes was submitted before the readers came is served after them: 20 or 66 of them, by chance.
      if (name === 'deepwr' || (run.endsWith('rep2') && name === 'awriter')) continue;
      const rate = runs.reduce((sum, { tasks }) => sum + (tasks[i]?.rate ?? 0), 0) / runs.length;
      const measured = rates[i] as number;
      expect(Math.abs(rate / measured - 1), `${name}: ${rate} against ${measured}`).toBeLessThan(tolerance);
    }
  });

  it('readers are raised for 10.5 s, in which the flusher gets nothing, and then its share', () => {
    const { workload, flushes } = recorded('w1-hdd-d4', 'w1', 20);
    const simulated: number[] = [];
    const watch = ({ what, task, time }: WatchedRequest): void => {
      if (what === 'issue' && task === workload.tasks.length) simulated.push(time / 1e9);
    };
    simulate({ workload, device: hdd, scheduler: 'bfq', host: defaultHost, seed: 1, watch });
    const count = (times: readonly number[], from: number, to: number): number =>
      times.filter((time) => time >= from && time < to).length;
    for (const times of [simulated, flushes]) expect(count(times, 2, 10.4)).toBe(0);
    // 512 KiB each; seven seconds of it.
    const [ours, theirs] = [simulated, flushes].map((times) => count(times, 12.5, 19.5)) as [number, number];
    expect(theirs).toBeGreaterThan(150);
    expect(Math.abs(ours / theirs - 1)).toBeLessThan(0.1);
  });
});
