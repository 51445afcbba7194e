import { hugePageStat, hugePageStatName } from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { type Increase, increaseOf } from '../counters/increase.ts';
import { allReadings, lastValue, readingsOf } from '../counters/readings.ts';
import { settingsRead } from '../settings.ts';
import { THP_FOLDER, thpChoice } from './thp-state.ts';

/** Anonymous huge pages of one size (Documentation/admin-guide/mm/transhuge.rst; stats since 6.10). */
export interface HugePageSize {
  /** `64kB`, as the folder is called. */
  readonly size: string;
  readonly bytes: number;
  /** always, inherit, madvise or never; undefined when not copied. */
  readonly enabled: string | undefined;
  /** Events between the copies. */
  readonly allocated: Increase | undefined;
  readonly fallback: Increase | undefined;
  readonly swappedOut: Increase | undefined;
  readonly split: Increase | undefined;
  /** Bytes in pages of this size at the last copy, wholly mapped or not; NaN = not read (since 6.12). */
  readonly held: number;
}

/** Sizes of which something was read, the smallest first. */
export function hugePageSizes(context: Context): readonly HugePageSize[] {
  const names = [...(context.derive(allReadings).get('host')?.get('')?.keys() ?? [])];
  const sizes = new Set([
    ...names.flatMap((name) => hugePageStatName.exec(name)?.[1] ?? []),
    ...[...context.derive(settingsRead).keys()].flatMap((path) => {
      const found = path.startsWith(THP_FOLDER) ? /hugepages-(\d+kB)\/enabled$/.exec(path) : null;
      return found?.[1] ?? [];
    }),
  ]);
  return [...sizes]
    .map((size): HugePageSize => {
      const gained = (key: string) => increaseOf(readingsOf(context, hugePageStat(size, key)));
      const bytes = Number.parseInt(size, 10) * 1024;
      return {
        size,
        bytes,
        enabled: thpChoice(context, `hugepages-${size}/enabled`, /^(?:always|inherit|madvise|never)$/),
        allocated: gained('anon_fault_alloc'),
        fallback: gained('anon_fault_fallback'),
        swappedOut: gained('swpout'),
        split: gained('split'),
        held: lastValue(readingsOf(context, hugePageStat(size, 'nr_anon'))) * bytes,
      };
    })
    .sort((a, b) => a.bytes - b.bytes);
}
