import { meminfo, NODE } from '../../../model/page-series.ts';
import { formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { cgroupSetting, withParents } from '../../derived/cgroup-cpu/limits.ts';
import { cgroupsOfProcesses } from '../../derived/cgroup-cpu/members.ts';
import { lastValue, readingsOf } from '../../derived/counters/readings.ts';
import { formatCpuList, parseCpuList } from '../../derived/cpu-list.ts';
import { placements } from '../../derived/memory/numa-state.ts';
import { settingsRead } from '../../derived/settings.ts';
import type { Conflict, ConflictRule } from './conflict.ts';
import { memoryLimitOf } from './memory-limit.ts';

/** Memory a process has under a policy of its own that allows some nodes and no others. */
interface Bound {
  readonly pid: string;
  readonly policy: string;
  readonly nodes: ReadonlySet<number>;
  readonly bytes: number;
}

/**
 * mbind(2) and set_mempolicy(2) against what is allowed: bound memory comes from its nodes alone, so a process is killed
 * with memory free elsewhere (CONSTRAINT_MEMORY_POLICY), and nodes a cpuset forbids are left out of a policy.
 */
export const memoryPolicy: ConflictRule = {
  about: 'memory policy of a process (numa_maps), its memory limit and allowed nodes',
  knows: (context) =>
    bound(context).some(
      (each) =>
        allowedNodes(context, each.pid) !== undefined ||
        (Number.isFinite(limitOf(context, each.pid).limit) && Number.isFinite(holds(context, each.nodes))),
    ),
  find: (context) =>
    bound(context).flatMap((each) => [...outside(context, each), ...tooLarge(context, each)]),
};

function bound(context: Context): readonly Bound[] {
  return context.derive(placements).flatMap(({ pid, policies }) =>
    [...policies].flatMap(([policy, bytes]): Bound[] => {
      const list = /^bind(?:=[a-z|]+)?:([\d,-]+)$/.exec(policy)?.[1];
      const nodes = list === undefined ? undefined : parseCpuList(list);
      return nodes === undefined || nodes.size === 0 ? [] : [{ pid, policy, nodes, bytes }];
    }),
  );
}

function outside(context: Context, { pid, policy, nodes, bytes }: Bound): Conflict[] {
  const allowed = allowedNodes(context, pid);
  if (allowed === undefined) return [];
  const forbidden = [...nodes].filter((node) => !allowed.nodes.has(node));
  if (forbidden.length === 0) return [];
  return [
    {
      id: `policy-nodes:${pid}:${policy}`,
      severity: 'warning',
      claim: `Process ${pid} binds ${formatValue(bytes, 'bytes')} to nodes ${formatCpuList(nodes)}, of which it may not use ${formatCpuList(forbidden)}`,
      formula: `numa_maps ${policy}; ${allowed.from} = ${formatCpuList(allowed.nodes)}`,
      why: 'the kernel leaves nodes out that are not allowed; with none left it takes memory where the cpuset lets it, and the policy is void',
      actions: [
        {
          text: 'Bind to nodes the cpuset allows, or widen cpuset.mems (AllowedMemoryNodes= of the unit)',
          risk: 'low',
        },
      ],
      caveats: [],
    },
  ];
}

function tooLarge(context: Context, { pid, policy, nodes, bytes }: Bound): Conflict[] {
  const { limit, cgroup } = limitOf(context, pid);
  const there = holds(context, nodes);
  if (!(limit > there)) return [];
  return [
    {
      id: `policy-limit:${pid}:${policy}`,
      severity: 'warning',
      claim: `Process ${pid} binds memory to nodes ${formatCpuList(nodes)}, which hold ${formatValue(there, 'bytes')}, below its memory limit of ${formatValue(limit, 'bytes')}: it runs out of memory first`,
      formula: `numa_maps ${policy} ${formatValue(bytes, 'bytes')}; limit of ${cgroup} ${formatValue(limit, 'bytes')} > Σ MemTotal ${formatValue(there, 'bytes')}`,
      why: 'read from the files of the process, the group and the nodes; others use these nodes too',
      actions: [
        {
          text: 'Prefer the nodes instead of binding to them, or lower the limit, so that the group reclaims instead of being killed with memory free elsewhere (CONSTRAINT_MEMORY_POLICY)',
          run: `numactl --preferred-many=${formatCpuList(nodes)} PROGRAM   # --preferred=NODE before 5.15`,
          verify: `awk '{print $2}' /proc/${/^\d+$/.test(pid) ? pid : 'PID'}/numa_maps | sort | uniq -c`,
          risk: 'low',
        },
      ],
      caveats: ['memory of the process that is not under this policy may be elsewhere'],
    },
  ];
}

/** Bytes the nodes have; NaN where one was not captured. */
function holds(context: Context, nodes: ReadonlySet<number>): number {
  return [...nodes].reduce(
    (sum, node) => sum + lastValue(readingsOf(context, meminfo('MemTotal'), NODE, String(node))),
    0,
  );
}

/** The least limit of its group and those above; NaN without one. */
function limitOf(context: Context, pid: string): { readonly limit: number; readonly cgroup: string } {
  let found = { limit: Number.NaN, cgroup: '' };
  for (const cgroup of groupsAbove(context, pid)) {
    const limit = memoryLimitOf(context, cgroup);
    if (limit < found.limit || (Number.isNaN(found.limit) && Number.isFinite(limit)))
      found = { limit, cgroup };
  }
  return found;
}

function allowedNodes(context: Context, pid: string) {
  const text = context.derive(settingsRead).get(`/proc/${pid}/status Mems_allowed_list`);
  const own = text === undefined ? undefined : parseCpuList(text);
  if (own !== undefined && own.size > 0) return { nodes: own, from: 'Mems_allowed_list' };
  for (const cgroup of groupsAbove(context, pid)) {
    for (const file of ['cpuset.mems.effective', 'cpuset.effective_mems', 'cpuset.mems']) {
      const nodes = parseCpuList(cgroupSetting(context, cgroup, file)?.text ?? '');
      if (nodes !== undefined && nodes.size > 0) return { nodes, from: `${file} of ${cgroup}` };
    }
  }
  return undefined;
}

function groupsAbove(context: Context, pid: string): readonly string[] {
  const cgroup = context.derive(cgroupsOfProcesses).get(pid);
  return cgroup === undefined ? [] : withParents(cgroup);
}
