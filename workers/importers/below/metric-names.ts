import { type BelowColumn, belowColumns } from './columns.ts';

/** Fields of below by the name of their metric, and the title of the same field in its tables. */
const cgroupTitles: Readonly<Record<string, string>> = {
  cpu_usage_pct: 'CPU Usage',
  cpu_nr_periods_per_sec: 'Nr Period',
  cpu_nr_throttled_per_sec: 'Nr Throttled',
  cpu_throttled_pct: 'Throttled Pct',
  mem_total: 'Mem Total',
  mem_anon: 'Mem Anon',
  mem_file: 'Mem File',
  mem_kernel: 'Kernel',
  mem_kernel_stack: 'Kernel Stack',
  mem_slab: 'Mem Slab',
  mem_sock: 'Mem Sock',
  mem_shmem: 'Mem Shmem',
  mem_file_mapped: 'File Mapped',
  mem_file_dirty: 'File Dirty',
  mem_file_writeback: 'File WB',
  mem_anon_thp: 'Anon THP',
  mem_inactive_anon: 'Inactive Anon',
  mem_active_anon: 'Active Anon',
  mem_inactive_file: 'Inactive File',
  mem_active_file: 'Active File',
  mem_unevictable: 'Unevictable',
  mem_slab_reclaimable: 'Slab Reclaimable',
  mem_slab_unreclaimable: 'Slab Unreclaimable',
  io_rbytes_per_sec: 'RBytes',
  io_wbytes_per_sec: 'WBytes',
  pids_tids_current: 'Tids Current',
  pressure_cpu_some_pct: 'CPU Some Pressure',
  pressure_cpu_full_pct: 'CPU Pressure',
  pressure_memory_some_pct: 'Mem Some Pressure',
  pressure_memory_full_pct: 'Mem Pressure',
  pressure_io_some_pct: 'I/O Some Pressure',
  pressure_io_full_pct: 'I/O Pressure',
};
const systemTitles: Readonly<Record<string, string>> = {
  cpu_user_pct: 'User',
  cpu_nice_pct: 'Nice',
  cpu_system_pct: 'System',
  cpu_idle_pct: 'Idle',
  cpu_iowait_pct: 'IOWait',
  cpu_irq_pct: 'Irq',
  cpu_softirq_pct: 'SoftIrq',
  cpu_stolen_pct: 'Stolen',
  mem_total: 'Total',
  mem_free: 'Free',
  mem_available: 'Available',
  mem_buffers: 'Buffers',
  mem_cached: 'Cached',
  mem_swap_total: 'Swap Total',
  mem_swap_free: 'Swap Free',
  mem_dirty: 'Dirty',
  mem_writeback: 'Writeback',
  vm_oom_kill: 'OOM Kills',
  stat_context_switches: 'Context Switches',
  stat_running_processes: 'Running Procs',
  stat_blocked_processes: 'Blocked Procs',
};
const metric = /^(cgroup|system)_(\w+?)(?:_(?:percent|bytes_per_second|bytes|count))?$/;

/** What a metric of `below dump -O openmetrics` is filed as; undefined for those not read. */
export function belowMetric(
  name: string,
): { readonly sort: 'cgroup' | 'system'; readonly column: BelowColumn } | undefined {
  const found = metric.exec(name);
  if (found === null) return undefined;
  const [, sort = '', field = ''] = found;
  const isGroup = sort === 'cgroup';
  const title = (isGroup ? cgroupTitles : systemTitles)[field];
  const column = title === undefined ? undefined : belowColumns[isGroup ? 'cgroup' : 'system'][title];
  return column === undefined ? undefined : { sort: isGroup ? 'cgroup' : 'system', column };
}
