import type { Selection } from '../../model/selection.ts';

/** Seconds from the start of the trace: [from, to). */
export type Range = readonly [number, number];

/** A stretch of time and the phase the run was in. */
export interface PhaseStretch {
  readonly phase: string;
  readonly from: number;
  readonly to: number;
}

/** Stretches of the page's ribbon, in order of time; none on a page without. */
export function phaseStretches(page: ParentNode = document): readonly PhaseStretch[] {
  const text = page.querySelector<HTMLElement>('[data-ribbon]')?.dataset.ribbon;
  if (text === undefined) return [];
  return (JSON.parse(text) as [string, number, number][]).map(([phase, from, to]) => ({ phase, from, to }));
}

/** Times a selection lets through: the stretches of its phase within its range; undefined = all. */
export function selectedRanges(
  { range, phase }: Pick<Selection, 'range' | 'phase'>,
  stretches: readonly PhaseStretch[],
): readonly Range[] | undefined {
  const own = stretches.filter((stretch) => stretch.phase === phase);
  // A phase this page does not know, from a link to another report, selects nothing away.
  if (phase === undefined || own.length === 0) return range === undefined ? undefined : [range];
  return own.flatMap(({ from, to }) => {
    const [low, high] = [Math.max(from, range?.[0] ?? from), Math.min(to, range?.[1] ?? to)];
    return low < high ? [[low, high] as const] : [];
  });
}
