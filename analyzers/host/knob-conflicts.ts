import type { TableSection } from '../../model/section.ts';
import { formatCount } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { settingsRead } from '../derived/settings.ts';
import { type Conflict, conflictRules } from './conflicts/index.ts';

const SECTION = 'host/conflicts/table';

/** Knobs that work against each other: each may be right alone. */
export const knobConflicts = defineAnalyzer({
  id: 'host/conflicts',
  question: 'Do settings of the kernel work against each other?',
  needs: [
    {
      missing: 'settings of the kernel (copies of files of /sys and /proc/sys, or sysctl -a)',
      captureWith:
        'grep -sH . /sys/kernel/mm/ksm/* /sys/kernel/mm/transparent_hugepage/* /proc/sys/vm/* > settings.txt',
      met: (_, context) => context.derive(settingsRead).size > 0,
    },
  ],
  metrics: [
    {
      id: 'host.conflicts',
      unit: 'count',
      labels: [],
      about: 'Pairs of settings that work against each other.',
    },
  ],
  run(context) {
    const found = context.derive(conflicts);
    const judged = conflictRules.filter(({ knows }) => knows(context)).length;
    return {
      metrics: [
        {
          id: 'host.conflicts',
          labels: {},
          value: found.length,
          unit: 'count',
          better: 'lower',
          n: judged,
        },
      ],
      findings: found.map(({ id, severity, claim, formula, why, actions, caveats }) => ({
        id: `host/conflicts/${id}`,
        severity,
        claim,
        share: 0,
        confidence: { n: 1, low: 0, high: 0, why, bounds: true },
        evidence: [{ label: 'settings side by side', section: SECTION, selection: {}, formula }],
        actions,
        caveats,
      })),
      sections: [table(context, found)],
    };
  },
});

function conflicts(context: Context): readonly Conflict[] {
  return conflictRules.flatMap(({ find }) => find(context));
}

function table(context: Context, found: readonly Conflict[]): TableSection {
  const rows = conflictRules.map(({ about, knows, find }) => {
    const own = knows(context) ? find(context) : undefined;
    const said =
      own === undefined
        ? 'not captured'
        : own.length === 0
          ? 'no conflict'
          : own.map(({ formula }) => formula).join('; ');
    return { cells: [about, said] };
  });
  return {
    kind: 'table',
    id: SECTION,
    title: `Settings that can work against each other: ${formatCount(found.length)} do`,
    columns: [
      { name: 'settings', unit: 'text' },
      { name: 'found', unit: 'text' },
    ],
    rows,
    of: rows.length,
  };
}
