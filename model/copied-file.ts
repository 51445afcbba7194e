/** Which copy of two: taken before the workload, or after it. */
export type Moment = 'before' | 'after';

/** A copy of a file of /proc or /sys, as its name tells. */
export interface CopiedFile {
  /** Path in the live system: `/proc/vmstat`. */
  readonly path: string;
  /** Which of two copies, where the name says so and no directory of a snapshot does. */
  readonly moment?: Moment;
}

/** Directories of /sys/fs/cgroup in which hierarchies of version 1 are mounted, `cpu,cpuacct` too. */
const controller =
  /^(?:(?:cpu|cpuacct|memory|blkio|pids|cpuset|freezer|devices|net_cls|net_prio|perf_event|hugetlb|rdma|misc)(?:,\w+)*|unified|systemd)$/;
const cgroupFileName = /^(?:cpu|cpuacct|memory|io|blkio|pids|cpuset|cgroup|hugetlb)\.[a-z][\w.]*$/;
const markedBefore = /^(before|after)@(.*)$/;
const markedAfter = /^(.*)\.(before|after|t0|t1)(?:\.txt)?$/;
const snapshotDirectory = /^snap-\d+_/;

/** Names without a path that collectors give their copies, and the files they are of. */
const aliases: readonly (readonly [RegExp, string])[] = [
  [/^pressure[_-](cpu|io|memory|irq)$/, '/proc/pressure/$1'],
  [/^proc[_-]pressure[_-](cpu|io|memory|irq)$/, '/proc/pressure/$1'],
  [/^proc[_-]net[_-](\w+)$/, '/proc/net/$1'],
  [/^(?:net[_-])?(snmp|netstat|softnet_stat)$/, '/proc/net/$1'],
  [/^proc[_-]([a-z]+)$/, '/proc/$1'],
  [
    /^(vmstat|meminfo|loadavg|stat|interrupts|softirqs|schedstat|diskstats|buddyinfo|zoneinfo|uptime|cpuinfo|version|cmdline)$/,
    '/proc/$1',
  ],
  [/^(node\d+)[._-](numastat|meminfo|distance|vmstat|cpulist|cpumap)$/, '/sys/devices/system/node/$1/$2'],
  [/^(enabled|defrag|shmem_enabled)$/, '/sys/kernel/mm/transparent_hugepage/$1'],
];

/**
 * Where a copied file was in the live system: `snap-003_1795209173_5811/proc@vmstat`, `before@proc@vmstat`,
 * `after/proc/vmstat`, `sosreport-db17/proc/vmstat`, `proc_stat.before`, `node0.numastat.after`,
 * `mygroup/cpu.stat`. Undefined when the name does not tell: content decides then.
 */
export function copiedFile(name: string): CopiedFile | undefined {
  const parts = name.slice(name.lastIndexOf('!') + 1).split('/');
  const base = parts.pop() ?? '';
  const { moment, rest } = momentOf(base, parts);
  const whole = [...parts, rest.replaceAll('@', '/')].join('/');
  const system = /(?:^|\/)((?:sys|proc)\/.+)$/.exec(whole)?.[1];
  const path = system === undefined ? bareName(rest, parts) : `/${system}`;
  if (path === undefined) return undefined;
  return moment === undefined ? { path } : { path, moment };
}

/** Which copy of two a name tells of, also of files that are none of the kernel's: `numastat.before.txt`. */
export function momentOfName(name: string): Moment | undefined {
  const parts = name.slice(name.lastIndexOf('!') + 1).split('/');
  const base = parts.pop() ?? '';
  return momentOf(base, parts).moment;
}

function momentOf(base: string, parents: readonly string[]): { moment?: Moment; rest: string } {
  const first = markedBefore.exec(base);
  if (first !== null) return { moment: first[1] as Moment, rest: first[2] ?? '' };
  const last = markedAfter.exec(base);
  if (last !== null) {
    const before = last[2] === 'before' || last[2] === 't0';
    return { moment: before ? 'before' : 'after', rest: last[1] ?? '' };
  }
  const directory = parents.find((part) => part === 'before' || part === 'after');
  return directory === undefined ? { rest: base } : { moment: directory as Moment, rest: base };
}

function bareName(base: string, parents: readonly string[]): string | undefined {
  if (cgroupFileName.test(base)) return cgroupPath(base, parents);
  const plain = base.replace(/\.(?:txt|log|out)$/, '');
  const found = aliases.find(([pattern]) => pattern.test(plain));
  return found === undefined ? undefined : plain.replace(found[0], found[1]);
}

/** A cgroup's file beside its siblings: the group is called like its directory. */
function cgroupPath(base: string, parents: readonly string[]): string {
  const last = parents.at(-1) ?? '';
  const group = (name: string | undefined): string =>
    name === undefined || name === '' || name === '.' || snapshotDirectory.test(name) ? '' : `/${name}`;
  if (controller.test(last)) return `/sys/fs/cgroup/${last}${group(parents.at(-2))}/${base}`;
  return `/sys/fs/cgroup${group(last)}/${base}`;
}
