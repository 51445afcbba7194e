import {
  causesText,
  changeText,
  covariateText,
  functionName,
  intervalText,
  metricName,
  openText,
  settleText,
  stateWord,
  testText,
} from '../../model/change-text.ts';
import type { ComparedMetric, GateResult } from '../../model/comparison.ts';
import { goalText } from '../../model/goal-text.ts';
import type { Verdict } from '../../model/report.ts';
import { shortName } from '../../model/symbol-name.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { quantile } from '../stats/quantiles.ts';
import type { Conclusions } from './conclusions.ts';
import { thpBloat } from './knobs/thp-bloat.ts';

/** The whole comparison in a few lines. */
export function comparisonVerdict(conclusions: Conclusions, gate: GateResult): Verdict {
  const { groups, work, guards, options } = conclusions;
  const counts = groups
    .map(({ name, runs }) => `${name} ${formatCount(runs.length)} run${runs.length === 1 ? '' : 's'}`)
    .join(', ');
  const warnings = guards
    .filter(({ severity }) => severity === 'warning')
    .map(({ text }) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`);
  const basis =
    conclusions.measured === undefined ? `${counts}.` : `${counts}; costs ${work.text} (${work.why}).`;
  if (options.mode === 'groups') {
    const { headline, lines } =
      conclusions.goals.length > 0 ? goalsVerdict(conclusions) : groupsVerdict(conclusions);
    return {
      severity: gate.outcome === 'fail' ? 'critical' : 'note',
      headline,
      lines: [...lines, ...warnings, basis],
    };
  }
  const headline = gateHeadline(conclusions, gate);
  const severity =
    gate.outcome === 'fail'
      ? 'critical'
      : gate.outcome === 'pass'
        ? gate.warnings.length > 0
          ? 'warning'
          : 'ok'
        : gate.warnings.length > 0
          ? 'warning'
          : 'note';
  return { severity, headline, lines: [...metricLines(conclusions), ...warnings, basis] };
}

function gateHeadline({ pairs, metrics, work }: Conclusions, gate: GateResult): string {
  const rows = pairs.flatMap(({ pair }) => pair.functions.map((row) => ({ row, pair })));
  const worst =
    rows.find(({ row }) => row.state === 'regressed' && row.level === 'error') ??
    rows.find(({ row }) => row.state === 'regressed');
  const metric = metrics
    .flatMap((each) => each.changes.map((change) => ({ each, change })))
    .find(({ change }) => change.state === 'regressed');
  const lead = gate.indicative ? 'Indicative only, one run a side: ' : '';
  if (worst !== undefined) {
    const { row } = worst;
    const from = row.path.length > 1 ? `, called from ${shortName(row.path.at(-1) ?? '')}` : '';
    const more = gate.failures.length > 1 ? `, and ${gate.failures.length - 1} more` : '';
    return `${lead}${shortName(functionName(row), 120)} regressed: ${changeText(row.relative)} (${intervalText(row)})${from}${more}.`;
  }
  if (metric !== undefined) {
    return `${lead}${metricName(metric.each, work.text)} regressed: ${changeText(metric.change.relative)} (${intervalText(metric.change)}).`;
  }
  if (gate.indicative) return 'Nothing stands out, but one run a side cannot show that nothing changed.';
  if (gate.outcome === 'pass') {
    const tested = pairs.reduce((sum, { pair }) => sum + pair.tested, 0);
    return metrics.some(({ role }) => role === 'outcome')
      ? 'No regression: every headline metric is within its margin or better.'
      : `No regression shown among ${formatCount(tested)} function${tested === 1 ? '' : 's'}.`;
  }
  if (metrics.length === 0 && pairs.length === 0)
    return 'There is nothing these runs have in common that could be compared.';
  const open = gate.inconclusive.length;
  return `No regression shown; ${open} question${open === 1 ? ' is' : 's are'} inconclusive.`;
}

function metricLines({ metrics, work, options }: Conclusions): string[] {
  return metrics
    .filter(({ role }) => role === 'outcome')
    .slice(0, 6)
    .flatMap((metric) => metric.changes.map((change) => metricLine(metric, change, work.text, options.mode)));
}

function metricLine(
  metric: ComparedMetric,
  change: ComparedMetric['changes'][number],
  workText: string,
  mode: 'gate' | 'groups',
): string {
  const mean = (name: string): string => {
    const value = metric.groups.find((group) => group.name === name)?.mean;
    return value === null || value === undefined ? '–' : formatValue(value, metric.unit);
  };
  const settle = settleText(change);
  const who = mode === 'gate' ? '' : `${change.candidate} against ${change.baseline}, `;
  return `${who}${metricName(metric, workText)}: ${stateWord(change.state, mode)}, ${mean(change.baseline)} → ${mean(change.candidate)}, ${changeText(change.relative)} (${intervalText(change)})${[
    testText(change),
    openText(change, metric.covariates),
    settle,
  ]
    .filter((part) => part !== '')
    .map((part) => `; ${part}`)
    .join('')}.`;
}

/** What the settings do, outcome by outcome, and what only moved a mechanism. */
function groupsVerdict({ metrics, groups, work, options }: Conclusions): {
  headline: string;
  lines: string[];
} {
  const outcomes = metrics.filter(({ role }) => role === 'outcome');
  const mechanisms = metrics.filter(({ role, changes }) => role === 'mechanism' && changes.some(isShown));
  const lines = [
    ...outcomes
      .slice(0, 3)
      .flatMap((metric) =>
        metric.changes
          .filter(({ baseline }) => baseline === groups[0]?.name)
          .map((change) => metricLine(metric, change, work.text, 'groups')),
      ),
    ...mechanisms.slice(0, 4).flatMap((metric) => {
      const change = metric.changes.find(isShown);
      return change === undefined
        ? []
        : [
            `Mechanism: ${metricName(metric, work.text)} ${changeText(change.relative)} with ${change.candidate} against ${change.baseline} (p ${change.adjusted?.toPrecision(2)}).`,
          ];
    }),
    ...thpBloat(groups, options.seed).map(({ claim, confidence }) => `${claim}. ${confidence.why}`),
  ];
  const main = outcomes.find(({ changes }) => changes.some(isDecided)) ?? outcomes[0];
  const beside = (main?.covariates ?? []).filter(({ own, explains }) => own && explains);
  for (const each of beside)
    lines.push(`Goes with it, and may be cause or effect of the setting: ${covariateText(each)}.`);
  if (main === undefined) return { headline: 'No outcome was measured: nothing can be recommended.', lines };
  const name = metricName(main, work.text);
  const decided = main.changes.filter(isDecided);
  if (decided.length === 0) {
    const open = main.changes.some(({ state }) => state === 'inconclusive' || state === 'not enough data');
    const few = main.changes.every(({ state }) => state === 'not enough data');
    const [moved] = mechanisms;
    const knob =
      moved === undefined
        ? ''
        : ` The setting works (${movedText(moved, work.text)}), a benefit is not shown.`;
    const state = few ? 'not enough data' : open ? 'inconclusive' : 'no difference';
    const confounded = (main.covariates ?? []).filter(({ name: each }) =>
      main.changes.some(({ confounders = [] }) => confounders.includes(each)),
    );
    const by = confounded.length === 0 ? '' : `, confounded by ${causesText(confounded)}`;
    return {
      headline: `${name}: ${state} between ${groups.map((group) => group.name).join(', ')}${by}.${knob}`,
      lines,
    };
  }
  // What the others are held against comes first.
  const against = decided.filter(({ baseline }) => baseline === groups[0]?.name);
  const worst = (against.length > 0 ? against : decided).reduce((a, b) =>
    Math.abs(b.relative) > Math.abs(a.relative) ? b : a,
  );
  // What comes before it in importance, and is not decided, must not be passed over.
  const passed = outcomes.slice(0, outcomes.indexOf(main)).map((metric) => {
    const [only] =
      metric.changes.length === 1
        ? metric.changes.map((change) => openText(change, metric.covariates))
        : [''];
    return `${metricName(metric, work.text)} ${undecidedWord(metric)}${only === '' || only === undefined ? '' : `: ${only}`}`;
  });
  // Of the other settings, what they do against the same.
  const others = main.changes
    .filter((change) => change !== worst && change.baseline === worst.baseline)
    .map((change) => `${stateWord(change.state, 'groups')} with ${change.candidate}`);
  const word = worst.state === 'regressed' ? 'worse' : 'better';
  return {
    headline: `${name}: ${word} with ${worst.candidate} than with ${worst.baseline}, ${changeText(worst.relative)} (${intervalText(worst)})${[...others, ...passed].map((part) => `; ${part}`).join('')}.${explainedBy(mechanisms, worst, work.text)}`,
    lines: [
      ...lines,
      `Best to worst by ${name}: ${main.ranking.map((names) => names.join(' = ')).join(', then ')}.`,
    ],
  };
}

/** What each setting is good for; results of programs, where there are any, come behind. */
function goalsVerdict(conclusions: Conclusions): { headline: string; lines: string[] } {
  const { goals, tradeOffs: offs, metrics } = conclusions;
  const decided = goals.filter(({ state }) => state === 'ranked');
  const indicative = decided.some((goal) => goal.indicative) ? 'Indicative, one run a side: ' : '';
  const best = decided.map(({ goal, winners }) => `${goal} ${winners.join(' = ')}`).join(', ');
  const [first] = goals;
  const headline =
    decided.length > 0
      ? `${indicative}best for ${best}.`
      : first?.state === 'not comparable'
        ? `Not comparable: ${first.why}.`
        : 'No setting is shown to be better than the others: intervals overlap.';
  const others = metrics.some(({ role }) => role === 'outcome') ? groupsVerdict(conclusions) : undefined;
  return {
    headline: headline.charAt(0).toUpperCase() + headline.slice(1),
    lines: [
      ...(first?.state === 'not comparable' ? [] : goals.map(goalText)),
      ...offs.map((text) => text.charAt(0).toUpperCase() + text.slice(1)),
      ...(others === undefined ? [] : [others.headline, ...others.lines]),
    ],
  };
}

/** `cpu-migrations −74.0 % with pinned against free`. */
function movedText(metric: ComparedMetric, workText: string): string {
  const change = metric.changes.find(isShown);
  return change === undefined
    ? ''
    : `${metricName(metric, workText)} ${changeText(change.relative)} with ${change.candidate} against ${change.baseline}`;
}

/** Waiting that grew with the loss, by far, is how it came about. */
function explainedBy(
  mechanisms: readonly ComparedMetric[],
  { baseline, candidate, state }: MetricChange,
  workText: string,
): string {
  for (const metric of mechanisms.filter(({ labels }) => labels.name === 'wait_ns')) {
    const change = metric.changes.find(
      (each) => each.baseline === baseline && each.candidate === candidate && each.state === state,
    );
    if (change === undefined) continue;
    const median = (name: string): string => {
      const values = (metric.groups.find((group) => group.name === name)?.values ?? []).filter(
        (value) => value !== null,
      );
      return formatValue(quantile(Float64Array.from(values).sort(), 0.5), metric.unit);
    };
    return ` The mechanism: run-queue wait (${metricName(metric, workText)}) ${median(baseline)} → ${median(candidate)}, medians.`;
  }
  return '';
}

type MetricChange = ComparedMetric['changes'][number];

function isDecided({ state }: MetricChange): boolean {
  return state === 'regressed' || state === 'improved';
}

function isShown(change: MetricChange): boolean {
  return isDecided(change) || change.state === 'changed';
}

function undecidedWord({ changes }: ComparedMetric): string {
  return changes.every(({ state }) => state === 'unchanged') ? 'no difference' : 'inconclusive';
}
