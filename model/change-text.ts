import type {
  Change,
  ComparedCovariate,
  ComparedFunction,
  ComparedMetric,
  ComparisonState,
} from './comparison.ts';
import { verdictWords } from './comparison.ts';
import { formatShare, formatValue, type Unit } from './units.ts';

/** `+20.1 %`, `−4 %`, `2.3×`, `new`: a relative change as people say it. */
export function changeText(relative: number | null): string {
  if (relative === null || !Number.isFinite(relative)) return 'new';
  if (relative <= -0.9995) return 'gone';
  if (relative >= 1) return `${(1 + relative).toFixed(relative >= 9 ? 0 : 2)}×`;
  return signed(relative);
}

export function signed(share: number | null): string {
  if (share === null || !Number.isFinite(share)) {
    return share === Number.POSITIVE_INFINITY ? '+∞' : share === Number.NEGATIVE_INFINITY ? '−∞' : '–';
  }
  // A share just below one is `>99.9 %`; a change can be more, and one just above −1 is not gone.
  if (Math.abs(share) < 1 && Math.abs(share) >= 0.9995) return share > 0 ? '+100.0 %' : '−99.9 %';
  return `${share > 0 ? '+' : ''}${formatShare(share)}`;
}

/** `95 % CI +14.2 % to +26.0 %`, from a doubling on `95 % CI 2.27× to 2.52×`. */
export function intervalText({ low, high }: Pick<Change, 'low' | 'high'>): string {
  if (!Number.isFinite(low) && !Number.isFinite(high)) return 'no interval';
  const bound = (value: number): string =>
    value >= 1 && Number.isFinite(value) ? changeText(value) : signed(value);
  return `95 % CI ${bound(low)} to ${bound(high)}`;
}

export function pText(p: number | null): string {
  if (p === null) return '–';
  return p < 1e-4 ? p.toExponential(0) : p.toPrecision(2);
}

export function stateWord(state: ComparisonState, mode: 'gate' | 'groups'): string {
  return mode === 'gate' ? state : verdictWords[state];
}

/** `wall_s`, `cost per request`, `perf stat context-switches`: a metric for a sentence. */
export function metricName({ id, labels }: Pick<ComparedMetric, 'id' | 'labels'>, workText: string): string {
  if (id === 'cost.total') return `CPU cost ${workText}`;
  if (id === 'run.wall') return 'time from the first to the last sample';
  if (id === 'run.result') return labels.name ?? id;
  if (id === 'run.perf_stat') return labels.event ?? id;
  const of = Object.values(labels).join(', ');
  return of === '' ? id : `${id} of ${of}`;
}

/** `checksum_block in libcodec.so`. */
export function functionName({
  function: name,
  module,
}: Pick<ComparedFunction, 'function' | 'module'>): string {
  return module === '' ? name : `${name} in ${module}`;
}

/** What would settle an open question; empty of one that is not open. */
export function settleText({
  state,
  moreRuns,
  detectable,
}: Pick<Change, 'state' | 'moreRuns' | 'detectable'>): string {
  if (state !== 'inconclusive') return '';
  const least = detectable === null ? '' : `these runs could have shown ${formatShare(detectable)} or more`;
  const more =
    moreRuns !== null
      ? `about ${moreRuns} more run${moreRuns === 1 ? '' : 's'} a side would settle it`
      : detectable === null
        ? ''
        : 'more runs alone would hardly settle it: a quieter machine would, or a wider margin';
  return [least, more].filter((part) => part !== '').join('; ');
}

/** `n 12 and 12, median ratio 1.41 (95 % CI 0.74 to 2.53), p 0.39, 0.79 after Holm`: the test behind a state. */
export function testText({
  n,
  medianRatio,
  p,
  adjusted,
}: Pick<ComparedMetric['changes'][number], 'n' | 'medianRatio' | 'p' | 'adjusted'>): string {
  if (n === undefined) return '';
  const ratio = (value: number): string => value.toPrecision(3);
  return [
    `n ${n[0]} and ${n[1]}`,
    ...(medianRatio === undefined || medianRatio === null
      ? []
      : [
          `median ratio ${ratio(medianRatio.ratio)} (95 % CI ${ratio(medianRatio.low)} to ${ratio(medianRatio.high)})`,
        ]),
    ...(p === null
      ? ['no p']
      : [`p ${pText(p)}${adjusted === null || adjusted === p ? '' : `, ${pText(adjusted)} after Holm`}`]),
  ].join(', ');
}

/** Above it a test has shown nothing. */
const LEVEL = 0.05;

/**
 * What an open question is open for: `confounded by contention (…)`, or `no difference shown`. Not having shown a
 * difference is not having shown that there is none: how large a one could hide belongs beside it.
 */
export function openText(
  { state, confounders = [], p, n, detectable }: ComparedMetric['changes'][number],
  covariates: ComparedMetric['covariates'] = [],
): string {
  if (state !== 'inconclusive') return '';
  const explaining = covariates.filter(({ name }) => confounders.includes(name));
  const least =
    detectable === null ? '' : `, and one below ${formatShare(detectable)} could not have been seen`;
  const none =
    p !== null && p > LEVEL && n !== undefined
      ? `no difference shown (p ${pText(p)}, n ${n[0]} and ${n[1]})${least}`
      : '';
  const by = explaining.length === 0 ? '' : `confounded by ${causesText(explaining)}`;
  return [by, none].filter((part) => part !== '').join('; ');
}

/** `contention (load average ρ +0.50, p 0.012, n 36)`. */
export function causesText(covariates: readonly ComparedCovariate[]): string {
  const causes = [...new Set(covariates.map(({ cause }) => cause))];
  return causes
    .map(
      (cause) =>
        `${cause} (${covariates
          .filter((each) => each.cause === cause)
          .map(covariateText)
          .join('; ')})`,
    )
    .join(' and ');
}

export function covariateText({ name, rho, adjusted, n }: ComparedCovariate): string {
  return `${name} ρ ${rho > 0 ? '+' : '−'}${Math.abs(rho).toFixed(2)}, p ${pText(adjusted)}, n ${n}`;
}

export function costText(value: number, unit: Unit, per: string): string {
  return per === 'of all samples' ? formatShare(value) : `${formatValue(value, unit)} ${per}`;
}
