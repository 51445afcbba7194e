/** A setting of the kernel that runs may differ in, read from the knob's own file. */
export interface Knob {
  /** Name of the label of the run. */
  readonly name: string;
  /** Path of the file in the live system; the first group is what it is of (a device), where there is one. */
  readonly path: RegExp;
  /** The line of the file that tells, its first group the value; the whole file where there is none. */
  readonly line?: RegExp;
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
  { name: 'cpus_allowed', path: /^\/proc\/(\d+)\/status$/, line: /^Cpus_allowed_list:\s*(\S+)/m },
];

/** Key of the fact that holds what a file of /proc or /sys said. */
export const SETTING = 'setting ';

/** `none mq-deadline [bfq]` → `bfq`; anything else as it stands. */
export function activeValue(text: string): string {
  return /(?:^|\s)\[([^\]\s]+)\](?:\s|$)/.exec(text)?.[1] ?? text.trim();
}
