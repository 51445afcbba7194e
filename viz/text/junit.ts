import { changeText, functionName, intervalText, metricName, settleText } from '../../model/change-text.ts';
import type { Change, Comparison } from '../../model/comparison.ts';
import { escapeMarkup, visibleText } from '../../model/visible-text.ts';

interface TestCase {
  readonly suite: string;
  readonly name: string;
  readonly change: Change;
  /** Of a function, innermost first. */
  readonly callers?: readonly string[];
}

/**
 * A comparison as JUnit XML, the dialect CI systems read (testsuites, testsuite, testcase): a case
 * per metric and per tested function; a regression at `error` fails, what is inconclusive is skipped.
 */
export function renderJunit(comparison: Comparison): string {
  const { metrics, pairs, work, gate } = comparison;
  const cases: TestCase[] = [
    ...metrics.flatMap((metric) =>
      metric.role === 'mechanism'
        ? []
        : metric.changes.map((change) => ({
            suite: `metrics: ${change.candidate} against ${change.baseline}`,
            name: metricName(metric, work.text),
            change,
          })),
    ),
    ...pairs.flatMap((pair) =>
      pair.functions.map((row) => ({
        suite: `functions: ${pair.candidate} against ${pair.baseline}`,
        name: functionName(row),
        change: row,
        callers: row.path.slice(1).reverse(),
      })),
    ),
  ];
  const suites = [...new Set(cases.map(({ suite }) => suite))];
  const fails = ({ change }: TestCase): boolean =>
    change.state === 'regressed' && change.level === 'error' && !gate.indicative;
  const skips = ({ change }: TestCase): boolean =>
    change.state === 'inconclusive' || change.state === 'not enough data';
  const count = (which: (each: TestCase) => boolean, among = cases): number => among.filter(which).length;
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="vtune compare" tests="${cases.length}" failures="${count(fails)}" skipped="${count(skips)}" errors="0">`,
  ];
  for (const suite of suites) {
    const own = cases.filter((each) => each.suite === suite);
    lines.push(
      `<testsuite name="${attribute(suite)}" tests="${own.length}" failures="${count(fails, own)}" skipped="${count(skips, own)}" errors="0">`,
    );
    for (const each of own) {
      const { change, name } = each;
      const text = `${change.state} ${changeText(change.relative)} (${intervalText(change)})${change.why === undefined ? '' : `; ${change.why}`}${callersText(each)}`;
      const body = fails(each)
        ? `<failure type="regressed" message="${attribute(text)}"/>`
        : skips(each)
          ? `<skipped message="${attribute([text, settleText(change)].filter((part) => part !== '').join('; '))}"/>`
          : `<system-out>${escapeMarkup(visibleText(text))}</system-out>`;
      lines.push(`<testcase classname="${attribute(suite)}" name="${attribute(name)}">${body}</testcase>`);
    }
    lines.push('</testsuite>');
  }
  lines.push('</testsuites>', '');
  return lines.join('\n');
}

function callersText({ callers = [] }: TestCase): string {
  return callers.length === 0 ? '' : `; called from ${callers.join(' ← ')}`;
}

function attribute(text: string): string {
  return escapeMarkup(visibleText(text));
}
