import {
  changeText,
  costText,
  functionName,
  metricName,
  openText,
  pText,
  settleText,
  signed,
  testText,
} from '../../model/change-text.ts';
import type { ComparedFunction, ComparedMetric, ComparedPair, NoiseGuard } from '../../model/comparison.ts';
import type { Finding, Severity } from '../../model/finding.ts';
import { shortName } from '../../model/symbol-name.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import type { Conclusions } from './conclusions.ts';
import { goalFindings } from './goals/goal-findings.ts';
import { signatureFindings } from './goals/signatures.ts';
import { thpBloat } from './knobs/thp-bloat.ts';

/** Cards of functions beyond these say nothing the table does not. */
const MOST_CARDS = 12;

/** Every verdict as a claim with its interval, evidence and what to do. */
export function findingsOf(conclusions: Conclusions): Finding[] {
  return [
    ...goalFindings(conclusions.goals),
    ...(conclusions.goals.length === 0 ? [] : signatureFindings(conclusions.groups)),
    ...conclusions.metrics.flatMap((metric) => metricFindings(metric, conclusions)),
    ...(conclusions.options.mode === 'groups' ? thpBloat(conclusions.groups, conclusions.options.seed) : []),
    ...conclusions.pairs.flatMap(({ pair }) => pairFindings(pair, conclusions)),
    ...conclusions.guards.map(guardFinding),
  ];
}

function metricFindings(metric: ComparedMetric, { work, options, groups }: Conclusions): Finding[] {
  return metric.changes.flatMap((change): Finding[] => {
    if (metric.role === 'mechanism' || change.state === 'changed' || change.state === 'not enough data')
      return [];
    const { baseline, candidate, relative, low, high, state } = change;
    const name = metricName(metric, work.text);
    const n = groups
      .filter((group) => group.name === baseline || group.name === candidate)
      .reduce((sum, { runs }) => sum + runs.length, 0);
    const words = {
      regressed: `${name} is ${changeText(relative)} ${options.mode === 'gate' ? 'worse' : `worse with ${candidate} than with ${baseline}`}`,
      improved: `${name} is ${changeText(relative)} ${options.mode === 'gate' ? 'better' : `better with ${candidate} than with ${baseline}`}`,
      unchanged: `${name} does not differ by more than ${formatShare(change.margin)}${options.mode === 'gate' ? '' : ` between ${baseline} and ${candidate}`}`,
      inconclusive: `${name}: inconclusive${options.mode === 'gate' ? '' : ` between ${baseline} and ${candidate}`} (${signed(relative)})`,
    }[state];
    const settle = settleText(change);
    return [
      {
        id: `compare/metric/${metric.id}/${Object.values(metric.labels).join('/')}/${baseline}/${candidate}`,
        severity: severityOf(
          state,
          change.level,
          groups.some(({ runs }) => runs.length < 2),
        ),
        claim: words,
        share: Math.min(1, Math.abs(Number.isFinite(relative) ? relative : 1)),
        confidence: {
          n,
          low: Number.isFinite(low) ? low : 0,
          high: Number.isFinite(high) ? high : 1,
          why: `Runs are what is counted; ${testText(change)}; Mann–Whitney p ${pText(change.p)}, ${pText(change.adjusted)} after Holm, margin ±${formatShare(change.margin)}.`,
        },
        evidence: [{ label: 'every run', section: `compare/runs/${keyText(metric)}`, selection: {} }],
        actions: [],
        caveats: [change.why ?? '', openText(change, metric.covariates), settle].filter(
          (text) => text !== '',
        ),
      },
    ];
  });
}

export function keyText({ id, labels }: Pick<ComparedMetric, 'id' | 'labels'>): string {
  return [id, ...Object.values(labels)].join('/');
}

function severityOf(state: string, level: string, indicative: boolean): Severity {
  if (state === 'regressed') return level === 'error' && !indicative ? 'critical' : 'warning';
  return state === 'inconclusive' ? 'note' : 'ok';
}

function pairFindings(pair: ComparedPair, { work, groups }: Conclusions): Finding[] {
  const indicative = groups.some(({ runs }) => runs.length < 2);
  const flame = `compare/flame/${pair.candidate}`;
  const n = groups
    .filter(({ name }) => name === pair.baseline || name === pair.candidate)
    .reduce((sum, { runs }) => sum + runs.length, 0);
  const shown = pair.functions.filter(({ state }) => state === 'regressed' || state === 'improved');
  const moved = pair.functions.filter((row) => row.moved !== undefined && row.points > 0);
  return [
    ...shown
      .slice(0, MOST_CARDS)
      .map((row) => functionFinding(row, pair, { flame, n, indicative, workText: work.text })),
    ...moved.slice(0, 3).map(
      (row): Finding => ({
        id: `compare/moved/${pair.candidate}/${row.module}!${row.function}`,
        severity: 'ok',
        claim: `${shortName(row.function)} ${row.moved?.kind === 'inlined' ? `took in ${(row.moved.with ?? []).map((name) => shortName(name)).join(', ')}` : `stands where ${(row.moved?.with ?? []).map((name) => shortName(name)).join(', ')} stood`}: ${shortName(row.moved?.within ?? '')} costs the same`,
        share: Math.abs(row.points),
        confidence: {
          n,
          low: row.low,
          high: Number.isFinite(row.high) ? row.high : 1,
          why: 'The change cancels at their common caller: moved, not regressed.',
        },
        evidence: [],
        actions: [],
        caveats: [],
      }),
    ),
  ];
}

function functionFinding(
  row: ComparedFunction,
  pair: ComparedPair,
  { flame, n, indicative, workText }: { flame: string; n: number; indicative: boolean; workText: string },
): Finding {
  const worse = row.state === 'regressed';
  const caller = row.path.at(-1);
  const from = caller === undefined || row.path.length < 2 ? '' : `, called from ${shortName(caller)}`;
  const how =
    row.presence === 'new'
      ? `is new and costs ${costText(row.after, pair.unit, workText)}`
      : row.presence === 'vanished'
        ? `is gone (${costText(row.before, pair.unit, workText)} before)`
        : `costs ${changeText(row.relative)} ${worse ? 'more' : 'less'}`
            .replace(/(×) more/, '$1 as much')
            .replace(/([+−])([\d.]+ %) (?:more|less)/, worse ? '$2 more' : '$2 less');
  return {
    id: `compare/function/${pair.candidate}/${row.module}!${row.function}`,
    severity: worse ? (row.level === 'error' && !indicative ? 'critical' : 'warning') : 'ok',
    claim: `${shortName(functionName(row), 120)} ${how}${from}`,
    share: Math.min(1, Math.abs(row.points)),
    confidence: {
      n,
      low: row.low,
      high: Number.isFinite(row.high) ? row.high : 1,
      why: `Of its own cost, runs counted, not samples; q ${pText(row.adjusted)} among ${formatCount(pair.tested)} functions, spread between runs φ ${row.dispersion.toFixed(2)}.`,
    },
    evidence: [
      {
        label: 'call paths',
        section: flame,
        selection: { frame: row.function },
        formula: `${costText(row.before, pair.unit, workText)} → ${costText(row.after, pair.unit, workText)}: ${signed(row.points)} of the total`,
      },
    ],
    actions: worse
      ? [
          {
            text: `Look at what changed in ${row.function}${row.source === undefined ? '' : ` (${row.source})`}${row.path.length > 1 ? ` and in how ${row.path.at(-1)} calls it` : ''}.`,
            risk: 'none',
          },
        ]
      : [],
    caveats: row.why === undefined ? [] : [row.why],
  };
}

function guardFinding({ id, severity, text, advice }: NoiseGuard): Finding {
  return {
    id: `compare/guard/${id}`,
    severity,
    claim: text.charAt(0).toUpperCase() + text.slice(1),
    share: 0,
    confidence: {
      n: 1,
      low: 0,
      high: 0,
      bounds: true,
      why: 'What differs besides the program may be the reason of any change.',
    },
    evidence: [],
    actions: [{ text: advice, risk: 'none' }],
    caveats: [],
  };
}
