/** Heuristics of steal: contention from the first on, bad from the second. */
export const CONTENDED = 0.05;
export const BAD = 0.1;
