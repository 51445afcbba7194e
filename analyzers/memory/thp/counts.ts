import type { ThpState } from '../../derived/memory/thp-state.ts';

/** The section that shows the counts of huge pages. */
export const THP_SECTION = 'memory/thp/counts';
/** Huge pages by size. */
export const SIZES_SECTION = 'memory/thp/sizes';

/** What a count gained between the copies; NaN = not read. */
export const gained = (increase: { readonly value: number } | undefined): number =>
  increase?.value ?? Number.NaN;

/** Of the faults that wanted a huge page, those that got none. */
export function fallbackRatio({ allocated, fallback }: ThpState): number {
  return gained(fallback) / (gained(allocated) + gained(fallback));
}
