import { cgroupCpu } from '../../model/cpu-series.ts';
import { containerOf, printedGroup } from '../../model/group-series.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { type Flow, type FlowSort, flowOf, flowSorts } from '../derived/cgroup/flows.ts';
import { groupsRead } from '../derived/cgroup/groups.ts';
import { gaugeOf, printedOf } from '../derived/cgroup/printed.ts';
import { type GroupUsage, groupUsages } from '../derived/cgroup-cpu/usage.ts';
import { lastValue, readingsOf } from '../derived/counters/readings.ts';
import { type MemoryCgroup, memoryCgroups } from '../derived/memory/cgroups.ts';

const MOST_ROWS = 200;

interface ContainerUse {
  readonly cgroup: string;
  readonly usage: GroupUsage | undefined;
  /** Share of one CPU, the most printed; NaN where only the counter was read. */
  readonly peak: number;
  readonly memory: MemoryCgroup | undefined;
  readonly tasks: number;
  readonly flows: ReadonlyMap<FlowSort, Flow>;
  readonly n: number;
}

/** Containers and groups as their own tools show them, side by side: CPU, memory, tasks, disks, network. */
export const containers = defineAnalyzer({
  id: 'cgroup/containers',
  question: 'What did containers use of CPU, memory, disks and network?',
  needs: [
    {
      missing: 'readings of docker stats, the Docker API, systemd-cgtop or below',
      captureWith: 'for i in $(seq 30); do date +%s; docker stats --no-stream; done > docker-stats.txt',
      met: (_, context) => context.derive(containerUses).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cgroup.io.rate',
      unit: 'bytes/s',
      labels: ['cgroup', 'flow'],
      about:
        'Bytes a group read from and wrote to block devices, received and sent, per second: increase of its counts over the time between readings, or the mean of printed rates.',
    },
  ],
  run(context) {
    const uses = [...context.derive(containerUses)].sort(
      (a, b) => (b.usage?.cpus ?? 0) - (a.usage?.cpus ?? 0) || sizeOf(b.memory) - sizeOf(a.memory),
    );
    return { metrics: uses.flatMap(metricsOf), findings: [], sections: [table(uses)] };
  },
});

/** Groups some tool told of; those of which only files were copied are in the tables of their limits. */
function containerUses(context: Context): readonly ContainerUse[] {
  const usages = new Map(context.derive(groupUsages).map((usage) => [usage.cgroup, usage]));
  const memories = new Map(context.derive(memoryCgroups).map((memory) => [memory.cgroup, memory]));
  const printed = [printedGroup.cpu, printedGroup.memory, printedGroup.workingSet];
  return context.derive(groupsRead).flatMap((cgroup): ContainerUse[] => {
    const told = printed.flatMap((name) => printedOf(context, name, cgroup) ?? []);
    if (told.length === 0 && containerOf(cgroup) === undefined) return [];
    const usage = usages.get(cgroup);
    const memory = memories.get(cgroup);
    const tasks =
      readingsOf(context, cgroupCpu.pids, 'cgroup', cgroup) ?? printedOf(context, printedGroup.tasks, cgroup);
    return [
      {
        cgroup,
        usage,
        peak: gaugeOf(printedOf(context, printedGroup.cpu, cgroup))?.most ?? Number.NaN,
        memory,
        tasks: lastValue(tasks),
        flows: new Map(
          flowSorts.flatMap((sort) => {
            const flow = flowOf(context, cgroup, sort);
            return flow === undefined ? [] : [[sort, flow] as const];
          }),
        ),
        n: Math.max(usage?.n ?? 0, memory?.n ?? 0, ...told.map(({ values }) => values.length)),
      },
    ];
  });
}

/** Bytes, by what there is: usage, else the working set. */
function sizeOf(memory: MemoryCgroup | undefined): number {
  if (memory === undefined) return Number.NaN;
  return Number.isNaN(memory.usage) ? memory.workingSet : memory.usage;
}

function metricsOf({ cgroup, flows }: ContainerUse): Metric[] {
  return [...flows]
    .filter(([, { rate }]) => Number.isFinite(rate))
    .map(([flow, { rate, n }]) => ({
      id: 'cgroup.io.rate',
      labels: { cgroup, flow },
      value: rate,
      unit: 'bytes/s',
      better: 'neither',
      n,
    }));
}

function table(uses: readonly ContainerUse[]): Section {
  const flow = (of: ContainerUse, sort: FlowSort): readonly [number, number] => {
    const found = of.flows.get(sort);
    return [found?.rate ?? Number.NaN, found?.total ?? Number.NaN];
  };
  return {
    kind: 'table',
    id: 'cgroup/containers/table',
    title: 'Containers and control groups as their tools show them',
    note: '100 % = one CPU. The working set is usage without inactive page cache, which docker stats calls usage. Totals of bytes are of the capture; with one reading, since the container was made. Tools that print a parent count what is below it there again.',
    columns: [
      { name: 'container', unit: 'text' },
      { name: 'CPU', unit: 'share' },
      { name: 'most printed', unit: 'share' },
      { name: 'memory', unit: 'bytes' },
      { name: 'working set', unit: 'bytes' },
      { name: 'limit', unit: 'bytes' },
      { name: 'tasks', unit: 'count' },
      { name: 'read', unit: 'bytes/s' },
      { name: 'written', unit: 'bytes/s' },
      { name: 'received', unit: 'bytes/s' },
      { name: 'sent', unit: 'bytes/s' },
      { name: 'read in all', unit: 'bytes' },
      { name: 'written in all', unit: 'bytes' },
      { name: 'n', unit: 'count' },
    ],
    rows: uses.slice(0, MOST_ROWS).map((of) => ({
      cells: [
        of.cgroup,
        of.usage?.cpus ?? Number.NaN,
        of.peak,
        of.memory?.usage ?? Number.NaN,
        of.memory?.workingSet ?? Number.NaN,
        of.memory?.max ?? Number.NaN,
        of.tasks,
        flow(of, 'read')[0],
        flow(of, 'written')[0],
        flow(of, 'received')[0],
        flow(of, 'sent')[0],
        flow(of, 'read')[1],
        flow(of, 'written')[1],
        of.n,
      ],
    })),
    of: uses.length,
  };
}
