import type { Action, Finding } from '../../../model/finding.ts';
import type { Metric } from '../../../model/metric.ts';
import { meminfo, NODE } from '../../../model/page-series.ts';
import { formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { lastValue, readingsOf } from '../../derived/counters/readings.ts';
import { formatCpuList } from '../../derived/cpu-list.ts';
import { type Home, homeOf, nodeCpus } from '../../derived/memory/node-cpus.ts';
import { explicitShare, meanDistance, type Placement, placements } from '../../derived/memory/numa-state.ts';
import { countedFinding } from '../finding.ts';
import { moveMemory, moveTasks } from './actions.ts';

/** Part of the memory that may be elsewhere before it is said (heuristic, as is 80 % of hinting faults). */
const ELSEWHERE = 0.2;
const MOST_FINDINGS = 10;
const SECTION = 'memory/numa/placement';

/** Memory of a process against the nodes it runs on. */
export interface PlacedProcess {
  readonly place: Placement;
  readonly home: Home;
  /** Σ bytes × distance ÷ Σ bytes, mean over the nodes it runs on; NaN without distances. 10 = all local. */
  readonly distance: number;
  /** The least and the most over those nodes. */
  readonly low: number;
  readonly high: number;
  /** Share of the memory that is not on the node it runs on. */
  readonly elsewhere: number;
}

/** Processes of which both were read: where the memory is, and where they run. Farthest first. */
export function placedProcesses(context: Context): readonly PlacedProcess[] {
  return context
    .derive(placements)
    .flatMap((place): PlacedProcess[] => {
      const home = homeOf(context, place.pid);
      if (home === undefined) return [];
      const whole = [...place.bytes.values()].reduce((sum, bytes) => sum + bytes, 0);
      const distances = [...home.shares.keys()].map((node) => meanDistance(context, place, node));
      let [distance, near] = [0, 0];
      [...home.shares].forEach(([node, share], i) => {
        distance += share * (distances[i] as number);
        near += share * ((place.bytes.get(node) ?? 0) / whole);
      });
      return [
        {
          place,
          home,
          distance,
          low: Math.min(...distances),
          high: Math.max(...distances),
          elsewhere: 1 - near,
        },
      ];
    })
    .sort((a, b) => b.elsewhere - a.elsewhere);
}

export function distanceMetrics(processes: readonly PlacedProcess[]): Metric[] {
  return processes
    .filter(({ distance }) => Number.isFinite(distance))
    .map(({ place, home, distance, low, high }) => ({
      id: 'memory.numa.process_distance',
      labels: { pid: place.pid },
      value: distance,
      unit: 'count',
      better: 'lower',
      n: home.n,
      low,
      high,
    }));
}

/** Processes that run on one node and have much of their memory on others. */
export function farFromMemory(context: Context, processes: readonly PlacedProcess[]): Finding[] {
  return processes
    .filter(({ elsewhere }) => elsewhere > ELSEWHERE)
    .slice(0, MOST_FINDINGS)
    .map((each) => {
      const { place, home, distance, elsewhere } = each;
      const nodes = [...home.shares].map(([node, share]) =>
        home.shares.size === 1 ? `node ${node}` : `node ${node} (${formatShare(share)})`,
      );
      const explicit = explicitShare([place]);
      const far = Number.isFinite(distance)
        ? `, at a mean distance of ${distance.toFixed(1)} (10 is local)`
        : '';
      return countedFinding(
        `memory/numa/distance/${place.pid}`,
        'note',
        `Process ${place.pid} ${home.by === 'ran' ? 'ran' : 'may run'} on ${nodes.join(' and ')} and has ${formatShare(elsewhere)} of its memory on other nodes${far}`,
        { section: SECTION, formula: formulaOf(context, each), n: home.n },
        {
          share: elsewhere,
          actions: explicit > 0.5 ? [changePolicy(place)] : actions(context, each),
          caveats: [
            'where memory is, not how often it is used: perf c2c or perf mem tell what is accessed',
            ...(home.by === 'ran'
              ? ['the CPU is that of the moment each copy was taken']
              : ['no copy of /proc/PID/stat: all CPUs it is allowed are of this node']),
            'more than 20 % elsewhere is a heuristic',
          ],
        },
      );
    });
}

function formulaOf(context: Context, { place, home, distance }: PlacedProcess): string {
  const parts = [...place.bytes].map(([node, bytes]) => `${formatValue(bytes, 'bytes')} on node ${node}`);
  const from = [...home.shares.keys()].map((node) => {
    const value = meanDistance(context, place, node);
    return Number.isNaN(value) ? `node ${node}: distance not read` : `from node ${node} ${value.toFixed(2)}`;
  });
  const mean = home.shares.size > 1 && Number.isFinite(distance) ? `, mean ${distance.toFixed(2)}` : '';
  return `Σ bytes × distance ÷ Σ bytes, ${parts.join(', ')}: ${from.join(', ')}${mean}`;
}

/** Memory is where somebody asked for it to be: moving it against the policy helps nobody. */
function changePolicy({ policies }: Placement): Action {
  const [most] = [...policies].filter(([policy]) => policy !== 'default').sort((a, b) => b[1] - a[1]);
  return {
    text: `The policy says so (${most?.[0] ?? ''}): change it where it is set (numactl, libvirt <numatune>, NUMAPolicy= of a unit, set_mempolicy of the program); interleaving is meant to be far`,
    risk: 'low',
  };
}

function actions(context: Context, { place, home }: PlacedProcess): Action[] {
  const [to] = [...home.shares].sort((a, b) => b[1] - a[1])[0] ?? [];
  const [from, amount = 0] =
    [...place.bytes].filter(([node]) => node !== to).sort((a, b) => b[1] - a[1])[0] ?? [];
  if (to === undefined || from === undefined || !/^\d+$/.test(place.pid)) return [];
  const cpus = context.derive(nodeCpus);
  const free = lastValue(readingsOf(context, meminfo('MemFree'), NODE, to));
  const [there, here] = [cpus.get(from), cpus.get(to)];
  return [
    // A node without room would push others out.
    ...(free < amount ? [] : [moveMemory(place.pid, from, to)]),
    ...(there === undefined || here === undefined || there.size === 0
      ? []
      : [moveTasks(place.pid, from, formatCpuList(there), formatCpuList(here))]),
  ];
}
