/**
 * Lines of the OOM killer's report (mm/oom_kill.c, mm/memcontrol.c, mm/show_mem.c) from 2.6.36 on. Each is one
 * record; which belong together is found out after the merge.
 */
const lines: readonly RegExp[] = [
  /^.* invoked oom-killer: gfp_mask=/,
  /^(?:memory(?:\+swap)?|swap|kmem): usage \d+kB, limit \d+kB, failcnt \d+$/,
  /^Memory cgroup stats for \S+?:/,
  /^Task in \S+ killed as a result of limit of \S+$/,
  /^(?:anon|file|kernel|kernel_stack|pagetables|shmem|slab_reclaimable|slab_unreclaimable|unevictable|total_(?:rss|cache|shmem|swap|unevictable)|rss|cache) \d+$/,
  /^\[ *pid *\] +uid +tgid total_vm +rss /,
  /^\[ *\d+\] +\d+ +\d+ +\d+ +\d+ .*-?\d+ .+$/,
  /^oom-kill:constraint=/,
  /^(?:Memory cgroup out of memory|Out of memory)(?: \(oom_kill_allocating_task\))?: Kill(?:ed)? process \d+ /,
  /^Killed process \d+ \(/,
  /^Tasks in \S+ are going to be killed due to memory\.oom\.group set/,
  /^oom_reaper: reaped process \d+ /,
  /^ *active_anon:\d+ inactive_anon:\d+/,
  /^ *free:\d+ free_pcp:\d+/,
  /^Node \d+ \w+: (?:\d+\*\d+kB .*)?= \d+kB$/,
  /^(?:Free|Total) swap += \d+kB$/,
  /^\d+ pages (?:RAM|reserved)$/,
];

/** Is this part of a report of the OOM killer? */
export function isOomLine(text: string): boolean {
  return lines.some((line) => line.test(text));
}
