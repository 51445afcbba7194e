import { cgroupFile } from '../../../model/cgroup-file.ts';
import { formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { lastValue, readingsOf } from '../../derived/counters/readings.ts';
import { formatCpuList, parseCpuList } from '../../derived/cpu-list.ts';
import { settingsRead } from '../../derived/settings.ts';
import type { Conflict, ConflictRule } from './conflict.ts';
import { memoryLimitOf } from './memory-limit.ts';

/** A memory limit above what the NUMA nodes hold that the group may use: it runs out of memory before its limit. */
export const memoryNodes: ConflictRule = {
  about: 'memory limit and NUMA nodes of a control group',
  knows: (context) => bound(context).length > 0,
  find: (context) =>
    bound(context).flatMap(({ cgroup, nodes, limit, holds }): Conflict[] => {
      if (limit <= holds) return [];
      return [
        {
          id: `memory-nodes:${cgroup}`,
          severity: 'warning',
          claim: `The memory limit of ${cgroup} (${formatValue(limit, 'bytes')}) is above what its NUMA nodes hold: it runs out of memory before`,
          formula: `limit ${formatValue(limit, 'bytes')} > ${formatValue(holds, 'bytes')} on nodes ${nodes}`,
          why: 'read from the files of the group and of the nodes; others use these nodes too',
          actions: [
            {
              text: 'Allow more nodes, or lower the limit so that the group reclaims instead of being killed with memory free elsewhere (CONSTRAINT_CPUSET)',
              risk: 'low',
            },
          ],
          caveats: [],
        },
      ];
    }),
};

function bound(context: Context) {
  const settings = context.derive(settingsRead);
  return [...settings].flatMap(([path, text]) => {
    const found = cgroupFile(path);
    if (found === undefined || !/^cpuset\.(?:mems|effective_mems|mems\.effective)$/.test(found.file))
      return [];
    const nodes = parseCpuList(text);
    if (nodes === undefined || nodes.size === 0) return [];
    const limit = memoryLimitOf(context, found.cgroup);
    const holds = [...nodes].reduce(
      (sum, node) => sum + lastValue(readingsOf(context, 'meminfo MemTotal', 'node', String(node))),
      0,
    );
    if (!Number.isFinite(limit) || !Number.isFinite(holds)) return [];
    return [{ cgroup: found.cgroup, nodes: formatCpuList(nodes), limit, holds }];
  });
}
