import type { Unit } from './units.ts';

/** A measured number behind something on screen. Ids are a public contract (docs/metrics.md). */
export interface Metric {
  /** Dotted name, stable across versions: `cpu.self.share`. */
  readonly id: string;
  /** What the number is of: `{function: 'memcpy', module: 'libc.so.6'}`. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly unit: Unit;
  readonly better: 'lower' | 'higher' | 'neither';
  /** Observations behind it (samples, unless the unit says otherwise). */
  readonly n: number;
  /** 95 % confidence interval, where one can be given. */
  readonly low?: number;
  readonly high?: number;
}
