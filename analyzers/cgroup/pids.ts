import { cgroupCpu } from '../../model/cpu-series.ts';
import type { Action, Finding } from '../../model/finding.ts';
import { printedGroup } from '../../model/group-series.ts';
import type { Metric } from '../../model/metric.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { forkRejections } from '../derived/cgroup/fork-rejections.ts';
import { groupsRead } from '../derived/cgroup/groups.ts';
import { cgroupSetting } from '../derived/cgroup-cpu/limits.ts';
import { increaseOf } from '../derived/counters/increase.ts';
import { lastValue, readingsOf } from '../derived/counters/readings.ts';
import { raiseContainerPids } from './container-actions.ts';
import { isHarmless } from './cpu-quota-actions.ts';
import { logEvidence, loggedFindings, logTable } from './pids-log.ts';

const MOST_ROWS = 100;
const MOST_FINDINGS = 20;
/** Heuristic: this near to the limit it is worth raising before it is met. */
const NEAR = 0.9;

interface Pids {
  readonly cgroup: string;
  /** Threads and processes: the most seen, by the kernel where it keeps pids.peak. */
  readonly most: number;
  /** NaN = no limit, or not captured. */
  readonly limit: number;
  readonly path: string | undefined;
  /** Forks refused between the copies, and since the group was made; NaN when not captured. */
  readonly refused: number;
  readonly refusedEver: number;
  readonly n: number;
}

/** Limits of the number of threads: do they refuse forks, and how near are they. */
export const pids = defineAnalyzer({
  id: 'cgroup/pids',
  question: 'Do limits of processes and threads (pids.max) refuse forks?',
  needs: [
    {
      missing: 'pids.current and pids.events of a cgroup, or a kernel log that says forks were refused',
      captureWith: 'for f in /sys/fs/cgroup/GROUP/pids.*; do cat $f > $(echo $f | cut -c2- | tr / @); done',
      met: (_, context) =>
        context.derive(pidsOfGroups).length > 0 || context.derive(forkRejections).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cgroup.pids.most',
      unit: 'tasks',
      labels: ['cgroup'],
      about:
        'Most threads and processes at once: pids.peak, else the largest pids.current read. Threads count.',
    },
    { id: 'cgroup.pids.of_limit', unit: 'share', labels: ['cgroup'], about: 'The same over pids.max.' },
    {
      id: 'cgroup.pids.refused',
      unit: 'count',
      labels: ['cgroup'],
      about:
        'Forks the limit refused (EAGAIN) between the copies of pids.events; of one copy, since the group was made.',
    },
  ],
  run(context) {
    const all = context.derive(pidsOfGroups);
    const rows = [...all].sort((a, b) => b.refused - a.refused || b.most - a.most);
    return {
      metrics: all.flatMap(metricsOf),
      findings: [
        ...rows.slice(0, MOST_FINDINGS).flatMap((of) => finding(context, of)),
        ...loggedFindings(context, new Set(all.map(({ cgroup }) => cgroup))).slice(0, MOST_FINDINGS),
      ],
      sections: [
        {
          kind: 'table',
          id: 'cgroup/pids/groups',
          title: 'Threads of cgroups and their limits',
          columns: [
            { name: 'cgroup', unit: 'text' },
            { name: 'most at once', unit: 'tasks' },
            { name: 'pids.max', unit: 'count' },
            { name: 'of the limit', unit: 'share' },
            { name: 'refused', unit: 'count' },
            { name: 'since made', unit: 'count' },
            { name: 'n', unit: 'count' },
          ],
          rows: rows.slice(0, MOST_ROWS).map((of) => ({
            cells: [of.cgroup, of.most, of.limit, of.most / of.limit, of.refused, of.refusedEver, of.n],
          })),
          of: rows.length,
        },
        ...logTable(context),
      ],
    };
  },
});

function pidsOfGroups(context: Context): readonly Pids[] {
  return context.derive(groupsRead).flatMap((cgroup): Pids[] => {
    const read = (name: string) => readingsOf(context, name, 'cgroup', cgroup);
    const current = read(cgroupCpu.pids) ?? read(printedGroup.tasks);
    const events = read(cgroupCpu.pidsRefused);
    if (current === undefined && events === undefined) return [];
    const max = cgroupSetting(context, cgroup, 'pids.max');
    const peak = lastValue(read(cgroupCpu.pidsPeak));
    const most = Math.max(...(current?.values ?? []), Number.isNaN(peak) ? Number.NEGATIVE_INFINITY : peak);
    return [
      {
        cgroup,
        most: Number.isFinite(most) ? most : Number.NaN,
        limit:
          max === undefined
            ? lastValue(read(printedGroup.tasksLimit))
            : /^\d+$/.test(max.text)
              ? Number(max.text)
              : Number.NaN,
        path: max?.path,
        refused: increaseOf(events)?.value ?? lastValue(events),
        refusedEver: lastValue(events),
        n: Math.max(current?.values.length ?? 0, events?.values.length ?? 0),
      },
    ];
  });
}

function metricsOf({ cgroup, most, limit, refused, n }: Pids): Metric[] {
  const common = { labels: { cgroup }, better: 'lower', n } as const;
  const found: Metric[] = [
    { id: 'cgroup.pids.most', value: most, unit: 'tasks', ...common },
    { id: 'cgroup.pids.of_limit', value: most / limit, unit: 'share', ...common },
    { id: 'cgroup.pids.refused', value: refused, unit: 'count', ...common },
  ];
  return found.filter(({ value }) => Number.isFinite(value));
}

function finding(context: Context, of: Pids): Finding[] {
  const { cgroup, most, limit, refused, refusedEver, n } = of;
  if (Number.isNaN(limit) && !(refusedEver > 0)) return [];
  const used = most / limit;
  const base = {
    id: `cgroup/pids${cgroup}`,
    confidence: {
      n,
      low: Number.isFinite(used) ? Math.min(1, used) : 0,
      high: 1,
      why: 'counted by the kernel; between copies there can have been more',
      bounds: true,
    },
    evidence: [
      {
        label: 'threads of cgroups',
        section: 'cgroup/pids/groups',
        selection: {},
        formula: `${formatCount(most)} of ${formatCount(limit)} = ${formatShare(used)}; refused ${formatCount(refused)} (since the group was made ${formatCount(refusedEver)})`,
      },
      ...logEvidence(context, cgroup),
    ],
    share: Number.isFinite(used) ? Math.min(1, used) : 0,
    caveats: ['threads count as well as processes'],
  } as const;
  if (refused > 0)
    return [
      {
        ...base,
        severity: 'warning',
        claim: `The limit of ${formatCount(limit)} threads of ${cgroup} refused ${formatCount(refused)} forks`,
        actions: raise(of),
        verdict: {
          knob: 'pids.max',
          state: 'worse',
          mechanism: `refused ${formatCount(refused)} forks`,
          why: 'forks that fail with EAGAIN are errors of the program, unless this is a fork bomb',
        },
      },
    ];
  const near = used >= NEAR;
  return [
    {
      ...base,
      severity: near || refusedEver > 0 ? 'note' : 'ok',
      claim:
        refusedEver > 0
          ? `${cgroup} was refused ${formatCount(refusedEver)} forks by pids.max before the capture, none within it`
          : `${cgroup} had at most ${formatCount(most)} of ${formatCount(limit)} threads; no fork was refused`,
      actions: near ? raise(of) : [],
      caveats: [...base.caveats, ...(near ? ['90 % is a heuristic'] : [])],
      verdict: {
        knob: 'pids.max',
        state: Number.isNaN(refused) ? 'not enough data' : 'no difference',
        why: Number.isNaN(refused) ? 'pids.events is not in the capture' : 'the limit refused nothing',
      },
    },
  ];
}

function raise({ path, limit, cgroup }: Pids): Action[] {
  const value = String(limit * 2);
  const text = `Raise pids.max of ${cgroup}, if the program needs its threads; find a leak of threads first`;
  const container = raiseContainerPids(cgroup, limit, text);
  if (container !== undefined) return [container];
  if (path === undefined || !isHarmless(path) || !Number.isFinite(limit)) return [{ text, risk: 'low' }];
  const folder = path.slice(0, path.lastIndexOf('/'));
  const unit = /\/([^/]+\.(?:service|slice|scope))$/.exec(cgroup)?.[1];
  return [
    {
      text,
      run: `echo ${value} | sudo tee ${path}`,
      undo: `echo ${limit} | sudo tee ${path}`,
      verify: `cat ${folder}/pids.events   # max must not grow any more`,
      persist:
        unit === undefined
          ? 'docker update --pids-limit; podPidsLimit of the kubelet; TasksMax= of the unit'
          : `sudo systemctl set-property ${unit} TasksMax=${value}`,
      risk: 'low',
      setting: { path, value, was: String(limit) },
    },
  ];
}
