import type { Metric } from '../../../model/metric.ts';
import type { Context } from '../../context.ts';
import { hugePageSizes } from '../../derived/memory/huge-page-sizes.ts';
import { mostBloat, type Resident, residentProcesses } from '../../derived/memory/resident.ts';
import type { ThpState } from '../../derived/memory/thp-state.ts';
import { pageSize } from '../../derived/page-size.ts';
import { fallbackRatio, gained } from './counts.ts';

/** Processes in the report beyond the largest say little. */
const MOST_PROCESSES = 50;

function metric(
  id: string,
  value: number,
  unit: Metric['unit'],
  better: Metric['better'],
  n: number,
  labels: Metric['labels'] = {},
): Metric[] {
  return Number.isFinite(value) ? [{ id: `memory.thp.${id}`, labels, value, unit, better, n }] : [];
}

/** Huge pages of PMD size of the whole host. */
export function hostMetrics(state: ThpState): Metric[] {
  const { allocated, fallback, stalls, huge, anonymous, available, underused } = state;
  return [
    ...metric('coverage', huge / anonymous, 'share', 'neither', 1),
    ...metric('fault_alloc', gained(allocated), 'count', 'neither', allocated?.n ?? 0),
    ...metric('fallback', fallbackRatio(state), 'share', 'lower', gained(allocated) + gained(fallback)),
    ...metric('stalls', gained(stalls), 'count', 'lower', stalls?.n ?? 0),
    ...metric('available', available, 'count', 'neither', 1),
    ...metric('underused', gained(underused), 'count', 'lower', underused?.n ?? 0),
  ];
}

/** Huge pages of processes whose memory was copied, and how large that made them at the most. */
export function processMetrics(context: Context, { hugeSize }: ThpState): Metric[] {
  const all = [...context.derive(residentProcesses)].sort((a, b) => b.most - a.most);
  const shown = all.slice(0, MOST_PROCESSES);
  return [
    ...shown.flatMap(({ pid, huge, anonymous, n }) =>
      metric('coverage', huge / anonymous, 'share', 'neither', n, { pid }),
    ),
    ...shown
      .filter(({ huge }) => huge > 0)
      .flatMap((process: Resident) =>
        metric(
          'bloat_most',
          mostBloat(process, hugeSize, context.derive(pageSize)),
          'share',
          'lower',
          process.n,
          {
            pid: process.pid,
          },
        ),
      ),
    ...all.slice(0, 1).flatMap(({ most, n }) => metric('resident', most, 'bytes', 'lower', n)),
  ];
}

/** Anonymous huge pages by size, those smaller than PMD size (mTHP) with them. */
export function sizeMetrics(context: Context): Metric[] {
  return context.derive(hugePageSizes).flatMap(({ size, allocated, fallback, held }) => {
    const wanted = gained(allocated) + gained(fallback);
    return [
      ...metric('size.fault_alloc', gained(allocated), 'count', 'neither', allocated?.n ?? 0, { size }),
      ...metric('size.fallback', gained(fallback) / wanted, 'share', 'lower', wanted, { size }),
      ...metric('size.held', held, 'bytes', 'neither', 1, { size }),
    ];
  });
}
