/** A file of a control group. */
export interface CgroupFile {
  /** Path of the group in its hierarchy: `/`, `/system.slice/db.service`. */
  readonly cgroup: string;
  /** `cpu.stat`, `memory.max`. */
  readonly file: string;
  readonly version: 1 | 2;
}

const hierarchy =
  /^(?:(?:cpu|cpuacct|memory|blkio|pids|cpuset|freezer|devices|net_cls|net_prio|perf_event|hugetlb|rdma|misc)(?:,\w+)*|systemd)$/;
/** Files only version 1 has, wherever they were found. */
const onlyVersion1 =
  /^(?:cpuacct\.|blkio\.|cpu\.(?:cfs_|shares$|rt_)|memory\.(?:\w+_in_bytes|failcnt|memsw\.|kmem\.|oom_control|use_hierarchy|move_charge|force_empty)|cpuset\.(?:memory_|cpu_exclusive|mem_exclusive|sched_))/;

/**
 * Takes `/sys/fs/cgroup/memory/pmem_b/memory.stat` (version 1), `/sys/fs/cgroup/unified/x/cpu.pressure` (the
 * second hierarchy of a hybrid host) and `/sys/fs/cgroup/x/cpu.stat` (version 2) apart. Undefined for other paths.
 */
export function cgroupFile(path: string): CgroupFile | undefined {
  const found = /^\/sys\/fs\/cgroup\/(.+)$/.exec(path)?.[1];
  if (found === undefined) return undefined;
  const parts = found.split('/');
  const file = parts.pop() ?? '';
  if (!/^(?:cpu|cpuacct|memory|io|blkio|pids|cpuset|cgroup|hugetlb|rdma|misc)\./.test(file)) return undefined;
  const [top = ''] = parts;
  const isFirst = parts.length > 0 && hierarchy.test(top);
  if (isFirst || top === 'unified') parts.shift();
  return {
    cgroup: `/${parts.join('/')}`,
    file,
    version: isFirst || onlyVersion1.test(file) ? 1 : 2,
  };
}

/** The group a group is in; undefined for the root. */
export function parentCgroup(cgroup: string): string | undefined {
  if (cgroup === '/') return undefined;
  return cgroup.slice(0, cgroup.lastIndexOf('/')) || '/';
}
