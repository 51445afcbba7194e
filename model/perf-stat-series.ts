/** Sorts of entities of series beside `perf stat` itself, each named like its event: shares, 0..1. */
export const perfStatShare = {
  /** Part of the time in which the event was counted; 0 = not counted, or not supported. */
  running: 'perf stat running',
  /** Standard error between repetitions (-r), over the mean. */
  variance: 'perf stat variance',
} as const;
