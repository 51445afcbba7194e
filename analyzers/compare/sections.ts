import {
  changeText,
  costText,
  intervalText,
  metricName,
  openText,
  pText,
  settleText,
  signed,
  stateWord,
  testText,
} from '../../model/change-text.ts';
import type { ComparedFunction, ComparedMetric } from '../../model/comparison.ts';
import type { CallTree, FlameSection, Section, TableSection } from '../../model/section.ts';
import { frameKindId } from '../../model/tables.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { pruneTree } from '../derived/prune-tree.ts';
import type { Conclusions } from './conclusions.ts';
import { keyText } from './findings.ts';
import { goalSections } from './goals/goal-sections.ts';
import type { PairResult } from './pair.ts';

/** Nodes of all differential flame graphs together. */
const MOST_NODES = 25_000;
const MOST_ROWS = 100;

/** What the report draws: every run of every metric, call paths, functions, what moved, came and went. */
export function sectionsOf(conclusions: Conclusions): Section[] {
  const { metrics, pairs } = conclusions;
  return [
    ...goalSections(conclusions.goals, conclusions.groups, conclusions.options.seed),
    ...(metrics.length === 0 ? [] : [metricTable(conclusions)]),
    ...metrics.filter(({ role }) => role === 'outcome').map((metric) => runsSection(metric, conclusions)),
    ...pairs.flatMap((result) => [
      flameSection(result, conclusions, Math.floor(MOST_NODES / pairs.length)),
      functionTable(result, conclusions),
      ...presenceTable(result, conclusions),
    ]),
  ];
}

function metricTable({ metrics, work, options }: Conclusions): TableSection {
  const rows = metrics.flatMap((metric) =>
    metric.changes.map((change) => {
      const mean = (name: string): string => {
        const value = metric.groups.find((group) => group.name === name)?.mean;
        return value === null || value === undefined ? '–' : formatValue(value, metric.unit);
      };
      return {
        cells: [
          metricName(metric, work.text),
          metric.role,
          change.baseline,
          mean(change.baseline),
          change.candidate,
          mean(change.candidate),
          changeText(change.relative),
          intervalText(change).replace('95 % CI ', ''),
          pText(change.adjusted),
          stateWord(change.state, options.mode),
          [change.why ?? '', openText(change, metric.covariates), settleText(change)]
            .filter((part) => part !== '')
            .join('; '),
          testText(change),
        ],
      };
    }),
  );
  const names = [
    'metric',
    'role',
    'of',
    'mean',
    'against',
    'mean',
    'change',
    '95 % interval',
    'p (Holm)',
    'state',
    'why, and what would settle it',
    'test',
  ];
  return {
    kind: 'table',
    id: 'compare/metrics/table',
    title: 'Metrics compared',
    note: 'One value a run. Mann–Whitney for whether, a bootstrap over runs for how much, Holm over all outcomes.',
    columns: names.map((name) => ({ name, unit: 'text' as const })),
    rows,
    of: rows.length,
  };
}

function runsSection(metric: ComparedMetric, { work, options }: Conclusions): Section {
  return {
    kind: 'distribution',
    id: `compare/runs/${keyText(metric)}`,
    title: `Every run: ${metricName(metric, work.text)}`,
    note: 'A dot is a run; the bar is the 95 % interval of the mean.',
    unit: metric.unit,
    groups: metric.groups.map(({ name, values, mean, low, high }) => {
      const change = metric.changes.find(
        (each) => each.candidate === name && each.baseline === metric.groups[0]?.name,
      );
      return {
        name,
        values: values.filter((value) => value !== null),
        mean: mean ?? Number.NaN,
        low,
        high,
        verdict:
          change === undefined
            ? 'baseline'
            : `${stateWord(change.state, options.mode)}, ${changeText(change.relative)}`,
      };
    }),
  };
}

/** The trees of both sides as one: widths are the candidate's, the baseline's beside. */
function flameSection(
  { tree, tests, pair, shown }: PairResult,
  { work, pairs: { length } }: Conclusions,
  most: number,
): FlameSection {
  const only = length === 1;
  const raw = {
    parent: tree.parent,
    function: tree.function,
    self: tests.selfBefore.map((before, node) => before + (tests.selfAfter[node] as number)),
    functions: tree.functions.map(({ name, module, kind, process }) => ({
      name,
      module,
      kind: process ? frameKindId.unknown : kind,
    })),
  };
  const { tree: drawn, outputOf } = pruneTree(raw, most);
  const count = drawn.nodes.depth.length;
  const [before, after] = [new Float64Array(count), new Float64Array(count)];
  const colour = new Array<number>(count).fill(0);
  outputOf.forEach((at, node) => {
    before[at] = (before[at] as number) + (tests.selfBefore[node] as number);
    after[at] = (after[at] as number) + (tests.selfAfter[node] as number);
  });
  const kept = drawn.functions.name;
  for (let node = 0; node < tree.parent.length; node++) {
    const at = outputOf[node] as number;
    if (/^\(\d+ small frames?\)$/.test(kept[drawn.nodes.function[at] as number] ?? '')) continue;
    const delta = (tests.totalAfter[node] as number) - (tests.totalBefore[node] as number);
    const own = shown[tree.function[node] as number] as number;
    const self = (tests.selfAfter[node] as number) - (tests.selfBefore[node] as number);
    if (tests.passed[node] === 1) colour[at] = Math.sign(delta);
    else if (own !== 0 && Math.sign(self) === own) colour[at] = own;
  }
  const nodes: CallTree['nodes'] = {
    ...drawn.nodes,
    self: [...after],
    total: totals(drawn.nodes.depth, after),
  };
  return {
    kind: 'flame',
    id: `compare/flame/${pair.candidate}`,
    title: `Differential call paths by ${pair.event}: ${pair.candidate} against ${pair.baseline}, ${work.text}`,
    note: 'Orange costs more, blue less; what the tests cannot tell from noise is grey. Every box carries its own difference.',
    // The page tells flame graphs apart by their event.
    event: only ? pair.event : `${pair.event}, ${pair.candidate}`,
    unit: pair.unit,
    tree: { ...drawn, nodes },
    compare: {
      baseline: pair.baseline,
      candidate: pair.candidate,
      per: work.text,
      self: [...before],
      shown: colour,
    },
  };
}

function totals(depth: readonly number[], self: Float64Array): number[] {
  const total = Array.from(self);
  const open: number[] = [];
  const callers = depth.map((level, node) => {
    open[level] = node;
    return level === 0 ? -1 : (open[level - 1] as number);
  });
  for (let node = total.length - 1; node > 0; node--) {
    const up = callers[node] as number;
    total[up] = (total[up] as number) + (total[node] as number);
  }
  return total;
}

function functionTable({ pair }: PairResult, { work, options }: Conclusions): TableSection {
  const rank = (row: ComparedFunction): number =>
    row.state === 'regressed'
      ? 0
      : row.state === 'improved'
        ? 1
        : row.moved !== undefined
          ? 2
          : row.state === 'inconclusive'
            ? 3
            : 4;
  const rows = [...pair.functions].sort(
    (a, b) => rank(a) - rank(b) || Math.abs(b.points) - Math.abs(a.points),
  );
  const names = [
    'function',
    'module',
    'state',
    'before',
    'after',
    'change',
    '95 % interval',
    'of the total',
    'q',
    'φ',
    'called from',
    'note',
  ];
  return {
    kind: 'table',
    id: `compare/functions/${pair.candidate}`,
    title: `Functions by self cost ${work.text}: ${pair.candidate} against ${pair.baseline}`,
    note: `${pair.tested} functions tested, ${pair.untested} too small; q is Benjamini–Hochberg's, φ the spread between runs over that of sampling.`,
    columns: names.map((name) => ({ name, unit: 'text' as const })),
    rows: rows.slice(0, MOST_ROWS).map((row) => ({
      cells: [
        row.function,
        row.module,
        row.moved === undefined ? stateWord(row.state, options.mode) : row.moved.kind,
        costText(row.before, pair.unit, work.text),
        costText(row.after, pair.unit, work.text),
        changeText(row.relative),
        row.presence === 'both' ? intervalText(row).replace('95 % CI ', '') : '–',
        signed(row.points),
        pText(row.adjusted),
        row.dispersion.toFixed(2),
        row.path.at(-1) ?? '',
        row.why ?? settleText(row),
      ],
      selection: { frame: row.function },
    })),
    of: rows.length,
  };
}

function presenceTable({ pair }: PairResult, { work }: Conclusions): TableSection[] {
  const rows = pair.functions.filter(({ presence }) => presence !== 'both');
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      id: `compare/presence/${pair.candidate}`,
      title: 'Functions that are new or have vanished',
      columns: ['function', 'module', 'is', 'cost', 'of the total', 'note'].map((name) => ({
        name,
        unit: 'text' as const,
      })),
      rows: rows.slice(0, MOST_ROWS).map((row) => ({
        cells: [
          row.function,
          row.module,
          row.presence,
          costText(row.presence === 'new' ? row.after : row.before, pair.unit, work.text),
          formatShare(Math.abs(row.points)),
          row.why ?? '',
        ],
        selection: { frame: row.function },
      })),
      of: rows.length,
    },
  ];
}
