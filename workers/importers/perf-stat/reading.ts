/** One counter in whichever layout perf stat prints it. */
export interface Reading {
  readonly event: string;
  /** NaN where it was not counted, or is not supported. */
  readonly value: number;
  readonly unit: string;
  /** Seconds from the start, with -I; NaN without. */
  readonly interval: number;
  /** `CPU0`, `S0`, `comm-tid`; empty for the whole. */
  readonly of: string;
  /** Part of the time in which it was counted, 0..1; below 1 the value is scaled up. NaN where it is not printed. */
  readonly running: number;
  /** Standard error between repetitions (-r) over the mean, 0..; NaN where it is not printed. */
  readonly variance: number;
}

export const notRead = /^<not (?:counted|supported)>$/;

/** `100.00`, `100,00`, `2.23%` → 1, 1, 0.0223. */
export function percent(text: string | undefined): number {
  const found = /^(\d+(?:[.,]\d+)?)\s*%?$/.exec((text ?? '').trim())?.[1];
  return found === undefined ? Number.NaN : Number(found.replace(',', '.')) / 100;
}
