import { cgroupMemory } from './cgroup-memory.ts';
import { cgroupMemoryEvents } from './cgroup-memory-events.ts';
import { cgroupMemoryStat } from './cgroup-memory-stat.ts';
import { cpuFrequency, governor } from './cpufreq.ts';
import { cpuinfo } from './cpuinfo.ts';
import type { KernelFile } from './kernel-file.ts';
import { meminfo } from './meminfo.ts';
import { oomScore } from './oom-score.ts';
import { pressure } from './pressure.ts';
import { procStat } from './proc-stat.ts';
import { procVersion } from './proc-version.ts';
import { procVmstat } from './proc-vmstat.ts';
import { swaps } from './swaps.ts';

/** Every file of the kernel whose copies are read, the most particular first. To add one: a file beside this, and a line here. */
export const kernelFiles: readonly KernelFile[] = [
  procStat,
  pressure,
  cpuinfo,
  procVersion,
  governor,
  cpuFrequency,
  meminfo,
  procVmstat,
  swaps,
  cgroupMemory,
  cgroupMemoryStat,
  cgroupMemoryEvents,
  oomScore,
];
