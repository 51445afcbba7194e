/** A setting of the kernel that runs may differ in, read from the knob's own file. */
export interface Knob {
  /** Name of the label of the run. */
  readonly name: string;
  /** Path of the file in the live system; the first group is what it is of (a device), where there is one. */
  readonly path: RegExp;
  /** The line of the file that tells, its first group the value; the whole file where there is none. */
  readonly line?: RegExp;
}

/** Limits of control groups, of either version: each is of the group whose file it is, and its first line tells. */
function limits(files: readonly string[]): Knob[] {
  return files.map((file) => ({
    name: file,
    path: new RegExp(`^/sys/fs/cgroup(?:/(.+))?/${file.replaceAll('.', '\\.')}$`),
    line: /^[^\S\n]*(\S[^\n]*)/,
  }));
}

/** To add a knob: a line. Choices (`none [bfq]`) are told by the brackets, all others as they stand. */
export const knobs: readonly Knob[] = [
  { name: 'scheduler', path: /^\/sys\/block\/([^/]+)\/queue\/scheduler$/ },
  { name: 'low_latency', path: /^\/sys\/block\/([^/]+)\/queue\/iosched\/low_latency$/ },
  { name: 'nr_requests', path: /^\/sys\/block\/([^/]+)\/queue\/nr_requests$/ },
  { name: 'rotational', path: /^\/sys\/block\/([^/]+)\/queue\/rotational$/ },
  { name: 'wbt_lat_usec', path: /^\/sys\/block\/([^/]+)\/queue\/wbt_lat_usec$/ },
  { name: 'thp', path: /^\/sys\/kernel\/mm\/transparent_hugepage\/enabled$/ },
  { name: 'ksm', path: /^\/sys\/kernel\/mm\/ksm\/run$/ },
  { name: 'thp_defrag', path: /^\/sys\/kernel\/mm\/transparent_hugepage\/defrag$/ },
  { name: 'ksm_pages_to_scan', path: /^\/sys\/kernel\/mm\/ksm\/pages_to_scan$/ },
  { name: 'swappiness', path: /^\/proc\/sys\/vm\/swappiness$/ },
  { name: 'dirty_ratio', path: /^\/proc\/sys\/vm\/dirty_ratio$/ },
  { name: 'dirty_bytes', path: /^\/proc\/sys\/vm\/dirty_bytes$/ },
  { name: 'dirty_background_ratio', path: /^\/proc\/sys\/vm\/dirty_background_ratio$/ },
  { name: 'dirty_background_bytes', path: /^\/proc\/sys\/vm\/dirty_background_bytes$/ },
  { name: 'numa_balancing', path: /^\/proc\/sys\/kernel\/numa_balancing$/ },
  { name: 'smt', path: /^\/sys\/devices\/system\/cpu\/smt\/control$/ },
  { name: 'governor', path: /^\/sys\/devices\/system\/cpu\/(cpu\d+)\/cpufreq\/scaling_governor$/ },
  ...limits(['cpu.max', 'cpu.weight', 'memory.max', 'memory.high', 'io.max', 'cpuset.cpus']),
  ...limits(['cpu.cfs_quota_us', 'cpu.shares', 'memory.limit_in_bytes']),
  ...limits([
    'blkio.throttle.read_bps_device',
    'blkio.throttle.write_bps_device',
    'blkio.throttle.read_iops_device',
    'blkio.throttle.write_iops_device',
  ]),
  { name: 'cpus_allowed', path: /^\/proc\/(\d+)\/status$/, line: /^Cpus_allowed_list:\s*(\S+)/m },
];

/** Key of the fact that holds what a file of /proc or /sys said. */
export const SETTING = 'setting ';
/** Key of the fact that holds what a configuration wants a file of /proc/sys to hold: `VALUE<tab>FILE<tab>LINE`. */
export const CONFIGURED = 'configured ';
/** Key of the fact that names the active profile of TuneD. */
export const ACTIVE_PROFILE = 'tuned active profile';

/** `none mq-deadline [bfq]` → `bfq`; anything else as it stands. */
export function activeValue(text: string): string {
  return /(?:^|\s)\[([^\]\s]+)\](?:\s|$)/.exec(text)?.[1] ?? text.trim();
}
