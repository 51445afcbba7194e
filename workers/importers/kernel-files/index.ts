import { cgroupMemory } from './cgroup-memory.ts';
import { cgroupMemoryEvents } from './cgroup-memory-events.ts';
import { cgroupMemoryStat } from './cgroup-memory-stat.ts';
import { cpuFrequency, governor } from './cpufreq.ts';
import { cpuinfo } from './cpuinfo.ts';
import { interrupts, softirqs } from './interrupts.ts';
import { ioStat, throttleCharged } from './io-charged.ts';
import { ioMax, ioWeights, throttleLimits } from './io-limits.ts';
import type { KernelFile } from './kernel-file.ts';
import { kvmStatReport, kvmTotalFile, kvmTotals } from './kvm-totals.ts';
import { meminfo } from './meminfo.ts';
import { netSnmp, netstatText, nstat } from './net-protocols.ts';
import { oomScore } from './oom-score.ts';
import { pressure } from './pressure.ts';
import { procStat } from './proc-stat.ts';
import { procVersion } from './proc-version.ts';
import { procVmstat } from './proc-vmstat.ts';
import { softnetStat } from './softnet.ts';
import { swaps } from './swaps.ts';

/** Every file of the kernel whose copies are read, the most particular first. To add one: a file beside this, and a line here. */
export const kernelFiles: readonly KernelFile[] = [
  procStat,
  pressure,
  cpuinfo,
  procVersion,
  governor,
  cpuFrequency,
  throttleLimits,
  throttleCharged,
  ioMax,
  ioStat,
  ioWeights,
  netSnmp,
  netstatText,
  nstat,
  softnetStat,
  interrupts,
  softirqs,
  kvmTotalFile,
  kvmTotals,
  kvmStatReport,
  meminfo,
  procVmstat,
  swaps,
  cgroupMemory,
  cgroupMemoryStat,
  cgroupMemoryEvents,
  oomScore,
];
