import { cgroupCpuStat } from './cgroup-cpu-stat.ts';
import { cpuacctByCpu, cpuacctStat, cpuacctUsage } from './cgroup-cpuacct.ts';
import { cgroupMemory } from './cgroup-memory.ts';
import { cgroupMemoryEvents } from './cgroup-memory-events.ts';
import { cgroupMemoryStat } from './cgroup-memory-stat.ts';
import { cgroupNumaStat } from './cgroup-numa-stat.ts';
import { cgroupProcs, pidsCurrent, pidsEvents } from './cgroup-pids.ts';
import { cpuFrequency, governor } from './cpufreq.ts';
import { cpuinfo } from './cpuinfo.ts';
import { hugePageStats, khugepagedCounts } from './huge-pages.ts';
import { interrupts, softirqs } from './interrupts.ts';
import { ioStat, throttleCharged } from './io-charged.ts';
import { ioMax, ioWeights, throttleLimits } from './io-limits.ts';
import type { KernelFile } from './kernel-file.ts';
import { ksmCounts, ksmMergingPages, ksmOfProcess } from './ksm.ts';
import { kvmExitCounts, kvmStatReport, kvmTotalFile, kvmTotals, perfUsage } from './kvm-totals.ts';
import { meminfo } from './meminfo.ts';
import { nodeMeminfo, nodeNumastat, procBuddyinfo } from './memory-node.ts';
import { netDev } from './net-dev.ts';
import { netSnmp, netstatText, nstat } from './net-protocols.ts';
import { oomScore } from './oom-score.ts';
import { pressure } from './pressure.ts';
import { procStat } from './proc-stat.ts';
import { procVersion } from './proc-version.ts';
import { nodeVmstat, procVmstat } from './proc-vmstat.ts';
import { cgroupEvents, processIo } from './process-io.ts';
import { processSched } from './process-sched.ts';
import { processSchedstat } from './process-schedstat.ts';
import { processStat } from './process-stat.ts';
import { processCgroup, processStatus } from './process-status.ts';
import { schedDebugFile } from './sched-debug.ts';
import { schedstat } from './schedstat.ts';
import { processSmaps } from './smaps.ts';
import { softnetStat } from './softnet.ts';
import { swaps } from './swaps.ts';
import { uptime } from './uptime.ts';

/** Every file of the kernel whose copies are read, the most particular first. To add one: a file beside this, and a line here. */
export const kernelFiles: readonly KernelFile[] = [
  procStat,
  pressure,
  cpuinfo,
  procVersion,
  netDev,
  uptime,
  meminfo,
  governor,
  cpuFrequency,
  cgroupCpuStat,
  cpuacctUsage,
  cpuacctStat,
  cpuacctByCpu,
  pidsCurrent,
  pidsEvents,
  cgroupProcs,
  processStat,
  processIo,
  cgroupEvents,
  processSched,
  processSchedstat,
  processStatus,
  processCgroup,
  schedstat,
  schedDebugFile,
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
  kvmExitCounts,
  perfUsage,
  ksmCounts,
  ksmOfProcess,
  ksmMergingPages,
  processSmaps,
  khugepagedCounts,
  hugePageStats,
  nodeNumastat,
  nodeMeminfo,
  procBuddyinfo,
  nodeVmstat,
  procVmstat,
  swaps,
  cgroupMemory,
  cgroupMemoryStat,
  cgroupMemoryEvents,
  cgroupNumaStat,
  oomScore,
];
