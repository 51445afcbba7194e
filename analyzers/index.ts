import type { Analyzer } from './analyzer.ts';
import { functionCalls } from './calls/function-calls.ts';
import { writePath } from './calls/write-path.ts';
import { containers } from './cgroup/containers.ts';
import { cpuQuota } from './cgroup/cpu-quota.ts';
import { cpuUsage } from './cgroup/cpu-usage.ts';
import { cpuWeights } from './cgroup/cpu-weights.ts';
import { cpusets } from './cgroup/cpuset.ts';
import { cgroupIoLimits } from './cgroup/io-limits.ts';
import { pids } from './cgroup/pids.ts';
import { flame } from './cpu/flame.ts';
import { hotspots } from './cpu/hotspots.ts';
import { kinds } from './cpu/kinds.ts';
import { samplingQuality } from './cpu/sampling.ts';
import { stackQualityAnalyzer } from './cpu/stack-quality.ts';
import { topDown } from './cpu/top-down.ts';
import { cpuStatesByCpu } from './cpu-time/cpus.ts';
import { busyProcesses } from './cpu-time/processes.ts';
import { threadShares } from './cpu-time/thread-shares.ts';
import { activity } from './host/activity.ts';
import { csvSeries } from './host/csv-series.ts';
import { environment } from './host/environment.ts';
import { knobConflicts } from './host/knob-conflicts.ts';
import { runResults } from './host/run-results.ts';
import { useMethod } from './host/use-method.ts';
import { ioAbove } from './io/above.ts';
import { ioAccess } from './io/access.ts';
import { ioAgreement } from './io/agreement.ts';
import { disks } from './io/disks.ts';
import { ioFairness } from './io/fairness.ts';
import { fioResults } from './io/fio.ts';
import { ioLatencyMap } from './io/latency-map.ts';
import { littlesLaw } from './io/littles-law.ts';
import { ioRecording } from './io/recording.ts';
import { ioService } from './io/service.ts';
import { ageing } from './io/signatures/ageing.ts';
import { behindWrites } from './io/signatures/behind-writes.ts';
import { idling } from './io/signatures/idling.ts';
import { weightRaising } from './io/signatures/weight-raising.ts';
import { ioWaits } from './io/waits.ts';
import { kvmExits } from './kvm/exits.ts';
import { kvmSteal } from './kvm/steal.ts';
import { kvmTotals } from './kvm/totals.ts';
import { kvmUserspace } from './kvm/userspace.ts';
import { loadAverage } from './load/average.ts';
import { dState } from './load/d-state.ts';
import { sampledStates } from './load/sampled.ts';
import { cgroupMemoryUse } from './memory/cgroup.ts';
import { falseSharing } from './memory/false-sharing.ts';
import { ksmAnalyzer } from './memory/ksm/ksm.ts';
import { ksmtunedLog } from './memory/ksmtuned.ts';
import { numaBalancing } from './memory/numa/balancing.ts';
import { numaPlacement } from './memory/numa/placement.ts';
import { zoneReclaim } from './memory/numa/zone-reclaim.ts';
import { oomKills } from './memory/oom/oom.ts';
import { pressureStalls } from './memory/psi/psi.ts';
import { swappiness } from './memory/swappiness/swappiness.ts';
import { thpAnalyzer } from './memory/thp/thp.ts';
import { writeThrottling } from './memory/write-throttling.ts';
import { dirtyWriteback } from './memory/writeback.ts';
import { interruptLoad } from './network/interrupts.ts';
import { tcpRetransmits } from './network/tcp.ts';
import { oddWindowsAnalyzer } from './phases/odd.ts';
import { phases } from './phases/phases.ts';
import { hardwareCounters } from './pinning/hardware.ts';
import { pinning } from './pinning/migrations.ts';
import { cpuUse } from './sched/cpu-use.ts';
import { latency } from './sched/latency.ts';
import { offCpu } from './sched/off-cpu.ts';
import { recording } from './sched/recording.ts';
import { wakeChains } from './sched/wake-chains.ts';
import { traceEvents } from './trace/events.ts';

/** Every analyzer, in the order in which their sections appear. To add one: a file, and a line here. */
export const analyzers: readonly Analyzer[] = [
  runResults,
  useMethod,
  pressureStalls,
  ksmAnalyzer,
  ksmtunedLog,
  loadAverage,
  dState,
  sampledStates,
  containers,
  cpuQuota,
  cpuUsage,
  cpuWeights,
  cpusets,
  pids,
  cpuStatesByCpu,
  busyProcesses,
  threadShares,
  latency,
  cpuUse,
  offCpu,
  wakeChains,
  pinning,
  hardwareCounters,
  topDown,
  falseSharing,
  oomKills,
  cgroupMemoryUse,
  swappiness,
  disks,
  littlesLaw,
  ioWaits,
  ioService,
  ioLatencyMap,
  ioFairness,
  ageing,
  weightRaising,
  behindWrites,
  idling,
  ioAccess,
  ioAbove,
  fioResults,
  ioAgreement,
  cgroupIoLimits,
  dirtyWriteback,
  writeThrottling,
  kvmExits,
  kvmUserspace,
  kvmTotals,
  kvmSteal,
  interruptLoad,
  tcpRetransmits,
  writePath,
  functionCalls,
  kinds,
  flame,
  hotspots,
  stackQualityAnalyzer,
  samplingQuality,
  phases,
  oddWindowsAnalyzer,
  knobConflicts,
  thpAnalyzer,
  numaPlacement,
  numaBalancing,
  zoneReclaim,
  activity,
  csvSeries,
  environment,
  recording,
  ioRecording,
  traceEvents,
];
