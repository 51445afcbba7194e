/** Weights of nice −20 … 19: sched_prio_to_weight of kernel/sched/core.c. A level is about 10 % of a CPU. */
const weights: readonly number[] = [
  88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904, 3906, 3121,
  2501, 1991, 1586, 1277, 1024, 820, 655, 526, 423, 335, 272, 215, 172, 137, 110, 87, 70, 56, 45, 36, 29, 23,
  18, 15,
];

/** NaN for what is no nice level. */
export function weightOfNice(nice: number): number {
  return Number.isInteger(nice) ? (weights[nice + 20] ?? Number.NaN) : Number.NaN;
}

/** Undefined for a weight of no nice level. */
export function niceOfWeight(weight: number): number | undefined {
  const at = weights.indexOf(weight);
  return at < 0 ? undefined : at - 20;
}
