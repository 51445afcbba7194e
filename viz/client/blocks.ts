/** What viz/html/flame-block.ts writes into the page; the two change together. */
export interface FlameBlock {
  readonly id: string;
  readonly title: string;
  readonly event: string;
  readonly unit: string;
  readonly strings: string;
  readonly module: string;
  readonly kind: string;
  readonly depth: string;
  readonly function: string;
  readonly self: string;
  readonly samples?: SampleBlock;
}

export interface SampleBlock {
  readonly start: number;
  readonly duration: number;
  readonly every: number;
  readonly threads: string;
  readonly time: string;
  readonly node: string;
  readonly thread: string;
  readonly weight: string;
}
