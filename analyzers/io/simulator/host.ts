import type { HostModel } from '../../../model/simulation.ts';

/**
 * Defaults of a current kernel; the pace and the limits of dirty pages of the small virtual machine the validation
 * was recorded on. From its mixed test under none, mq-deadline, kyber and bfq (20 s each, repeats not looked at):
 *
 * - copyPage: 4031 writes of 256 KiB to the cache that did not sleep took 13.9 µs a page in the mean.
 * - lateTimers: of 0.08, 0.14, 0.2, 0.26 and 0.32 the one whose latencies of the buffered writer are closest, by the
 *   sum of the four Kolmogorov-Smirnov distances: 0.753, 0.744, 0.739, 0.742, 0.758, so it is known roughly.
 * - leaveCpu, returnCpu: fio's tasks left the CPU they were mostly on at 274 of 5299 submissions after a sleep, and
 *   came back at 281 of 2021 (that test and the starvation test, without the mixed one under none).
 *
 * A device nobody has written to is taken for one of 100 MiB/s (INIT_BW).
 */
export const defaultHost: HostModel = {
  hz: 250,
  requests: 0,
  maxSectorsKb: 512,
  noMerges: 0,
  turnaround: 100_000,
  dirtyLimit: 64 * 2 ** 20,
  dirtyBackground: 32 * 2 ** 20,
  strictLimit: true,
  writeEstimates: { bandwidth: 100 * 2 ** 20, limit: 100 * 2 ** 20 },
  copyPage: 14_000,
  lateTimers: 0.2,
  cpus: 2,
  leaveCpu: 0.052,
  returnCpu: 0.139,
};
