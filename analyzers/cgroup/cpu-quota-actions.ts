import type { Action } from '../../model/finding.ts';
import type { Context } from '../context.ts';
import { demandOf, type Throttling } from '../derived/cgroup-cpu/throttling.ts';
import { kernelRelease } from '../derived/settings.ts';
import { isSince, parseRelease } from '../io/simulator/apply/kernel-release.ts';
import { quantile } from '../stats/quantiles.ts';

/** Paths that mean nothing to a shell, whatever a group is called. */
const harmless = /^\/[\w@%+=:,./-]*$/;

export const isHarmless = (path: string): boolean => harmless.test(path) && !path.includes('..');

/** Whether the kernel is this one or later; undefined when the capture does not tell. */
export function kernelIsSince(context: Context, since: string): boolean | undefined {
  const release = parseRelease(kernelRelease(context) ?? '');
  return release === undefined ? undefined : isSince(release, since);
}

/** µs, a multiple of ten thousand above what is wanted: limits people can read. */
const STEP = 10_000;

/** Quota (µs) that covers the 99th percentile of what the group would have used; undefined when not known. */
export function wantedQuota(
  context: Context,
  of: Throttling,
): { quota: number; demand: number; n: number } | undefined {
  const demand = demandOf(context, of);
  if (demand.length === 0 || of.limit?.quota === undefined) return undefined;
  const peak = quantile(demand, 0.99);
  const quota = Math.ceil((peak * of.limit.period) / 1e3 / STEP) * STEP;
  return { quota: Math.max(quota, Math.ceil(of.limit.quota / 1e3)), demand: peak, n: demand.length };
}

/** Raises the quota to what was wanted. */
export function raiseQuota(context: Context, of: Throttling): Action[] {
  const wanted = wantedQuota(context, of);
  const { limit, cgroup } = of;
  if (wanted === undefined || limit?.quota === undefined || wanted.quota * 1e3 <= limit.quota) return [];
  const text = `Raise the quota to ${wanted.quota / 1e3} ms in ${limit.period / 1e6} ms: the 99th percentile of used and stopped time together is ${wanted.demand.toFixed(2)} CPUs (n = ${wanted.n} intervals; an upper bound)`;
  const { path, version, text: was } = limit.setting;
  if (!isHarmless(path)) return [{ text, risk: 'low' }];
  const value = version === 2 ? `${wanted.quota} ${limit.period / 1e3}` : String(wanted.quota);
  const unit = /\/([^/]+\.(?:service|slice|scope))$/.exec(cgroup)?.[1];
  return [
    {
      text,
      run: `echo "${value}" | sudo tee ${path}`,
      undo: `echo "${/^(?:max|-?\d+)(?: \d+)?$/.test(was) ? was : 'max'}" | sudo tee ${path}`,
      verify: `cat ${path.slice(0, path.lastIndexOf('/'))}/cpu.stat; sleep 60; cat ${path.slice(0, path.lastIndexOf('/'))}/cpu.stat   # nr_throttled must grow by less than a quarter of nr_periods`,
      persist:
        unit === undefined
          ? 'set it where the group is made: docker update --cpus, resources.limits.cpu of the pod, CPUQuota= of the unit'
          : `sudo systemctl set-property ${unit} CPUQuota=${Math.round((wanted.quota * 1e5) / limit.period)}%`,
      risk: 'low',
      setting: { path, value, was },
    },
  ];
}

/** Lets the group save up what it does not use, so that bursts are not stopped: 5.14 and later. */
export function allowBurst(context: Context, { limit, cgroup }: Throttling): Action[] {
  const since = kernelIsSince(context, '5.14');
  if (limit?.quota === undefined || since === false) return [];
  const folder = limit.setting.path.slice(0, limit.setting.path.lastIndexOf('/'));
  const path = `${folder}/${limit.setting.version === 2 ? 'cpu.max.burst' : 'cpu.cfs_burst_us'}`;
  const value = String(Math.floor(limit.quota / 1e3));
  const was = String((limit.burst ?? 0) / 1e3);
  const text = `Let ${cgroup} save up one quota of what it does not use${since === undefined ? ' (kernels from 5.14 on)' : ''}; on average it needs no more than it has`;
  if (!isHarmless(path)) return [{ text, risk: 'low' }];
  return [
    {
      text,
      run: `echo ${value} | sudo tee ${path}`,
      undo: `echo ${was} | sudo tee ${path}`,
      verify: `grep -E 'nr_(periods|throttled|bursts)' ${folder}/cpu.stat`,
      persist:
        'set it where the group is made; systemd and Kubernetes do not set bursts, a tmpfiles.d line can',
      risk: 'low',
      setting: { path, value, was },
    },
  ];
}

/** A quota spent by many threads at once is gone early in the period. */
export function fewerThreads({ limit, concurrency, cgroup }: Throttling): Action[] {
  if (limit?.quota === undefined || !(concurrency.cpus > limit.quota / limit.period)) return [];
  const cpus = Math.max(1, Math.floor(limit.quota / limit.period));
  return [
    {
      text: `Run no more threads than the quota pays for: ${cpus} in ${cgroup} (GOMAXPROCS, thread pools, -XX:ActiveProcessorCount), so that it is not spent at the start of each period`,
      risk: 'low',
    },
  ];
}
