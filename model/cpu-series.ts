/**
 * Names of what kernel files count of CPU time, shared by their importers and the analyzers: the kernel's own
 * keys. Files that hold the same count in another resolution have names of their own, so that two readings of
 * one moment never look like a count that fell.
 */

/** Of a cgroup: cpu.stat of both versions (Documentation/admin-guide/cgroup-v2.rst), times in ns. */
export const cgroupCpu = {
  usage: 'cpu.stat usage',
  user: 'cpu.stat user',
  system: 'cpu.stat system',
  nice: 'cpu.stat nice',
  periods: 'cpu.stat nr_periods',
  throttledPeriods: 'cpu.stat nr_throttled',
  /** Added up over the run queues of all CPUs: more than a second a second is possible. */
  throttled: 'cpu.stat throttled',
  /** The same with what parents' limits cost: cpu.stat.local. */
  throttledLocal: 'cpu.stat.local throttled',
  bursts: 'cpu.stat nr_bursts',
  burstTime: 'cpu.stat burst',
  forcedIdle: 'cpu.stat core_sched.force_idle',
  /** Version 1, ns: cpuacct.usage. */
  accountedUsage: 'cpuacct.usage',
  /** Version 1, ticks: cpuacct.stat. */
  accountedUser: 'cpuacct.stat user',
  accountedSystem: 'cpuacct.stat system',
  pids: 'pids.current',
  pidsPeak: 'pids.peak',
  pidsRefused: 'pids.events max',
  processes: 'cgroup.procs',
} as const;

/** Of a whole process, entity `process`, its name the id: proc_pid_stat(5); times in ticks of USER_HZ. */
export const processCpu = {
  user: 'utime',
  system: 'stime',
  childrenUser: 'cutime',
  childrenSystem: 'cstime',
  guest: 'guest_time',
  threads: 'num_threads',
  nice: 'nice',
  lastCpu: 'processor',
  /** 1 when the task was on a CPU or waited for one as it was read. */
  runnable: 'runnable',
} as const;

/** Tells one process from the next with its id: ticks after boot (proc_pid_stat(5), field 22). */
export const START_TIME = 'process start';

/** Of one thread, entity `thread`, its name `PID/TID`; times in ns. */
export const threadCpu = {
  run: 'schedstat run',
  wait: 'schedstat wait',
  slices: 'schedstat slices',
  exec: 'se.sum_exec_runtime',
  vruntime: 'se.vruntime',
  /** The weight of a nice level, 1024 for nice 0: what the file says divided by 1024 on 64 bits. */
  weight: 'se.load.weight',
  slice: 'se.slice',
  waitSum: 'wait_sum',
  migrations: 'nr_migrations',
  switches: 'nr_switches',
  policy: 'policy',
  priority: 'prio',
  voluntary: 'voluntary_ctxt_switches',
  involuntary: 'nonvoluntary_ctxt_switches',
} as const;

/** Of a CPU, /proc/schedstat: ns tasks ran, and waited for it. */
export const cpuQueue = { run: 'run queue run', wait: 'run queue wait', slices: 'run queue slices' } as const;

/** Event of the marks that say a group was refused a fork: `cgroup: fork rejected by pids controller in /x`. */
export const FORK_REJECTED = 'fork rejected';
