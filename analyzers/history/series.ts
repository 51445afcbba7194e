import { functionName, metricName } from '../../model/change-text.ts';
import type { GateLevel } from '../../model/comparison.ts';
import type { HistorySeries } from '../../model/history.ts';
import type { SavedRun } from '../../model/saved-run.ts';
import { ruleForFunction, ruleForMetric } from '../compare/budget.ts';
import type { Measured, WorkUnit } from '../compare/exposure.ts';
import { chooseHeadlines } from '../compare/headline.ts';
import type { CompareOptions } from '../compare/options.ts';
import { uniteTrees } from '../compare/union-tree.ts';

/** A quantity with what it takes to matter. */
export interface PlainSeries
  extends Pick<HistorySeries, 'kind' | 'id' | 'labels' | 'title' | 'unit' | 'better' | 'role' | 'values'> {
  /** Smallest step that matters, relative. */
  readonly margin: number;
  readonly level: GateLevel;
}

/** Functions below this share of the cost of all runs are too small for a history. */
const LEAST_SHARE = 0.01;
const MOST_FUNCTIONS = 40;

/** Headline metrics, run by run. */
export function metricSeries(
  runs: readonly SavedRun[],
  work: WorkUnit,
  measured: Measured | undefined,
  options: CompareOptions,
): PlainSeries[] {
  return chooseHeadlines([runs], work, measured, options.metrics, options.budget).flatMap(
    ({ id, labels, unit, better, role, values }): PlainSeries[] => {
      const rule = ruleForMetric(options.budget, id, labels);
      if (rule?.level === 'off') return [];
      return [
        {
          kind: 'metric',
          id,
          labels,
          title: metricName({ id, labels }, work.text),
          unit,
          better,
          role,
          values: (values[0] ?? []).map((value) => value ?? null),
          margin: rule?.maxIncrease ?? options.minEffect,
          level: rule?.level ?? (role === 'outcome' ? 'error' : 'off'),
        },
      ];
    },
  );
}

/** Self cost of the larger functions per unit of work, run by run. */
export function functionSeries(
  runs: readonly SavedRun[],
  measured: Measured | undefined,
  options: CompareOptions,
): PlainSeries[] {
  const own = measured?.groups[0] ?? [];
  if (measured === undefined || own.length === 0) return [];
  const tree = uniteTrees([own]);
  const costs = own.map((_, run) => {
    const perFunction = new Float64Array(tree.functions.length);
    tree.self[0]?.[run]?.forEach((weight, node) => {
      const fn = tree.function[node] as number;
      perFunction[fn] = (perFunction[fn] as number) + weight;
    });
    return perFunction.map((cost) => cost / (own[run]?.work ?? Number.NaN));
  });
  const mean = (fn: number): number =>
    costs.reduce((sum, run) => sum + (run[fn] as number), 0) / costs.length;
  const means = Float64Array.from(tree.functions.keys(), mean);
  const whole = means.reduce((sum, value) => sum + value, 0);
  const place = new Map(own.map(({ run }, at) => [run, at] as const));
  return [...tree.functions.keys()]
    .filter((fn) => {
      const row = tree.functions[fn];
      return !row?.process && !row?.small && (means[fn] as number) >= whole * LEAST_SHARE;
    })
    .sort((a, b) => (means[b] as number) - (means[a] as number) || a - b)
    .slice(0, MOST_FUNCTIONS)
    .flatMap((fn): PlainSeries[] => {
      const { name = '', module = '' } = tree.functions[fn] ?? {};
      const rule = ruleForFunction(options.budget, module, name);
      if (rule?.level === 'off') return [];
      const points = (options.minFunctionPoints * whole) / (means[fn] as number);
      return [
        {
          kind: 'function',
          id: name,
          labels: { module },
          title: functionName({ function: name, module }),
          unit: measured.unit,
          better: 'lower',
          role: 'mechanism',
          values: runs.map((run) => {
            const at = place.get(run);
            return at === undefined ? null : (costs[at]?.[fn] ?? null);
          }),
          margin: rule?.maxIncrease ?? Math.max(options.minFunctionEffect, points),
          level: rule?.level ?? 'error',
        },
      ];
    });
}
