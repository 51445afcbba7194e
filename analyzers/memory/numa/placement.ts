import type { Metric } from '../../../model/metric.ts';
import { meminfo, NODE } from '../../../model/page-series.ts';
import { formatCount, formatValue } from '../../../model/units.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import type { Context } from '../../context.ts';
import { entitiesOf, lastValue, readingsOf } from '../../derived/counters/readings.ts';
import { nodeCpus } from '../../derived/memory/node-cpus.ts';
import {
  groupPlacements,
  meanDistance,
  nodeAllocations,
  placements,
} from '../../derived/memory/numa-state.ts';
import { distanceMetrics, farFromMemory, placedProcesses } from './distance.ts';
import { localAllocations } from './local-allocations.ts';

const section = 'memory/numa/placement';

/** Where memory was allocated, by node, and how far a process's memory is from CPUs. */
export const numaPlacement = defineAnalyzer({
  id: 'memory/numa-placement',
  question: 'Is memory on the node that uses it?',
  needs: [
    {
      missing:
        'copies of node*/numastat (or of what numastat prints), a /proc/PID/numa_maps, or memory.numa_stat of a cgroup',
      captureWith:
        'for w in before after; do for f in /sys/devices/system/node/node[0-9]*/{numastat,meminfo,distance,cpulist}; do cat $f > $w$(echo $f | tr / @); done; [ $w = after ] || sleep 60; done; p=$(pidof myprog); for f in numa_maps stat status; do cat /proc/$p/$f > proc@$p@$f; done',
      met: (_, context) =>
        context.derive(nodeAllocations).length > 0 ||
        context.derive(placements).length > 0 ||
        context.derive(groupPlacements).length > 0 ||
        usedByNode(context).length > 0,
    },
  ],
  metrics: [
    {
      id: 'memory.numa.local',
      unit: 'share',
      labels: ['node'],
      about:
        'Δlocal_node ÷ (Δlocal_node + Δother_node): pages allocated on the node by its own CPUs; without a node, over all. Of one copy since boot. n is pages.',
    },
    {
      id: 'memory.numa.miss',
      unit: 'share',
      labels: ['node'],
      about:
        'Δnuma_miss ÷ (Δnuma_hit + Δnuma_miss): pages allocated here that were wanted elsewhere. Not a count of accesses.',
    },
    {
      id: 'memory.numa.distance',
      unit: 'count',
      labels: ['pid', 'cpu_node'],
      about:
        'Mean distance of a process’s memory from the CPUs of a node, by bytes of numa_maps; 10 is local.',
    },
    {
      id: 'memory.numa.process_distance',
      unit: 'count',
      labels: ['pid'],
      about:
        'The same from the nodes the process was seen to run on (field 39 of stat, else the CPUs it is allowed), weighed by how often; low and high are the nearest and the farthest of them. n is looks.',
    },
    {
      id: 'memory.numa.cgroup',
      unit: 'share',
      labels: ['cgroup', 'node'],
      about:
        'Part of the memory of a control group (anonymous and page cache) that is on a node, by its memory.numa_stat.',
    },
    {
      id: 'memory.numa.imbalance',
      unit: 'count',
      labels: [],
      about: 'Largest MemUsed of a node over the mean of all nodes.',
    },
  ],
  run(context) {
    const nodes = context.derive(nodeAllocations);
    const found = context.derive(placements);
    const sum = (pick: (node: (typeof nodes)[number]) => number): number =>
      nodes.reduce((all, node) => all + pick(node), 0);
    const [local, other] = [sum((n) => n.local.value), sum((n) => n.other.value)];
    const metrics: Metric[] = [];
    const add = (
      id: string,
      value: number,
      unit: Metric['unit'],
      labels: Record<string, string>,
      n: number,
      better: Metric['better'],
    ): void => {
      if (Number.isFinite(value)) metrics.push({ id: `memory.numa.${id}`, labels, value, unit, better, n });
    };
    add('local', local / (local + other), 'share', {}, local + other, 'higher');
    for (const { node, ...each } of nodes) {
      const pages = each.local.value + each.other.value;
      add('local', each.local.value / pages, 'share', { node }, pages, 'higher');
      add(
        'miss',
        each.miss.value / (each.hit.value + each.miss.value),
        'share',
        { node },
        each.hit.value + each.miss.value,
        'lower',
      );
    }
    const homes = [...new Set([...entitiesOf(context, NODE), ...context.derive(nodeCpus).keys()])];
    for (const place of found)
      for (const home of homes)
        add(
          'distance',
          meanDistance(context, place, home),
          'count',
          { pid: place.pid, cpu_node: home },
          place.mappings,
          'lower',
        );
    const groups = context.derive(groupPlacements);
    for (const { cgroup, bytes } of groups) {
      const whole = [...bytes.values()].reduce((a, b) => a + b, 0);
      for (const [node, amount] of bytes)
        add('cgroup', amount / whole, 'share', { cgroup, node }, bytes.size, 'neither');
    }
    const used = usedByNode(context).map(([, amount]) => amount);
    add(
      'imbalance',
      Math.max(...used) / (used.reduce((a, b) => a + b, 0) / used.length),
      'count',
      {},
      used.length,
      'lower',
    );
    const placed = placedProcesses(context);
    metrics.push(...distanceMetrics(placed));
    const rows = [
      ...nodes.map(({ node, ...each }) => ({
        cells: [
          `node ${node}`,
          `allocated by own CPUs ${formatCount(each.local.value)} pages, by others ${formatCount(each.other.value)}, wanted elsewhere ${formatCount(each.miss.value)}`,
        ],
      })),
      ...found.map(({ pid, bytes, policies, mappings }) => ({
        cells: [
          `process ${pid}`,
          policies.size === 0
            ? `${byNode(bytes)}; policies not told (numastat -p)`
            : `${byNode(bytes)}; ${[...policies].map(([policy, amount]) => `${policy} ${formatValue(amount, 'bytes')}`).join(', ')}; ${formatCount(mappings)} entries`,
        ],
      })),
      ...groups.map(({ cgroup, bytes }) => ({ cells: [`cgroup ${cgroup}`, byNode(bytes)] })),
      ...usedByNode(context).map(([node, amount]) => ({
        cells: [`node ${node}, in use`, formatValue(amount, 'bytes')],
      })),
    ];
    return {
      metrics,
      findings: [...localAllocations(context, section), ...farFromMemory(context, placed)],
      sections: [
        {
          kind: 'table',
          id: section,
          title: 'Memory by node',
          columns: [
            { name: 'of', unit: 'text' },
            { name: 'where', unit: 'text' },
          ],
          rows: rows.slice(0, 100),
          of: rows.length,
        },
      ],
    };
  },
});

/** Bytes in use of every node whose meminfo was captured, at the last copy. */
function usedByNode(context: Context): readonly (readonly [node: string, bytes: number])[] {
  return entitiesOf(context, NODE).flatMap((node) => {
    const bytes = lastValue(readingsOf(context, meminfo('MemUsed'), NODE, node));
    return Number.isFinite(bytes) ? [[node, bytes] as const] : [];
  });
}

const byNode = (bytes: ReadonlyMap<string, number>): string =>
  [...bytes].map(([node, amount]) => `node ${node} ${formatValue(amount, 'bytes')}`).join(', ');
