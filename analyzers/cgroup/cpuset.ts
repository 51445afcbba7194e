import type { Finding } from '../../model/finding.ts';
import { visibleText } from '../../model/visible-text.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { cgroupSettings } from '../derived/cgroup-cpu/limits.ts';
import { cpusInList } from '../derived/cpu-list.ts';

const MOST_ROWS = 100;
const MOST_FINDINGS = 20;

interface Cpuset {
  readonly cgroup: string;
  /** As written; empty = what the parent has. */
  readonly asked: string;
  readonly effective: string | undefined;
  /** `root`, `isolated`, `member`, `root invalid (reason)`. */
  readonly partition: string | undefined;
  /** CPUs asked for that the group does not have. */
  readonly refused: readonly number[];
}

/** Cpusets: do groups have the CPUs they ask for. */
export const cpusets = defineAnalyzer({
  id: 'cgroup/cpuset',
  question: 'Do cgroups have the CPUs they ask for (cpuset)?',
  needs: [
    {
      missing: 'cpuset.cpus of a cgroup',
      captureWith: 'for f in /sys/fs/cgroup/GROUP/cpuset.*; do cat $f > $(echo $f | cut -c2- | tr / @); done',
      met: (_, context) => context.derive(cpusetsOfGroups).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cgroup.cpuset.cpus',
      unit: 'count',
      labels: ['cgroup'],
      about: 'CPUs the group has: cpuset.cpus.effective, else cpuset.cpus.',
    },
  ],
  run(context) {
    const all = context.derive(cpusetsOfGroups);
    return {
      metrics: all.flatMap(({ cgroup, asked, effective }) => {
        const many = cpusInList(effective ?? asked)?.length ?? 0;
        return many === 0
          ? []
          : [
              {
                id: 'cgroup.cpuset.cpus',
                labels: { cgroup },
                value: many,
                unit: 'count',
                better: 'neither',
                n: 1,
              } as const,
            ];
      }),
      findings: [...all]
        .sort((a, b) => rank(b) - rank(a))
        .slice(0, MOST_FINDINGS)
        .flatMap(finding),
      sections: [
        {
          kind: 'table',
          id: 'cgroup/cpuset/groups',
          title: 'CPUs cgroups ask for, and have',
          columns: [
            { name: 'cgroup', unit: 'text' },
            { name: 'asked', unit: 'text' },
            { name: 'has', unit: 'text' },
            { name: 'partition', unit: 'text' },
          ],
          rows: all.slice(0, MOST_ROWS).map(({ cgroup, asked, effective, partition }) => ({
            cells: [cgroup, asked, effective ?? 'not captured', partition ?? ''],
          })),
          of: all.length,
        },
      ],
    };
  },
});

function cpusetsOfGroups(context: Context): readonly Cpuset[] {
  return [...context.derive(cgroupSettings)].flatMap(([cgroup, files]): Cpuset[] => {
    const asked = files.get('cpuset.cpus')?.text;
    const effective = (files.get('cpuset.cpus.effective') ?? files.get('cpuset.effective_cpus'))?.text;
    const partition = files.get('cpuset.cpus.partition')?.text;
    if (asked === undefined && effective === undefined && partition === undefined) return [];
    const have = new Set(cpusInList(effective ?? '') ?? []);
    const refused =
      effective === undefined ? [] : (cpusInList(asked ?? '') ?? []).filter((cpu) => !have.has(cpu));
    return [{ cgroup, asked: asked ?? '', effective, partition, refused }];
  });
}

function finding({ cgroup, asked, effective, partition, refused }: Cpuset): Finding[] {
  const invalid = partition !== undefined && /\binvalid\b/.test(partition);
  // Nothing asked for and nothing wrong: nothing to say.
  if (!invalid && (asked === '' || effective === undefined)) return [];
  return [
    {
      id: `cgroup/cpuset${cgroup}`,
      severity: invalid ? 'warning' : refused.length > 0 ? 'note' : 'ok',
      claim: invalid
        ? `The cpuset partition of ${cgroup} is not in force: ${visibleText(partition)}`
        : refused.length > 0
          ? `${cgroup} asks for CPUs ${asked} and has ${effective}: a parent, or a CPU that is offline, keeps ${refused.length} from it`
          : `${cgroup} has the CPUs it asks for: ${asked}`,
      share: 0,
      confidence: { n: 1, low: 0, high: 1, why: 'as the kernel says, at the last copy', bounds: true },
      evidence: [
        {
          label: 'cpusets',
          section: 'cgroup/cpuset/groups',
          selection: {},
          formula: `asked ${asked || 'nothing'}, has ${effective ?? 'not captured'}`,
        },
      ],
      actions:
        invalid || refused.length > 0
          ? [
              {
                text: `Give the parent of ${cgroup} the CPUs first: cpuset.cpus of a group cannot go beyond its parent`,
                risk: 'none',
              },
            ]
          : [],
      caveats: [],
    },
  ];
}

function rank({ partition, refused }: Cpuset): number {
  return partition?.includes('invalid') ? 2 : refused.length > 0 ? 1 : 0;
}
