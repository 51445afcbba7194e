/**
 * Names of what tools print ready-made of a control group or a container (entity `cgroup`): docker stats,
 * systemd-cgtop, below. They stand beside the counts of cgroup files (`cgroupCpu`, `memorySeries`), never among them:
 * analyzers use them where the files are absent.
 */
export const printedGroup = {
  /** Share of one CPU over the interval before it was printed. */
  cpu: 'printed cpu',
  /** ns since the group was made (cumulative). */
  cpuTime: 'printed cpu time',
  /** Bytes charged, page cache included. */
  memory: 'printed memory',
  /** Bytes without inactive page cache: what docker stats calls usage. */
  workingSet: 'printed working set',
  /** Bytes; the host's memory where the group has no limit of its own. */
  memoryLimit: 'printed memory limit',
  tasks: 'printed tasks',
  tasksLimit: 'printed tasks limit',
  /** Bytes/s over the interval before they were printed. */
  readRate: 'printed read rate',
  writeRate: 'printed write rate',
  /** Bytes since the group was made (cumulative), of all devices or interfaces, rounded as printed. */
  read: 'printed read',
  written: 'printed written',
  received: 'printed received',
  sent: 'printed sent',
  /** 1/s over the interval before. */
  periods: 'printed periods',
  throttledPeriods: 'printed throttled periods',
  /** Time stopped / time, added up over CPUs: above 1 is possible. */
  throttled: 'printed throttled',
  /** Shares of the time in which some, or all, tasks of the group waited: `printed pressure cpu some`. */
  pressure: (resource: 'cpu' | 'memory' | 'io', tasks: 'some' | 'full'): string =>
    `printed pressure ${resource} ${tasks}`,
} as const;

/** What a container received and sent over all its interfaces, bytes (cumulative), as the kernel counts it. */
export const groupTraffic = { received: 'received bytes', sent: 'sent bytes' } as const;

/** Time all CPUs of the host spent in any state, ns (cumulative), as the Docker API read it beside the container's. */
export const HOST_CPU_TIME = 'host cpu time';

const container = /^\/(docker|podman):(.+)$/;

/** What a container is called among control groups: its path in the hierarchy is not printed by its tool. */
export function containerGroup(tool: 'docker' | 'podman', name: string): string {
  return `/${tool}:${name.replace(/^\//, '')}`;
}

/** Tool and name behind `containerGroup`; undefined for control groups known by their path. */
export function containerOf(cgroup: string): { readonly tool: string; readonly name: string } | undefined {
  const found = container.exec(cgroup);
  return found === null ? undefined : { tool: found[1] as string, name: found[2] as string };
}

/** Fact that holds a container's id, whole or its first twelve digits: what paths of its control group end with. */
export const containerIdFact = (group: string): string => `container ${group}`;
