import type { Metric } from '../../model/metric.ts';
import { formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { type Increase, rateOf } from '../derived/counters/increase.ts';
import { readingsOf } from '../derived/counters/readings.ts';
import { type DirtyLimit, dirtyLimits } from '../derived/dirty-limits.ts';
import { pageCacheFlow } from '../derived/page-cache.ts';
import { pageSize } from '../derived/page-size.ts';
import { dirtyFinding } from './writeback-findings.ts';

/** What dirty pages there were against the two thresholds, bytes. */
export interface DirtyPages {
  /** Dirty and under write-back, largest and last copy. */
  readonly most: number;
  readonly last: number;
  readonly n: number;
  readonly limits: readonly DirtyLimit[];
  /** Bytes a second written back; NaN without times. */
  readonly flush: number;
  readonly flow: { readonly dirtied: Increase | undefined; readonly written: Increase | undefined };
  /** ns until the last copy's dirty pages are written at this rate. */
  readonly drain: number;
}

/** Dirty pages of the host against the limits in force. */
export const dirtyWriteback = defineAnalyzer({
  id: 'memory/writeback',
  question: 'Do dirty pages reach their limits, and how fast are they written back?',
  needs: [
    {
      missing: 'copies of /proc/vmstat (nr_dirty and its thresholds)',
      captureWith:
        'sysctl -a --pattern "vm.dirty" > sysctl.txt; for i in $(seq 20); do d=snap-"$i"_$(cut -d" " -f1 /proc/uptime); mkdir $d; cp /proc/vmstat $d/proc@vmstat; cp /proc/meminfo $d/proc@meminfo; sleep 0.5; done',
      met: (_, context) => readingsOf(context, 'vmstat nr_dirty') !== undefined,
    },
  ],
  metrics: [
    {
      id: 'writeback.dirty',
      unit: 'bytes',
      labels: [],
      about: 'Pages dirty or under write-back, largest copy.',
    },
    {
      id: 'writeback.threshold',
      unit: 'bytes',
      labels: ['limit'],
      about:
        'What the kernel made of the knobs in force (nr_dirty_threshold, nr_dirty_background_threshold): from here on writers are held up (dirty), or pages are written back (dirty_background).',
    },
    {
      id: 'writeback.dirty.share',
      unit: 'share',
      labels: ['limit'],
      about: 'Dirty pages and those under write-back over the threshold, largest copy.',
    },
    {
      id: 'writeback.rate',
      unit: 'bytes/s',
      labels: [],
      about: 'Bytes written back a second (Δnr_written).',
    },
    {
      id: 'writeback.drain',
      unit: 'ns',
      labels: [],
      about:
        'Dirty pages of the last copy over the rate of write-back; where the background threshold was passed: below it nothing is in a hurry.',
    },
  ],
  run(context) {
    const pages = dirtyPages(context);
    const metric = (
      id: string,
      value: number,
      unit: Metric['unit'],
      labels: Record<string, string> = {},
    ): Metric[] =>
      Number.isFinite(value) ? [{ id, value, unit, labels, n: pages.n, better: 'neither' }] : [];
    return {
      metrics: [
        ...metric('writeback.dirty', pages.most, 'bytes'),
        ...pages.limits.flatMap((limit) => [
          ...metric('writeback.threshold', limit.threshold, 'bytes', { limit: limit.name }),
          ...metric('writeback.dirty.share', pages.most / limit.threshold, 'share', { limit: limit.name }),
        ]),
        ...metric('writeback.rate', pages.flush, 'bytes/s'),
        ...metric('writeback.drain', pages.drain, 'ns'),
      ],
      findings: dirtyFinding(context, pages),
      sections: [
        {
          kind: 'table',
          id: 'memory/writeback/limits',
          title: 'Limits on dirty pages, and what there was',
          note: 'A knob of bytes that is not 0 puts its ratio out of force; a ratio is of dirtyable memory (free and page cache), not of all memory.',
          columns: [
            { name: 'limit', unit: 'text' },
            { name: 'in force', unit: 'text' },
            { name: 'threshold', unit: 'bytes' },
            { name: 'dirty and under write-back, most', unit: 'bytes' },
            { name: 'of the threshold', unit: 'share' },
            { name: 'copies', unit: 'count' },
          ],
          rows: pages.limits.map((limit) => ({
            cells: [
              limit.name,
              inForce(limit),
              limit.threshold,
              pages.most,
              pages.most / limit.threshold,
              pages.n,
            ],
          })),
          of: pages.limits.length,
        },
      ],
    };
  },
});

/** `vm.dirty_bytes = 16 MiB`. */
export function inForce({ knob, set, inBytes }: DirtyLimit): string {
  if (knob === undefined) return 'not captured';
  return `${knob} = ${inBytes ? formatValue(set, 'bytes') : `${set} %`}`;
}

function dirtyPages(context: Context): DirtyPages {
  const size = context.derive(pageSize);
  const dirty = readingsOf(context, 'vmstat nr_dirty');
  const writeback = readingsOf(context, 'vmstat nr_writeback');
  const values = [...(dirty?.values ?? [])].map((pages, i) => (pages + (writeback?.values[i] ?? 0)) * size);
  const flush = (rateOf(readingsOf(context, 'vmstat nr_written'))?.value ?? Number.NaN) * size;
  const last = values.at(-1) ?? Number.NaN;
  const limits = dirtyLimits(context);
  const [background] = limits;
  const most = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return {
    most,
    last,
    n: values.length,
    limits,
    flush,
    flow: context.derive(pageCacheFlow),
    drain: most >= (background?.threshold ?? Number.NaN) ? (last / flush) * 1e9 : Number.NaN,
  };
}
