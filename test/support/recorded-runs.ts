import type { SchedulerName, WriteEstimates } from '../../model/simulation.ts';

/** One recorded run of fio on the modelled disk. */
export interface RecordedRun {
  /** Folder below the captures. */
  readonly path: string;
  readonly scheduler: SchedulerName;
  readonly settings: Readonly<Record<string, number>>;
  readonly workload: 'w1' | 'w3';
  readonly name: string;
  readonly seconds: number;
  /** No constant was fitted to it. */
  readonly heldOut: boolean;
  readonly writeEstimates: WriteEstimates;
}

/**
 * The kernel keeps its estimates of a device from run to run, and these runs came one after the other on one
 * device. So each begins with what its own first pauses and the run before tell, MiB/s and pages/s:
 *
 * - none came first: 6 writes of 256 KiB every 16 ms in the first half second, as of a device nobody has written to.
 * - The limit only falls. mq-deadline, kyber and bfq followed: 128 pages every 4 ticks of 4 ms at no more than
 *   12 800 dirty pages at first (at most 8000/s), and still so at 14 336 in the last of them (more than 7314/s).
 * - bfq with low_latency=0: 64 pages in 5 ticks at 13 200 dirty pages, 7 at 14 720: 2693 to 2893/s.
 * - The repeats: 64 pages in 6 ticks, in none still so at 13 900 dirty pages: 2432 to 2667/s; 2286 to 2667/s.
 * - Bandwidth is that of the run before; of the run before low_latency=0, which was not kept, that run's own.
 */
const estimates = (megabytes: number, pages: number): WriteEstimates => ({
  bandwidth: megabytes * 2 ** 20,
  limit: pages * 4096,
});

const run = (
  path: string,
  writeEstimates: WriteEstimates = estimates(100, 25_600),
  settings: Readonly<Record<string, number>> = {},
): RecordedRun => {
  const [scheduler, folder = ''] = path.split('/');
  const workload = folder.startsWith('w1') ? 'w1' : 'w3';
  const heldOut = folder.endsWith('rep2');
  return {
    path,
    scheduler: scheduler as SchedulerName,
    settings,
    workload,
    name: workload === 'w3' ? 'starve' : heldOut ? 'mixed, repeat' : 'mixed',
    seconds: workload === 'w3' ? 12 : heldOut ? 10 : 20,
    heldOut,
    writeEstimates,
  };
};
const core = { low_latency: 0 };

export const recordedRuns: readonly RecordedRun[] = [
  run('none/w1-hdd-d4'),
  run('none/w3-hdd-d4'),
  run('mq-deadline/w1-hdd-d4', estimates(9.4, 7650)),
  run('mq-deadline/w3-hdd-d4'),
  run('kyber/w1-hdd-d4', estimates(41, 7650)),
  run('kyber/w3-hdd-d4'),
  run('bfq/w1-hdd-d4', estimates(30.2, 7650)),
  run('bfq/w3-hdd-d4'),
  run('bfq/w1-hdd-d4-ll0', estimates(11.1, 2790), core),
  run('bfq/w3-hdd-d4-ll0', undefined, core),
  run('none/w1-hdd-d4-rep2', estimates(11.1, 2550)),
  run('mq-deadline/w1-hdd-d4-rep2', estimates(11.3, 2475)),
  run('kyber/w1-hdd-d4-rep2', estimates(42.3, 2475)),
  run('bfq/w1-hdd-d4-rep2', estimates(32.8, 2475)),
];
