import { cgroupFile } from '../../model/cgroup-file.ts';
import type { Context } from '../context.ts';
import { lastValue, readingsOf } from './counters/readings.ts';
import { settingsRead } from './settings.ts';

/** Why a capture was taken inside a container; its files of /proc are the host's all the same. */
export interface ContainerView {
  /** `/proc/self/cgroup is /kubepods/pod7`. */
  readonly why: string;
  /** Host-wide files that were read: `/proc/stat`. */
  readonly hostFiles: readonly string[];
  /** Bytes; NaN where not captured. */
  readonly limit: number;
  readonly memTotal: number;
}

/** Groups only container runtimes make; those of systemd (`/user.slice`, `/system.slice/x.service`) are of the host. */
const runtime =
  /(?:^|[/:-])(?:docker|kubepods|containerd|crio|cri-containerd|libpod|lxc|ecs|garden|buildkit)(?:[/:.-]|$)/;

/** Files of /proc that know no namespaces, and a series each leaves. */
const hostWide: readonly (readonly [file: string, series: string])[] = [
  ['/proc/stat', 'cpu time idle'],
  ['/proc/meminfo', 'meminfo MemTotal'],
  ['/proc/loadavg', 'loadavg 1m'],
  ['/proc/vmstat', 'vmstat pgfault'],
];

/**
 * A group of a container runtime in /proc/self/cgroup, or a memory limit of the root group, which has none on a host.
 * Undefined when neither was captured, or when MemTotal is the limit itself: lxcfs shows the container's own numbers.
 */
export function containerView(context: Context): ContainerView | undefined {
  const read = context.derive(settingsRead);
  const memTotal = lastValue(readingsOf(context, 'meminfo MemTotal'));
  const own = (read.get('/proc/self/cgroup') ?? '')
    .split('\n')
    .map((line) => /^\d+:[^:]*:(\/.*)$/.exec(line.trim())?.[1] ?? '/');
  const inside = own.find((group) => runtime.test(group));
  const limit = limitOf(read, own.find((group) => group !== '/') ?? '/');
  const limited = limit < memTotal;
  if (limit === memTotal || (inside === undefined && !limited)) return undefined;
  const hostFiles = hostWide.flatMap(([file, series]) =>
    readingsOf(context, series) === undefined ? [] : [file],
  );
  if (hostFiles.length === 0) return undefined;
  return {
    why:
      inside === undefined
        ? 'the memory limit of its own control group is below MemTotal'
        : `/proc/self/cgroup is ${inside}`,
    hostFiles,
    limit,
    memTotal,
  };
}

/** Whether anything that could tell a container was captured. */
export function hasContainerSigns(context: Context): boolean {
  const read = context.derive(settingsRead);
  return read.has('/proc/self/cgroup') || Number.isFinite(limitOf(read, '/'));
}

/** Bytes, of the group itself or of the root of its namespace; NaN without one. */
function limitOf(read: ReadonlyMap<string, string>, group: string): number {
  for (const [path, text] of read) {
    const file = cgroupFile(path);
    if (file === undefined || !/^memory\.(?:max|limit_in_bytes)$/.test(file.file)) continue;
    if (file.cgroup !== '/' && file.cgroup !== group) continue;
    // No limit reads as `max`, in version 1 as 2^63 less a page.
    const bytes = Number(text.trim());
    if (bytes > 0 && bytes < 2 ** 62) return bytes;
  }
  return Number.NaN;
}
