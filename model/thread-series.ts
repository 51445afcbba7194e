/** What the kernel counts of one thread (entity `thread`, name `PID/TID`), by its own keys; times in ns. */
export const threadCounts = {
  migrations: 'nr_migrations',
  run: 'schedstat run',
  wait: 'schedstat wait',
  voluntary: 'voluntary_ctxt_switches',
  involuntary: 'nonvoluntary_ctxt_switches',
} as const;
