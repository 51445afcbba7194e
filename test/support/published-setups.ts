import { hdd } from '../../analyzers/io/simulator/devices/built-in.ts';
import { defaultHost } from '../../analyzers/io/simulator/host.ts';
import { simulate } from '../../analyzers/io/simulator/simulate.ts';
import type { ArrayModel, DeviceModel, DiskModel, SchedulerName, TaskModel } from '../../model/simulation.ts';

/**
 * Machines and workloads of published measurements, as far as their authors say: what they leave open (where files
 * lie, how large they are, read-ahead) is chosen once here, for all comparisons of one paper, and not per test.
 */

/** A desktop disk of 2009, "rotational" being all that is said of it: the built-in one, with the read-ahead drives have. */
export const desktopDisk: DiskModel = { ...hdd, queueDepth: 31, reorders: true, readAhead: 2 ** 21 };

/**
 * A server disk of 2003: the IBM Ultrastar 36LZX by its data sheet (10 000 rpm, 4.9 ms mean seek, 11 zones of 36 to
 * 21 MB/s); one request at a time. Pratt and Heger do not name their disks.
 */
export const serverDisk: DiskModel = {
  ...hdd,
  name: 'server disk',
  bytes: 36e9,
  rotationsPerMinute: 10_000,
  zoneRates: Array.from({ length: 11 }, (_, zone) => 36 - 1.5 * zone),
  settle: 500,
  knee: 0.3,
  kneeSeek: 4900,
  fullSeek: 9800,
  trackSkew: 600,
  interfaceRate: 160,
  queueDepth: 1,
  readAhead: 2 ** 20,
};

/** 28 of them in stripes of 64 KiB behind one queue, on a link of 2 Gbit/s. */
export const serverArray: ArrayModel = {
  kind: 'array',
  name: '28 server disks',
  bytes: 28 * 30e9 - ((28 * 30e9) % (28 * 65_536)),
  spindles: 28,
  stripe: 65_536,
  disk: serverDisk,
  interfaceRate: 200,
  queueDepth: 32,
  reply: 80,
};

const FILE = 2 ** 30;

/** Readers of a file of 1 GiB each, one behind the other; 128 KiB (the page cache's read-ahead) at a time, or 4 KiB at random. */
export function readers(count: number, pattern: 'sequential' | 'random' = 'sequential'): TaskModel[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `reader ${i}`,
    pattern,
    write: false,
    bytes: pattern === 'sequential' ? 131_072 : 4096,
    offset: i * FILE,
    range: FILE,
    depth: 1,
    sync: true,
    buffered: false,
    priorityClass: 2,
    priorityLevel: 4,
    thinkTime: 0,
    start: 0,
  }));
}

/** What a group of readers got: KB/s (10³) together, of the slowest and the fastest, and the longest latency, ms. */
export interface Measured {
  readonly rate: number;
  readonly slowest: number;
  readonly fastest: number;
  readonly longest: number;
}

/** Runs of a few seeds: where readers meet the disk's rotation decides for whole runs, and is drawn anew by each. */
const SEEDS = [1, 2, 3, 4, 5];

/** Runs readers at HZ 1000, and measures the first `first` of them and the others apart: means over seeds. */
export function measure(
  tasks: readonly TaskModel[],
  device: DeviceModel,
  scheduler: SchedulerName,
  { settings = {}, seconds = 10, first = tasks.length } = {},
): [Measured, Measured] {
  const workload = { name: 'published', tasks, duration: seconds * 1e9 };
  const host = { ...defaultHost, hz: 1000 };
  const runs = SEEDS.map((seed) => simulate({ workload, device, scheduler, settings, host, seed }).tasks);
  const mean = (of: (tasks: (typeof runs)[number]) => number): number =>
    runs.reduce((sum, run) => sum + of(run), 0) / runs.length;
  const of = (from: number, to: number): Measured => {
    const rates = (run: (typeof runs)[number]): number[] =>
      run.slice(from, to).map(({ byteRate }) => byteRate / 1000);
    return {
      rate: mean((run) => rates(run).reduce((a, b) => a + b, 0)),
      slowest: mean((run) => Math.min(...rates(run))),
      fastest: mean((run) => Math.max(...rates(run))),
      longest: mean((run) => Math.max(...run.slice(from, to).map(({ max }) => max)) / 1e6),
    };
  };
  return [of(0, first), of(first, tasks.length)];
}
