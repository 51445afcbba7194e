/**
 * Names of the series of copied memory files. Those of /proc/meminfo are `meminfo KEY` (bytes), those of /proc/vmstat
 * `vmstat KEY`, those of a cgroup's memory.stat `memory stat KEY`, in the keys of version 2.
 */
export const memorySeries = {
  meminfo: (key: string): string => `meminfo ${key}`,
  vmstat: (key: string): string => `vmstat ${key}`,
  stat: (key: string): string => `memory stat ${key}`,
  /** memory.events; of version 1 `max` is failcnt, `oom_kill` is of memory.oom_control. */
  event: (key: string): string => `memory events ${key}`,
  /** The same of memory.events.local: of the group alone. */
  localEvent: (key: string): string => `memory events local ${key}`,
  swapEvent: (key: string): string => `memory swap events ${key}`,
  /** Bytes; no reading where the file says there is no limit. */
  limit: (key: MemoryLimit): string => `memory limit ${key}`,
  usage: 'memory usage',
  peak: 'memory peak',
  swapUsage: 'memory swap usage',
  memswUsage: 'memory memsw usage',
  underOom: 'memory under_oom',
  /** Of a process, bytes: what it holds, and the most it held (VmRSS, VmHWM of /proc/PID/status). */
  resident: 'status VmRSS',
  residentPeak: 'status VmHWM',
  oomScore: 'oom_score',
  oomScoreAdjust: 'oom_score_adj',
  swapSize: 'swap size',
  swapUsed: 'swap used',
} as const;

/** `hierarchical`: the least limit of the group and those above it (version 1). */
export type MemoryLimit = 'max' | 'high' | 'low' | 'min' | 'soft' | 'swap' | 'memsw' | 'hierarchical';

/** Event of the marks that hold lines of the OOM killer's report, one mark a line. */
export const OOM_LINE = 'oom report';
