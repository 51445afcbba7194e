import { memorySeries } from '../../../model/memory-series.ts';
import { smaps } from '../../../model/page-series.ts';
import type { Context } from '../../context.ts';
import { entitiesOf, lastValue, type Readings, readingsOf } from '../counters/readings.ts';

/** Memory a process holds; bytes, NaN = not read. */
export interface Resident {
  readonly pid: string;
  /** The most it was: the kernel's watermark (VmHWM), else the largest copy of Rss or VmRSS. */
  readonly most: number;
  /** At the last copy of smaps or smaps_rollup, of one moment. */
  readonly rss: number;
  readonly huge: number;
  readonly anonymous: number;
  /** Copies. */
  readonly n: number;
}

/** Every process whose resident memory was read. */
export function residentProcesses(context: Context): readonly Resident[] {
  return entitiesOf(context, 'process').flatMap((pid): Resident[] => {
    const read = (name: string): Readings | undefined => readingsOf(context, name, 'process', pid);
    const [rss, status] = [read(smaps('Rss')), read(memorySeries.resident)];
    const peak = lastValue(read(memorySeries.residentPeak));
    const most = Math.max(peak || 0, ...(rss?.values ?? []), ...(status?.values ?? []));
    if (!(most > 0)) return [];
    return [
      {
        pid,
        most,
        rss: lastValue(rss),
        huge: lastValue(read(smaps('AnonHugePages'))),
        anonymous: lastValue(read(smaps('Anonymous'))),
        n: Math.max(rss?.values.length ?? 0, status?.values.length ?? 0),
      },
    ];
  });
}

/**
 * How much larger huge pages can have made a process at the most, RSS ÷ RSS without them − 1: of each huge page one small
 * page was touched for certain, the rest may be zeros nobody asked for. NaN without smaps.
 */
export function mostBloat({ rss, huge }: Resident, hugeSize: number, pageSize: number): number {
  const untouched = huge * (1 - pageSize / hugeSize);
  return untouched / (rss - untouched);
}
