import type { MatrixSection, RibbonSection, SmallFlamesSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { buildCallTree } from '../derived/call-tree.ts';
import { profile } from '../derived/profile.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { sumRows } from '../stats/count-matrix.ts';
import type { Difference } from './differences.ts';
import type { PhaseModel } from './model.ts';
import { oddWindows } from './odd-model.ts';
import { CARDS, RIBBON } from './phase-findings.ts';
import { type PhaseSummary, phaseName, phaseSummaries } from './phase-summary.ts';

const MOST_CHANGES = 8;
/** Changes of what is not the first channel, each. */
const FEW_CHANGES = 3;
/** Frames of a small flame graph. */
const SMALL_TREE = 150;
const MOST_CARDS = 12;
const MATRIX_ROWS = 24;

/** Which phase the run was in, when. */
export function ribbonSection(context: Context, model: PhaseModel): RibbonSection {
  const { grid, stretches } = model;
  const odd = context.derive(oddWindows);
  const seconds = (window: number): number => grid.offset + (window * grid.step) / 1e9;
  return {
    kind: 'ribbon',
    id: RIBBON,
    title: 'Phases of the run',
    note: `Stretches in which nothing changes, found in ${formatCount(grid.windows)} windows of ${formatValue(grid.step, 'ns')} by what was counted in them: ${model.channels.map(({ name }) => name).join(', ')}.`,
    start: stretches[0]?.from ?? 0,
    end: stretches.at(-1)?.to ?? 0,
    stretches: stretches.map(({ phase, from, to }) => ({ phase: phaseName(phase), from, to })),
    phases: context.derive(phaseSummaries).map(({ name, title, seconds: length, share, stretches: own }) => ({
      phase: name,
      title,
      seconds: length,
      share,
      stretches: own.length,
    })),
    odd: (odd?.windows ?? []).map(({ window, text }) => ({
      from: seconds(window),
      to: seconds(window + 1),
      text,
    })),
  };
}

/** A card for each phase: when, how long, what sets it apart, its flame graph. */
export function cardsSection(context: Context, model: PhaseModel): SmallFlamesSection {
  const summaries = context.derive(phaseSummaries);
  const shown = [...summaries].sort((a, b) => b.share - a.share).slice(0, MOST_CARDS);
  return {
    kind: 'small-flames',
    id: CARDS,
    title: summaries.length === 1 ? 'The one phase of the run' : 'Each phase by itself',
    ...(shown.length < summaries.length
      ? { note: `The ${formatCount(shown.length)} longest of ${formatCount(summaries.length)} phases.` }
      : {}),
    unit: context.derive(profile).event.unit,
    items: shown
      .sort((a, b) => a.phase - b.phase)
      .map((summary) => ({
        label: `Phase ${summary.name}: ${summary.title}`,
        facts: factsOf(model, summary),
        changes: changesOf(summary).map(({ name, here, elsewhere, low, high }) => ({
          name,
          sign: here > elsewhere ? (1 as const) : (-1 as const),
          here,
          elsewhere,
          low,
          high,
        })),
        ...treeOf(context, summary),
        selection: { phase: summary.name },
      })),
  };
}

function factsOf({ channels, grid }: PhaseModel, { stretches, seconds, share, n }: PhaseSummary): string[] {
  const times = stretches
    .slice(0, 6)
    .map(({ from, to }) => `${formatValue(from, 's')} – ${formatValue(to, 's')}`);
  const more =
    stretches.length > times.length ? ` and ${formatCount(stretches.length - times.length)} more` : '';
  return [
    `${formatValue(seconds, 's')}, ${formatShare(share)} of the time, in ${formatCount(stretches.length)} ${stretches.length === 1 ? 'stretch' : 'stretches'}: ${times.join(', ')}${more}`,
    `n = ${formatCount(n)} ${channels[0]?.counted ?? ''} in windows of ${formatValue(grid.step, 'ns')}`,
  ];
}

/** The largest differences of the first channel, and a few of every other; what there is more of comes first. */
function changesOf({ differences }: PhaseSummary): Difference[] {
  return differences.flatMap(({ channel, list }, i) => {
    // Callers of a function say more only where they divide it.
    const telling = channel === 'callers' ? list.filter(({ name }) => name.includes(' ← ')) : list;
    const shown = telling.slice(0, i === 0 ? MOST_CHANGES : FEW_CHANGES);
    return [
      ...shown.filter(({ here, elsewhere }) => here > elsewhere),
      ...shown.filter(({ here, elsewhere }) => here <= elsewhere),
    ];
  });
}

function treeOf(context: Context, { stretches }: PhaseSummary) {
  const { rows } = context.derive(profile);
  if (rows.length === 0) return {};
  const { time } = context.trace.tables.samples.columns;
  const { start } = context.derive(traceSpan);
  const own = rows.filter((row) => {
    const at = ((time[row] as number) - start) / 1e9;
    return stretches.some(({ from, to }) => at >= from && at < to);
  });
  return own.length === 0 ? {} : { tree: buildCallTree(context, own, SMALL_TREE).tree };
}

/** Shares of the most frequent columns of the first channel, window by window. */
export function matrixSection(model: PhaseModel): MatrixSection | undefined {
  const [channel] = model.channels;
  if (channel === undefined) return undefined;
  const { counts, names, name } = channel;
  const { grid, boundaries } = model;
  const totals = sumRows(counts, 0, counts.rows);
  const order = [...totals.keys()]
    .filter((column) => (totals[column] as number) > 0)
    .sort(
      (a, b) =>
        (totals[b] as number) - (totals[a] as number) || ((names[a] ?? '') < (names[b] ?? '') ? -1 : 1),
    )
    .slice(0, MATRIX_ROWS);
  const each = Array.from({ length: counts.rows }, (_, window) =>
    sumRows(counts, window, window + 1).reduce((a, b) => a + b, 0),
  );
  return {
    kind: 'matrix',
    id: 'phases/phases/matrix',
    title: `Shares of the most frequent ${name} over time`,
    note: `Darker = a larger share of the window's ${channel.counted}. Lines: boundaries between phases.`,
    start: grid.offset,
    step: grid.step / 1e9,
    rows: order.map((column) => ({
      name: names[column] ?? '',
      shares: each.map((total, window) =>
        total === 0
          ? 0
          : Math.round(((counts.values[window * counts.columns + column] as number) / total) * 1e4) / 1e4,
      ),
      ...(name === 'functions' && !(names[column] ?? '').startsWith('(')
        ? { selection: { frame: names[column] ?? '' } }
        : {}),
    })),
    marks: boundaries.map(({ at }) => at),
  };
}
