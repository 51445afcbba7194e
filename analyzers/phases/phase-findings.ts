import type { Finding } from '../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { sumRows } from '../stats/count-matrix.ts';
import type { Channel } from './channel.ts';
import type { PhaseModel } from './model.ts';
import { type Overhead, overheads } from './overheads.ts';
import { type PhaseSummary, phaseSummaries } from './phase-summary.ts';
import { FALSE_ALARM } from './segments.ts';

export const RIBBON = 'phases/phases/ribbon';
export const CARDS = 'phases/phases/cards';
/** A phase costs when what it wastes beyond the rest of the run is this share of the whole run … */
const COSTLY = 0.02;
/** … and it wastes this many times as much as the rest. */
const MARKED = 2;

/** Whether the run has phases at all. */
export function courseFinding(context: Context, model: PhaseModel): Finding {
  const { grid, stretches, boundaries, phases } = model;
  const windows = `${formatCount(grid.windows)} windows of ${formatValue(grid.step, 'ns')}, ${formatCount(grid.observations)} ${grid.of}`;
  const wholes = { label: 'phases over time', section: RIBBON, selection: {} };
  if (stretches.length === 1) {
    return {
      id: 'phases/phases/none',
      severity: 'ok',
      claim: `Nothing changes over the run: 1 phase of ${formatValue((stretches[0]?.to ?? 0) - (stretches[0]?.from ?? 0), 's')}`,
      share: 1,
      confidence: { n: grid.windows, low: 0, high: 1, why: windows },
      evidence: [wholes],
      actions: [],
      caveats: [],
    };
  }
  const summaries = context.derive(phaseSummaries);
  const longest = summaries.reduce((a, b) => (b.share > a.share ? b : a));
  return {
    id: 'phases/phases/found',
    severity: 'note',
    claim: `The run has ${formatCount(phases)} phases in ${formatCount(stretches.length)} stretches: averages over all of it describe none of them`,
    share: 1 - longest.share,
    confidence: {
      n: grid.windows,
      low: 0,
      high: 1,
      why: `${windows}; a run without phases is given one in at most ${formatShare(FALSE_ALARM)} of cases`,
    },
    evidence: [
      {
        ...wholes,
        formula:
          boundaries.length <= 8
            ? `boundaries at ${boundaries.map(({ at }) => formatValue(at, 's')).join(', ')}`
            : `${formatCount(boundaries.length)} boundaries, the first at ${formatValue(boundaries[0]?.at ?? 0, 's')}`,
      },
    ],
    actions: [{ text: 'Click a phase on the ribbon: every panel then shows that phase alone', risk: 'none' }],
    caveats: model.channels.some(({ dispersion }) => dispersion > 3)
      ? [
          `windows differ ${formatCount(Math.max(...model.channels.map(({ dispersion }) => dispersion)))} times as much as sampling makes them, so only large changes are told from chance`,
        ]
      : [],
  };
}

/** Phases that spend on something nobody wants, beyond what the rest of the run does. */
export function costFindings(context: Context, model: PhaseModel): Finding[] {
  const channel = model.channels.find(({ name }) => name === 'functions');
  if (channel === undefined || model.phases < 2) return [];
  return context
    .derive(phaseSummaries)
    .flatMap((summary) => overheads.flatMap((overhead) => costFinding(model, channel, summary, overhead)));
}

function costFinding(
  { stretches, grid }: PhaseModel,
  { counts, names, dispersion }: Channel,
  summary: PhaseSummary,
  { name, pattern, actions, ordinary }: Overhead,
): Finding[] {
  const columns = names.flatMap((each, column) => (pattern.test(each) ? [column] : []));
  if (columns.length === 0 || (ordinary === true && summary.share > 0.5)) return [];
  let [here, all, rest, others] = [0, 0, 0, 0];
  for (const stretch of stretches) {
    const sums = sumRows(counts, ...stretch.inner);
    const part = columns.reduce((sum, column) => sum + (sums[column] as number), 0);
    const whole = sums.reduce((a, b) => a + b, 0);
    if (stretch.phase === summary.phase) [here, all] = [here + part, all + whole];
    else [rest, others] = [rest + part, others + whole];
  }
  if (all === 0 || others === 0) return [];
  const [p, q] = [here / all, rest / others];
  const error = 1.96 * Math.sqrt(dispersion * ((p * (1 - p)) / all + (q * (1 - q)) / others));
  const cost = (p - q) * summary.share;
  if (cost - error * summary.share < COSTLY || p < MARKED * q) return [];
  return [
    {
      id: `phases/phases/cost/${summary.name}/${name}`,
      severity: 'warning',
      claim: `Phase ${summary.name} costs ${formatShare(cost)} of the run in ${name}: ${formatShare(p)} of its samples, ${formatShare(q)} elsewhere`,
      share: cost,
      confidence: {
        n: all,
        low: Math.max(0, cost - error * summary.share),
        high: cost + error * summary.share,
        why: `${formatCount(here)} of ${formatCount(all)} samples of the phase; windows of ${formatValue(grid.step, 'ns')}`,
      },
      evidence: [
        {
          label: `phase ${summary.name}`,
          section: CARDS,
          selection: { phase: summary.name },
          formula: `(${formatShare(p)} − ${formatShare(q)}) × ${formatShare(summary.share)} of the time = ${formatShare(cost)}`,
        },
      ],
      actions,
      caveats: [],
    },
  ];
}
