import type { Finding } from '../../model/finding.ts';
import { memorySeries } from '../../model/memory-series.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { lastValue, readingsOf } from '../derived/counters/readings.ts';
import { type MemoryCgroup, memoryCgroups } from '../derived/memory/cgroups.ts';
import { judgeGroup } from './cgroup-verdict.ts';

const SECTION = 'memory/cgroup/table';

/** Use of memory by control groups against their limits. */
export const cgroupMemoryUse = defineAnalyzer({
  id: 'memory/cgroup',
  question: 'Do the memory limits of control groups bind, and do they hurt?',
  needs: [
    {
      missing: 'copies of memory files of a control group',
      captureWith:
        'G=/sys/fs/cgroup/mygroup; for t in before after; do for f in current max high events stat pressure; do cat $G/memory.$f > $t@$(echo $G/memory.$f | cut -c2- | tr / @); done; sleep 10; done',
      met: (_, context) => context.derive(memoryCgroups).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cgroup.memory.usage',
      unit: 'bytes',
      labels: ['cgroup'],
      about: 'Memory charged to the group at the last copy, page cache and kernel memory included.',
    },
    {
      id: 'cgroup.memory.peak',
      unit: 'bytes',
      labels: ['cgroup'],
      about: 'The most it was, by the kernel’s own watermark where that was read, else by the copies.',
    },
    {
      id: 'cgroup.memory.working_set',
      unit: 'bytes',
      labels: ['cgroup'],
      about: 'Usage without inactive page cache, as cAdvisor and the kubelet count it.',
    },
    {
      id: 'cgroup.memory.unreclaimable',
      unit: 'bytes',
      labels: ['cgroup'],
      about:
        'What cannot be reclaimed without swap: anonymous, shared, locked, unreclaimable slabs, stacks and page tables (the latter three of version 2 only).',
    },
    {
      id: 'cgroup.memory.slack',
      unit: 'bytes',
      labels: ['cgroup'],
      about:
        'usage − anon − file at the copy of the largest usage: kernel memory, and up to 64 pages each CPU holds in advance. Below zero where files of one copy were taken apart in time.',
    },
    {
      id: 'cgroup.memory.oom_risk',
      unit: 'share',
      labels: ['cgroup'],
      about:
        '(anon + unevictable + shmem where there is no swap + slab_unreclaimable + kernel_stack + pagetables) ÷ limit at the copy of the largest usage: what is near running out, and not what a working set says.',
    },
    {
      id: 'cgroup.memory.working_set_of_limit',
      unit: 'share',
      labels: ['cgroup'],
      about: 'Working set ÷ limit at the same copy: it counts page cache in use, which can be reclaimed.',
    },
  ],
  run(context) {
    const groups = context.derive(memoryCgroups);
    return {
      metrics: groups.flatMap((group) => [...lastMetrics(group), ...fullestMetrics(group)]),
      findings: [
        ...groups.flatMap((group) => judgeGroup(context, group, SECTION) ?? []),
        ...insideContainer(context, groups),
      ],
      sections: [table(groups)],
    };
  },
});

/** What the group was at the last copy. */
function lastMetrics({ cgroup, usage, peak, workingSet, unreclaimable, n }: MemoryCgroup): Metric[] {
  const found: readonly (readonly [string, number])[] = [
    ['usage', usage],
    ['peak', peak],
    ['working_set', workingSet],
    ['unreclaimable', unreclaimable],
  ];
  return found
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value]) => ({
      id: `cgroup.memory.${name}`,
      labels: { cgroup },
      value,
      unit: 'bytes',
      better: 'lower',
      n,
    }));
}

/** What the group was at its fullest, and how near to its limit. */
function fullestMetrics({ cgroup, max, n, fullest }: MemoryCgroup): Metric[] {
  if (fullest === undefined) return [];
  const found: readonly (readonly [string, number, Metric['unit']])[] = [
    ['slack', fullest.slack, 'bytes'],
    ['oom_risk', fullest.unreclaimable / max, 'share'],
    ['working_set_of_limit', fullest.workingSet / max, 'share'],
  ];
  return found
    .filter(([, value]) => Number.isFinite(value))
    .map(([name, value, unit]) => ({
      id: `cgroup.memory.${name}`,
      labels: { cgroup },
      value,
      unit,
      better: 'lower',
      n,
    }));
}

/** /proc/meminfo tells of the host, also inside a container: who sizes by it takes more than the group may have. */
function insideContainer(context: Context, groups: readonly MemoryCgroup[]): Finding[] {
  const total = lastValue(readingsOf(context, memorySeries.meminfo('MemTotal')));
  const root = groups.find(({ cgroup, max }) => cgroup === '/' && max < total);
  if (root === undefined) return [];
  return [
    {
      id: 'memory/container-view',
      severity: 'note',
      claim: `The capture was made in a container of ${formatValue(root.max, 'bytes')}; /proc/meminfo tells of the host's ${formatValue(total, 'bytes')}`,
      share: root.max / total,
      confidence: { n: root.n, low: 1, high: 1, why: 'both were read', bounds: true },
      evidence: [
        {
          label: 'Limit of the group that looks like the root',
          section: SECTION,
          selection: {},
          formula: `${formatValue(root.max, 'bytes')} of ${formatValue(total, 'bytes')}`,
        },
      ],
      actions: [],
      caveats: [
        'Counts of /proc/stat, /proc/meminfo and /proc/loadavg are of the host too, unless lxcfs stands between.',
      ],
    },
  ];
}

function table(groups: readonly MemoryCgroup[]): Section {
  return {
    kind: 'table',
    id: SECTION,
    title: 'Memory of control groups',
    note: 'At the last copy. `rest` is kernel memory and what CPUs hold in advance. Limits met and memory.high count since the group was made. The working set is what dashboards show; what cannot be reclaimed is what runs out.',
    columns: [
      { name: 'cgroup', unit: 'text' },
      { name: 'usage', unit: 'bytes' },
      { name: 'peak', unit: 'bytes' },
      { name: 'limit', unit: 'bytes' },
      { name: 'anon', unit: 'bytes' },
      { name: 'file', unit: 'bytes' },
      { name: 'rest', unit: 'bytes' },
      { name: 'working set', unit: 'bytes' },
      { name: 'not reclaimable', unit: 'bytes' },
      { name: 'limit met', unit: 'count' },
      { name: 'over high', unit: 'count' },
      { name: 'killed', unit: 'count' },
      { name: 'memory full', unit: 'share' },
      { name: 'copies', unit: 'count' },
    ],
    rows: groups.map((group) => ({
      cells: [
        group.cgroup,
        group.usage,
        group.peak,
        group.max,
        group.anon,
        group.file,
        group.slack,
        group.workingSet,
        group.unreclaimable,
        group.events.max,
        group.events.high,
        group.events.kills,
        group.full,
        group.n,
      ],
    })),
    of: groups.length,
  };
}
