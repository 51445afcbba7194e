import type { Finding } from '../../model/finding.ts';
import type { TableSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { componentsSection } from './components-section.ts';
import { phaseModel } from './model.ts';
import { needsCountedThings, needsPhasesWanted, needsTimedObservations, needsWindows } from './needs.ts';
import { type OddModel, oddWindows } from './odd-model.ts';
import { ODD_FALSE_ALARM } from './odd-windows.ts';
import { RIBBON } from './phase-findings.ts';
import { phaseName } from './phase-summary.ts';

const TABLE = 'phases/odd-windows/table';

/** Windows that are no mixture of what the run is made of. */
export const oddWindowsAnalyzer = defineAnalyzer({
  id: 'phases/odd-windows',
  question: 'Which moments of the run are unlike all others, and what was different?',
  needs: [needsPhasesWanted, needsTimedObservations, needsWindows, needsCountedThings],
  metrics: [
    {
      id: 'phases.odd_windows',
      unit: 'count',
      labels: [],
      about: `Windows unlike any mixture of the run's components; a run without odd ones has none in ${100 - ODD_FALSE_ALARM * 100} % of cases.`,
    },
    {
      id: 'phases.components',
      unit: 'count',
      labels: [],
      about: 'Components of which the windows are mixtures (NMF).',
    },
  ],
  run(context) {
    const odd = context.derive(oddWindows);
    if (odd === undefined) return { metrics: [], findings: [], sections: [] };
    const n = odd.channel.counts.rows;
    const metric = (id: string, value: number) =>
      ({ id, labels: {}, value, unit: 'count', better: 'neither', n }) as const;
    return {
      metrics: [
        metric('phases.odd_windows', odd.windows.length),
        metric('phases.components', odd.factors.rank),
      ],
      findings: [finding(context, odd)],
      sections: [...table(context, odd), ...componentsSection(context, odd)],
    };
  },
});

function finding(context: Context, { windows, channel }: OddModel): Finding {
  const n = channel.counts.rows;
  const share = windows.length / n;
  const base = {
    share,
    confidence: {
      n,
      ...wilsonInterval(share, n),
      why: `false alarms in at most ${formatShare(ODD_FALSE_ALARM)} of runs without odd windows; components by ${context.tensors.backend}`,
    },
    caveats: [],
  };
  const [first] = windows;
  const model = context.derive(phaseModel);
  if (first === undefined || model === undefined) {
    return {
      ...base,
      id: 'phases/odd-windows/none',
      severity: 'ok',
      claim: `None of ${formatCount(n)} windows is unlike the others`,
      evidence: [{ label: 'windows over time', section: RIBBON, selection: {} }],
      actions: [],
    };
  }
  const worst = windows.reduce((a, b) => (b.ratio > a.ratio ? b : a), first);
  const range = rangeOf(context, worst.window);
  return {
    ...base,
    id: 'phases/odd-windows/found',
    severity: 'note',
    claim: `${formatCount(windows.length)} of ${formatCount(n)} windows ${windows.length === 1 ? 'is' : 'are'} unlike the others; the oddest at ${formatValue(range[0], 's')}: ${worst.text}`,
    evidence: [
      {
        label: 'odd windows',
        section: TABLE,
        selection: { range },
        formula: `${formatCount(worst.ratio)} times the deviance of the middle window, chance ${chanceText(worst.chance)} in a run of ${formatCount(n)} windows`,
      },
    ],
    actions: [
      {
        text: 'Select the window and look at its call paths, and at what else the machine did at that moment',
        risk: 'none',
      },
    ],
  };
}

function table(context: Context, { windows, channel }: OddModel): TableSection[] {
  const model = context.derive(phaseModel);
  if (windows.length === 0 || model === undefined) return [];
  const { counts, counted } = channel;
  return [
    {
      kind: 'table',
      id: TABLE,
      title: `Windows unlike the others: ${formatCount(windows.length)} of ${formatCount(counts.rows)}`,
      note: 'The chance is that of any window so odd in a run of this length that has no odd ones.',
      columns: [
        { name: 'from', unit: 's' },
        { name: 'to', unit: 's' },
        { name: 'phase', unit: 'text' },
        { name: 'what was different', unit: 'text' },
        { name: 'times the usual', unit: 'count' },
        { name: 'chance', unit: 'text' },
        { name: counted, unit: 'count' },
      ],
      rows: [...windows]
        .sort((a, b) => b.ratio - a.ratio || a.window - b.window)
        .slice(0, 100)
        .map(({ window, text, ratio, chance }) => {
          const range = rangeOf(context, window);
          const phase = model.stretches.find(({ first, end }) => window >= first && window < end)?.phase ?? 0;
          const total = counts.values
            .subarray(window * counts.columns, (window + 1) * counts.columns)
            .reduce((a, b) => a + b, 0);
          return {
            cells: [range[0], range[1], phaseName(phase), text, ratio, chanceText(chance), total],
            selection: { range },
          };
        }),
      of: windows.length,
    },
  ];
}

function chanceText(chance: number): string {
  return chance < 1e-12 ? '<1e-12' : chance < 1e-3 ? chance.toExponential(1) : chance.toPrecision(2);
}

/** Seconds from the start of the trace, to parts of a microsecond. */
function rangeOf(context: Context, window: number): readonly [number, number] {
  const { offset = 0, step = 0 } = context.derive(phaseModel)?.grid ?? {};
  const at = (edge: number): number => Math.max(0, Math.round((offset + (edge * step) / 1e9) * 1e7) / 1e7);
  return [at(window), at(window + 1)];
}
