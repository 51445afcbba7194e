import type { Evidence, Finding } from '../../model/finding.ts';
import type { Section } from '../../model/section.ts';
import { formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { type ForkRejection, forkRejections } from '../derived/cgroup/fork-rejections.ts';
import { isHarmless } from './cpu-quota-actions.ts';

const SECTION = 'cgroup/pids/log';
const MOST_ROWS = 100;

/** The line of the log beside the counts of the same group. */
export function logEvidence(context: Context, cgroup: string): Evidence[] {
  return context
    .derive(forkRejections)
    .filter((each) => each.cgroup === cgroup)
    .map(evidence);
}

function evidence({ cgroup, time }: ForkRejection): Evidence {
  const when = Number.isNaN(time) ? '' : ` at ${formatValue(time, 'ns')} after boot`;
  return {
    label: 'kernel log: the first refusal, said once for each group',
    section: SECTION,
    selection: {},
    formula: `fork rejected by pids controller in ${cgroup}${when}`,
  };
}

/** Groups of which only the log tells. */
export function loggedFindings(context: Context, counted: ReadonlySet<string>): Finding[] {
  return context
    .derive(forkRejections)
    .filter(({ cgroup }) => !counted.has(cgroup))
    .map((rejection): Finding => {
      const { cgroup } = rejection;
      const folder = `/sys/fs/cgroup${cgroup}`;
      return {
        id: `cgroup/pids${cgroup}`,
        severity: 'warning',
        claim: `${cgroup} was refused a fork by a limit of processes and threads (pids.max); how often is not in the capture`,
        share: 0,
        confidence: {
          n: 1,
          low: 0,
          high: 1,
          why: 'the kernel says it once for each group, the first time',
          bounds: true,
        },
        evidence: [evidence(rejection)],
        actions: [
          {
            text: 'Copy the counts of the group: pids.events says how often, pids.max and pids.current how near it is',
            ...(isHarmless(cgroup)
              ? {
                  run: `for f in ${folder}/pids.*; do cat $f > $(echo $f | cut -c2- | tr / @); done`,
                  verify: `cat ${folder}/pids.events`,
                }
              : {}),
            risk: 'none',
          },
        ],
        caveats: [
          'the group that forked is named; before 6.11 the limit can be that of a group above it',
          'threads count as well as processes',
        ],
        verdict: {
          knob: 'pids.max',
          state: 'not enough data',
          mechanism: 'refused a fork',
          why: 'pids.events of the group is not in the capture',
        },
      };
    });
}

export function logTable(context: Context): Section[] {
  const all = context.derive(forkRejections);
  if (all.length === 0) return [];
  return [
    {
      kind: 'table',
      id: SECTION,
      title: 'Groups refused a fork, by the kernel log',
      note: 'Said once for each group, the first time; pids.events counts.',
      columns: [
        { name: 'cgroup', unit: 'text' },
        { name: 'time after boot', unit: 'ns' },
      ],
      rows: all.slice(0, MOST_ROWS).map(({ cgroup, time }) => ({ cells: [cgroup, time] })),
      of: all.length,
    },
  ];
}
