import type { Context } from '../../context.ts';

/** One cell: what was measured, on how many readings. Undefined in a row = not measured. */
export interface Measured {
  readonly text: string;
  readonly n: number;
}

/** One resource by the USE method: utilisation, saturation, errors. */
export interface ResourceUse {
  /** `CPU`, `disk sda`, `network eth0`. */
  readonly resource: string;
  /** 0..1, where it can be given as a share. */
  readonly share: number | undefined;
  readonly utilisation: Measured | undefined;
  readonly saturation: Measured | undefined;
  readonly errors: Measured | undefined;
  /** What is missing, each with the command that captures it. */
  readonly gaps: readonly {
    readonly cell: 'utilisation' | 'saturation' | 'errors';
    readonly captureWith: string;
  }[];
}

/** Reads what there is of one kind of resource; the rows are there even when nothing was measured. */
export type ReadResource = (context: Context) => readonly ResourceUse[];

/** A row whose gaps follow from its empty cells. */
export function resourceUse(
  use: Omit<ResourceUse, 'gaps'>,
  capture: Readonly<Record<'utilisation' | 'saturation' | 'errors', string>>,
): ResourceUse {
  const cells = ['utilisation', 'saturation', 'errors'] as const;
  return {
    ...use,
    gaps: cells
      .filter((cell) => use[cell] === undefined)
      .map((cell) => ({ cell, captureWith: capture[cell] })),
  };
}
