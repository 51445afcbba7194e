import type { Action } from '../../model/finding.ts';
import { containerOf } from '../../model/group-series.ts';
import type { Context } from '../context.ts';
import { demandOf, type Throttling } from '../derived/cgroup-cpu/throttling.ts';
import { quantile } from '../stats/quantiles.ts';

const MIB = 2 ** 20;
/** Names docker gives or allows; nothing in them means anything to a shell. */
const harmless = /^[A-Za-z0-9][\w.-]*$/;

/** Tool and name of a group known by its container, where the name can stand in a command. */
function target(cgroup: string): { readonly tool: string; readonly name: string } | undefined {
  const of = containerOf(cgroup);
  return of !== undefined && harmless.test(of.name) ? of : undefined;
}

/** `--cpus` that covers the 99th percentile of what the container used and was stopped for; none when that is not known. */
export function raiseContainerQuota(context: Context, throttling: Throttling): Action[] {
  const of = target(throttling.cgroup);
  const demand = demandOf(context, throttling);
  if (of === undefined || demand.length === 0) return [];
  const peak = quantile(demand, 0.99);
  const cpus = Math.ceil(peak * 10) / 10;
  return [
    {
      text: `Raise the quota of the container to ${cpus} CPUs: the 99th percentile of used and stopped time together is ${peak.toFixed(2)} CPUs (n = ${demand.length} intervals; an upper bound)`,
      run: `${of.tool} inspect -f '{{.HostConfig.NanoCpus}}' ${of.name} > ${of.name}.nanocpus && ${of.tool} update --cpus=${cpus} ${of.name}`,
      undo: `${of.tool} update --cpus=$(awk '{print $1 / 1e9}' ${of.name}.nanocpus) ${of.name}`,
      verify: `curl -s --unix-socket /var/run/docker.sock 'http://localhost/containers/${of.name}/stats?stream=false' | grep -o '"throttling_data":{[^}]*}'`,
      persist: `--cpus=${cpus} where the container is made (cpus: in a compose file)`,
      risk: 'low',
    },
  ];
}

/** Raise a container's limit of memory: bytes it is, bytes proposed (rounded up to MiB). */
export function raiseContainerMemory(cgroup: string, limit: number, proposed: number): Action | undefined {
  const of = target(cgroup);
  if (of === undefined) return undefined;
  const value = Math.ceil(proposed / MIB) * MIB;
  const update = (bytes: number): string =>
    `${of.tool} update --memory=${bytes} --memory-swap=${bytes} ${of.name}`;
  return {
    text: 'Raise the limit by half and measure again (a step of half as much is a heuristic: what the container wants beyond its limit is not in the capture); --memory-swap equal to it allows no swap',
    run: update(value),
    undo: update(Math.round(limit)),
    verify: `${of.tool} stats --no-stream ${of.name}`,
    persist: `--memory=${value} where the container is made (mem_limit: in a compose file)`,
    risk: 'low',
  };
}

/** Double a container's limit of processes and threads. */
export function raiseContainerPids(cgroup: string, limit: number, text: string): Action | undefined {
  const of = target(cgroup);
  if (of === undefined || !Number.isFinite(limit)) return undefined;
  return {
    text,
    run: `${of.tool} update --pids-limit=${limit * 2} ${of.name}`,
    undo: `${of.tool} update --pids-limit=${limit} ${of.name}`,
    verify: `${of.tool} stats --no-stream ${of.name}`,
    persist: '--pids-limit where the container is made',
    risk: 'low',
  };
}
