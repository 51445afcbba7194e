/**
 * A flame section as the report's page carries it: strings as deflated JSON, numbers deflated
 * (viz/encode.ts and viz/client/decode.ts). Totals are left out: they are sums of self, and the
 * page makes them anew for every selection.
 */
export interface FlameBlock {
  readonly id: string;
  readonly title: string;
  readonly event: string;
  readonly unit: string;
  /** `{name: string[], modules: string[]}` */
  readonly strings: string;
  readonly module: string;
  readonly kind: string;
  readonly depth: string;
  readonly function: string;
  readonly self: string;
  readonly samples?: SampleBlock;
  readonly compare?: CompareBlock;
}

/** The baseline of a differential flame graph. */
export interface CompareBlock {
  readonly baseline: string;
  readonly candidate: string;
  readonly per: string;
  readonly self: string;
  /** Per node: 0 = less and shown, 1 = noise, 2 = more and shown. */
  readonly shown: string;
}

export interface SampleBlock {
  readonly start: number;
  readonly duration: number;
  readonly every: number;
  /** `string[]` */
  readonly threads: string;
  readonly time: string;
  readonly node: string;
  readonly thread: string;
  readonly weight: string;
}
