/**
 * How much wider a share's interval is than independent samples would make it: the variance of a
 * ratio estimated from blocks, over the binomial variance (Kish, Survey Sampling, 1965, ch. 8).
 *
 * `part[b]` and `whole[b]` are weights of block b. At least 1: samples close in time resemble each
 * other, so a smaller value is luck. 1 as well when there are too few blocks to tell.
 */
export function designEffect(part: Float64Array, whole: Float64Array, effectiveSamples: number): number {
  const blocks = whole.length;
  if (blocks < 8) return 1;
  const total = sum(whole);
  const share = total > 0 ? sum(part) / total : 0;
  const binomial = (share * (1 - share)) / effectiveSamples;
  if (!(binomial > 0)) return 1;
  let squares = 0;
  for (let b = 0; b < blocks; b++) squares += ((part[b] as number) - share * (whole[b] as number)) ** 2;
  const mean = total / blocks;
  const variance = squares / (blocks - 1) / blocks / (mean * mean);
  return Math.max(1, variance / binomial);
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
