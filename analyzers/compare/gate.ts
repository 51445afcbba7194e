import { changeText, functionName, intervalText, metricName } from '../../model/change-text.ts';
import type { Change, ComparedFunction, ComparedMetric, GateResult } from '../../model/comparison.ts';
import type { Conclusions } from './conclusions.ts';

/** What the gate says: failures of rules at `error`, warnings of those at `warn`, and what stays open. */
export function gateOf({ metrics, pairs, groups, work, options, notRun, guards }: Conclusions): GateResult {
  const lines = { failures: [] as string[], warnings: [] as string[], inconclusive: [] as string[] };
  const indicative = groups.some(({ runs }) => runs.length < 2);
  for (const metric of metrics) {
    for (const change of metric.changes) {
      file(change, metricLine(metric, change, work.text), metric.role === 'outcome');
    }
  }
  for (const { pair } of pairs) {
    for (const row of pair.functions) file(row, functionLine(row), false);
  }
  // Where runs hold profiles, a gate that could not compare them has not looked.
  if (groups.some(({ runs }) => runs.some(({ profiles }) => profiles.length > 0))) {
    for (const { missing } of notRun) lines.inconclusive.push(`functions: not compared, no ${missing}`);
  }
  for (const { id, text } of guards) if (id === 'work') lines.inconclusive.push(text);
  // Many settings are chosen between, not gated, unless a budget says otherwise.
  const gated = options.mode === 'gate' || options.gated === true || options.budget !== undefined;
  const failures = gated && !indicative ? lines.failures : [];
  const warnings = indicative || !gated ? [...lines.failures, ...lines.warnings] : lines.warnings;
  const open = lines.inconclusive.length > 0 || indicative || (metrics.length === 0 && pairs.length === 0);
  return {
    outcome: failures.length > 0 ? 'fail' : open ? 'inconclusive' : 'pass',
    indicative,
    failures,
    warnings,
    inconclusive: lines.inconclusive,
  };

  function file(change: Change, line: string, headline: boolean): void {
    if (change.level === 'off') return;
    if (change.state === 'regressed') (change.level === 'error' ? lines.failures : lines.warnings).push(line);
    else if (headline && (change.state === 'inconclusive' || change.state === 'not enough data')) {
      lines.inconclusive.push(line);
    }
  }
}

function metricLine(
  metric: ComparedMetric,
  change: ComparedMetric['changes'][number],
  workText: string,
): string {
  return `${metricName(metric, workText)}: ${change.state} ${changeText(change.relative)} (${intervalText(change)})`;
}

function functionLine(row: ComparedFunction): string {
  return `${functionName(row)}: ${row.state} ${changeText(row.relative)} (${intervalText(row)})`;
}
