import type { HostModel } from '../../../model/simulation.ts';

/** Defaults of a current kernel, and the pace of a small virtual machine. */
export const defaultHost: HostModel = {
  hz: 250,
  requests: 0,
  maxSectorsKb: 512,
  noMerges: 0,
  turnaround: 100_000,
  dirtyLimit: 64 * 2 ** 20,
  dirtyBackground: 32 * 2 ** 20,
  copyPage: 1500,
};
