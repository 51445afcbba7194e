/** A subject questions are about. Analyzers belong to it by the start of their ids, the longest that fits. */
export interface Area {
  readonly id: string;
  readonly title: string;
  readonly prefixes: readonly string[];
  /** One command that captures what most of the area's analyzers ask for. */
  readonly captureWith: string;
  /** Ids of the questions that command answers, or their beginnings up to a slash. */
  readonly captures: readonly string[];
}

const snapshots = (options = ''): string => `scripts/snapshot.sh ${options}snapshots`;

/** Every area, in the order in which reports name them. */
export const areas: readonly Area[] = [
  {
    id: 'cpu',
    title: 'CPU profile',
    prefixes: ['cpu/', 'phases/', 'pinning/hardware', 'trace/'],
    captureWith: 'perf record -F 499 -a -g -- sleep 30 && perf script --header > perf.txt',
    captures: [
      'cpu/kinds',
      'cpu/flame',
      'cpu/hotspots',
      'cpu/stack-quality',
      'cpu/sampling',
      'phases/',
      'trace/',
    ],
  },
  {
    id: 'scheduler',
    title: 'scheduler',
    prefixes: ['sched/', 'load/', 'cpu-time/', 'pinning/'],
    captureWith:
      'perf record -k CLOCK_MONOTONIC -m 16M -e sched:sched_switch,sched:sched_wakeup,sched:sched_wakeup_new,sched:sched_migrate_task -a -g -- sleep 60 && perf script --ns --header > sched.txt',
    captures: ['sched/', 'load/average', 'load/d-state', 'pinning/migrations'],
  },
  {
    id: 'host',
    title: 'host',
    prefixes: ['host/', 'run/', 'psi/'],
    captureWith: snapshots(),
    captures: ['host/use', 'host/environment', 'host/conflicts', 'psi/stalls'],
  },
  {
    id: 'cgroup',
    title: 'control groups',
    prefixes: ['cgroup/', 'memory/cgroup'],
    captureWith: snapshots('-g system.slice/db.service '),
    captures: ['cgroup/', 'memory/cgroup'],
  },
  {
    id: 'memory',
    title: 'memory',
    prefixes: ['memory/'],
    captureWith: snapshots(),
    captures: ['memory/ksm', 'memory/thp', 'memory/swappiness'],
  },
  {
    id: 'numa',
    title: 'NUMA',
    prefixes: ['memory/numa-', 'memory/zone-reclaim', 'memory/false-sharing'],
    captureWith: snapshots('-p "$(pidof -s db)" '),
    captures: ['memory/numa-', 'memory/zone-reclaim'],
  },
  {
    id: 'io',
    title: 'block devices and writeback',
    prefixes: ['io/', 'cgroup/io-limits', 'memory/writeback', 'memory/write-throttling'],
    captureWith:
      "trace-cmd record -C mono -e sched_switch -e sched_wakeup -e 'block:*' -e writeback:balance_dirty_pages sleep 30   # then give trace.dat",
    captures: [
      'io/waits',
      'io/service',
      'io/latency-map',
      'io/fairness',
      'io/access',
      'io/above',
      'io/recording',
      'memory/write-throttling',
    ],
  },
  {
    id: 'kvm',
    title: 'KVM',
    prefixes: ['kvm/'],
    captureWith:
      'trace-cmd record -C mono -e kvm:kvm_exit -e kvm:kvm_entry -e kvm:kvm_userspace_exit sleep 10 && trace-cmd report > kvm.txt   # on the host',
    captures: ['kvm/exits', 'kvm/userspace'],
  },
  {
    id: 'network',
    title: 'interrupts and network',
    prefixes: ['network/'],
    captureWith: snapshots(),
    captures: ['network/interrupts', 'network/tcp'],
  },
  {
    id: 'calls',
    title: 'function calls',
    prefixes: ['calls/'],
    captureWith:
      'trace-cmd record -p function_graph -g vfs_write --max-graph-depth 16 sleep 10   # then give trace.dat',
    captures: ['calls/'],
  },
];

/** The area of an analyzer; what has none of its own is about the host. */
export function areaOf(analyzer: string): Area {
  const fits = areas.flatMap((area) =>
    area.prefixes
      .filter((prefix) => analyzer.startsWith(prefix))
      .map((prefix) => ({ area, length: prefix.length })),
  );
  fits.sort((a, b) => b.length - a.length);
  return fits[0]?.area ?? (areas.find(({ id }) => id === 'host') as Area);
}

/** Whether the area's own command captures what this question lacks. */
export function isCaptured({ captures }: Area, analyzer: string): boolean {
  return captures.some((id) => (/[/-]$/.test(id) ? analyzer.startsWith(id) : analyzer === id));
}
