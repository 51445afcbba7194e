import type { SeriesKind } from './recording-tables.ts';

/** Units a time column may be in. */
export const csvTimeUnits = ['s', 'ms', 'us', 'ns'] as const;

/** What one column of a CSV file is. */
export interface CsvColumn {
  /** Name of the series; the kernel's own where it is one of the kernel's counts (`vmstat pgmajfault`). */
  readonly name: string;
  /** Unit of the values once scaled; empty where there is none. */
  readonly unit: string;
  /** Factor from what stands in the file to the unit. */
  readonly scale: number;
  readonly kind: SeriesKind;
  /** Sort of thing it is of: host, cpu, device, cgroup, process. */
  readonly entity: string;
  /** Which one, or the column that says which. */
  readonly of: { readonly name: string } | { readonly column: string };
}

/** How to read CSV files of a layout of one's own. */
export interface CsvMap {
  readonly delimiter: string;
  readonly time: { readonly column: string; readonly unit?: (typeof csvTimeUnits)[number] };
  readonly columns: Readonly<Record<string, CsvColumn>>;
}
