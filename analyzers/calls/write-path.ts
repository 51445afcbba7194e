import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { graphCalls } from '../derived/calls/graph-calls.ts';
import { quantile } from '../stats/quantiles.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { nameOf } from './function-calls.ts';

/** Entry points of writes through the page cache, outermost of which counts (fs/read_write.c, mm/filemap.c, fs/*). */
const writes =
  /^(?:__x64_sys_(?:p?write(?:v|64|v2)?)|ksys_write|vfs_write|vfs_writev|new_sync_write|__vfs_write|ext4_(?:file|buffered)_write_iter|xfs_file_(?:buffered_)?write(?:_iter)?|btrfs_(?:file_write_iter|do_write_iter|buffered_write)|f2fs_file_write_iter|generic_file_write_iter|__generic_file_write_iter|generic_perform_write|iomap_file_buffered_write)$/;
/** Functions that only writes through the page cache call: direct writes and pipes do without. */
const pageCache =
  /^(?:generic_perform_write|iomap_(?:file_buffered_write|write_iter)|btrfs_buffered_write|(?:ext4_da|ext4|f2fs|xfs|nobh|block)_write_begin|__?grab_cache_page\w*|pagecache_get_page|__filemap_get_folio|write_begin_get_folio)$/;
/** What a write has to wait for before it may copy; outermost frames of each. */
const costs: readonly { readonly name: string; readonly frames: RegExp }[] = [
  {
    name: 'freeing pages',
    frames:
      /^(?:try_to_free_(?:mem_cgroup_)?pages|__alloc_pages_direct_reclaim|do_try_to_free_pages|shrink_(?:node|lruvec|zone)|reclaim_throttle|drain_all_pages|__perform_reclaim|mem_cgroup_reclaim|try_charge_reclaim)$/,
  },
  { name: 'writeback throttling', frames: /^(?:balance_dirty_pages|io_schedule_timeout_dirty|wbt_wait)$/ },
  {
    name: 'journal',
    frames:
      /^(?:jbd2_journal_start|__ext4_journal_start_sb|start_this_handle|wait_transaction_\w+|xfs_trans_alloc|btrfs_start_transaction)$/,
  },
  {
    name: 'reading the page first',
    frames:
      /^(?:ext4_read_bh\w*|ext4_block_write_begin_read|block_read_full_folio|filemap_read_folio|wait_on_buffer|__wait_on_buffer|iomap_read_folio_sync)$/,
  },
];
/** Share of write time from which on freeing pages explains slow writes. */
const EXPLAINS = 0.2;
/** Fewest writes that are judged. */
const FEWEST = 5;

interface WriteCall {
  readonly total: number;
  /** ns by cost. */
  readonly costs: readonly number[];
}

/** Are buffered writes slow because each must free pages first? */
export const writePath = defineAnalyzer({
  id: 'calls/write-path',
  question: 'Are buffered writes slow because they must free pages first?',
  needs: [
    {
      missing: 'buffered writes traced with function_graph and durations',
      captureWith:
        'trace-cmd record -p function_graph -g vfs_write --max-graph-depth 16 sleep 10   # then give trace.dat',
      met: (_, context) => context.derive(writeCalls).length > 0,
    },
  ],
  metrics: [
    {
      id: 'calls.write.count',
      unit: 'count',
      labels: [],
      about: 'Writes through the page cache that were traced whole.',
    },
    { id: 'calls.write.total', unit: 'ns', labels: [], about: 'Time inside them.' },
    {
      id: 'calls.write.cost',
      unit: 'ns',
      labels: ['cost'],
      about:
        'Time of them spent freeing pages, in writeback throttling, on the journal, or reading the page first.',
    },
    {
      id: 'calls.write.share',
      unit: 'share',
      labels: ['cost'],
      about: 'The same as a share of all time in writes.',
    },
    {
      id: 'calls.write.affected',
      unit: 'share',
      labels: ['cost'],
      about: 'Share of writes that had to do it.',
    },
    {
      id: 'calls.write.p50',
      unit: 'ns',
      labels: ['frees'],
      about: 'Median time of a write that had to free pages (frees = yes) and of one that had not (no).',
    },
  ],
  run(context) {
    const calls = context.derive(writeCalls);
    const whole = calls.reduce((sum, { total }) => sum + total, 0);
    const sums = costs.map((_, i) => calls.reduce((sum, call) => sum + (call.costs[i] as number), 0));
    const affected = costs.map((_, i) => calls.filter((call) => (call.costs[i] as number) > 0).length);
    const freeing = sorted(calls.filter((call) => (call.costs[0] as number) > 0));
    const others = sorted(calls.filter((call) => (call.costs[0] as number) === 0));
    const metric = (
      id: string,
      value: number,
      unit: Metric['unit'],
      labels: Record<string, string>,
      n: number,
    ): Metric => ({
      id,
      labels,
      value,
      unit,
      better: id.endsWith('count') ? 'neither' : 'lower',
      n,
    });
    return {
      metrics: [
        metric('calls.write.count', calls.length, 'count', {}, calls.length),
        metric('calls.write.total', whole, 'ns', {}, calls.length),
        ...costs.flatMap(({ name }, i) => [
          metric('calls.write.cost', sums[i] as number, 'ns', { cost: name }, affected[i] as number),
          metric(
            'calls.write.share',
            whole > 0 ? (sums[i] as number) / whole : 0,
            'share',
            { cost: name },
            calls.length,
          ),
          {
            ...metric(
              'calls.write.affected',
              (affected[i] as number) / calls.length,
              'share',
              { cost: name },
              calls.length,
            ),
            ...wilsonInterval((affected[i] as number) / calls.length, calls.length),
          },
        ]),
        ...(freeing.length > 0
          ? [metric('calls.write.p50', quantile(freeing, 0.5), 'ns', { frees: 'yes' }, freeing.length)]
          : []),
        ...(others.length > 0
          ? [metric('calls.write.p50', quantile(others, 0.5), 'ns', { frees: 'no' }, others.length)]
          : []),
      ],
      findings: [finding(calls.length, whole, sums[0] as number, freeing, others)],
      sections: [
        {
          kind: 'table',
          id: 'calls/write-path/costs',
          title: 'What buffered writes had to do before they could copy',
          columns: [
            { name: 'cost', unit: 'text' },
            { name: 'time', unit: 'ns' },
            { name: 'share of write time', unit: 'share' },
            { name: 'writes', unit: 'count' },
            { name: 'of all writes', unit: 'share' },
          ],
          rows: costs.map(({ name }, i) => ({
            cells: [
              name,
              sums[i] as number,
              whole > 0 ? (sums[i] as number) / whole : 0,
              affected[i] as number,
              (affected[i] as number) / calls.length,
            ],
          })),
          of: costs.length,
        },
      ],
    };
  },
});

function sorted(calls: readonly WriteCall[]): Float64Array {
  return Float64Array.from(calls, ({ total }) => total).sort();
}

/** Outermost writes that went through the page cache, with what each spent on the costs. */
function writeCalls(context: Context): WriteCall[] {
  const { calls } = context.derive(graphCalls);
  const { frame, parent, total } = calls.columns;
  const isWrite = new Uint8Array(calls.length);
  const found = new Map<number, { total: number; costs: number[]; cached: boolean }>();
  // Callers come after their callees, so one pass from the end sees callers first.
  const writeOf = new Int32Array(calls.length).fill(-1);
  const costOf = new Int8Array(calls.length).fill(-1);
  for (let id = calls.length - 1; id >= 0; id--) {
    const above = (parent[id] as number) - 1;
    const name = nameOf(context, frame[id] as number);
    if (above >= 0) {
      writeOf[id] = writeOf[above] as number;
      costOf[id] = costOf[above] as number;
    }
    if (writeOf[id] === -1) {
      if (!writes.test(name) || Number.isNaN(total[id])) continue;
      isWrite[id] = 1;
      writeOf[id] = id;
      found.set(id, { total: total[id] as number, costs: costs.map(() => 0), cached: pageCache.test(name) });
      continue;
    }
    const write = found.get(writeOf[id] as number);
    if (write === undefined) continue;
    if (pageCache.test(name)) write.cached = true;
    if (costOf[id] !== -1) continue;
    const cost = costs.findIndex(({ frames }) => frames.test(name));
    if (cost < 0) continue;
    costOf[id] = cost;
    write.costs[cost] = (write.costs[cost] as number) + (total[id] as number);
  }
  return [...found.values()].filter(({ cached }) => cached);
}

function finding(
  n: number,
  whole: number,
  freed: number,
  freeing: Float64Array,
  others: Float64Array,
): Finding {
  const share = whole > 0 ? freed / whole : 0;
  const part = freeing.length / n;
  const { low, high } = wilsonInterval(part, n);
  const medians =
    freeing.length > 0 && others.length > 0
      ? `; the median write takes ${formatValue(quantile(freeing, 0.5), 'ns')} with it, ${formatValue(quantile(others, 0.5), 'ns')} without`
      : '';
  const explains = share >= EXPLAINS && n >= FEWEST;
  return {
    id: 'calls/write-path/reclaim',
    severity: n < FEWEST ? 'note' : explains ? 'warning' : freeing.length > 0 ? 'note' : 'ok',
    claim:
      n < FEWEST
        ? `Only ${formatCount(n)} buffered writes were traced: too few to say whether they are slow because of freeing pages`
        : freeing.length === 0
          ? `None of ${formatCount(n)} buffered writes had to free pages first`
          : `${explains ? 'Buffered writes are slow because they must free pages first' : 'Freeing pages is not what makes buffered writes slow'}: ${formatShare(share)} of their time, in ${formatCount(freeing.length)} of ${formatCount(n)} writes${medians}`,
    share,
    confidence: { n, low, high, why: 'interval of the share of writes that free pages' },
    evidence: [
      {
        label: 'what writes had to do',
        section: 'calls/write-path/costs',
        selection: {},
        formula: `${formatValue(freed, 'ns')} freeing pages of ${formatValue(whole, 'ns')} in ${formatCount(n)} writes`,
      },
    ],
    actions: explains
      ? [
          {
            text: 'Give the host or the cgroup more memory for the page cache, let the kernel free pages earlier in the background, or write around the cache',
            run: 'sysctl vm.min_free_kbytes vm.watermark_scale_factor; cat /sys/fs/cgroup/*/memory.max',
            verify: 'grep -E "allocstall|pgscan_direct|pgsteal_direct" /proc/vmstat',
            risk: 'none',
          },
        ]
      : [],
    caveats: [],
  };
}
