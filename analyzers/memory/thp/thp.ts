import { defineAnalyzer } from '../../analyzer.ts';
import { hugePageSizes } from '../../derived/memory/huge-page-sizes.ts';
import { thpState } from '../../derived/memory/thp-state.ts';
import { underusedPages } from './bloat.ts';
import { fallbackFindings } from './fallback.ts';
import { hostMetrics, processMetrics, sizeMetrics } from './metrics.ts';
import { compactionStalls } from './stalls.ts';
import { countsTable, sizesTable } from './tables.ts';
import { thpVerdict } from './verdict.ts';
import { pageWalks } from './walks.ts';

/** Whether huge pages are used, given on demand, and what getting them costs. */
export const thpAnalyzer = defineAnalyzer({
  id: 'memory/thp',
  question: 'Are transparent huge pages used, and what do they cost?',
  needs: [
    {
      missing: 'copies of /sys/kernel/mm/transparent_hugepage/enabled, /proc/vmstat or /proc/meminfo',
      captureWith:
        'for w in before after; do for f in /sys/kernel/mm/transparent_hugepage/{enabled,defrag,hugepages-*/enabled,hugepages-*/stats/*} /proc/{vmstat,meminfo,buddyinfo}; do cat $f > $w@$(echo $f | cut -c2- | tr / @); done; [ $w = after ] || ./bench; done',
      met: (_, context) => context.derive(thpState) !== undefined,
    },
  ],
  metrics: [
    {
      id: 'memory.thp.coverage',
      unit: 'share',
      labels: ['pid'],
      about:
        'AnonHugePages ÷ AnonPages of the host at the last copy; with a pid, AnonHugePages ÷ Anonymous of smaps. Huge pages of PMD size only.',
    },
    {
      id: 'memory.thp.fault_alloc',
      unit: 'count',
      labels: [],
      about: 'Page faults that got a huge page of PMD size between the copies: events, not bytes.',
    },
    {
      id: 'memory.thp.fallback',
      unit: 'share',
      labels: [],
      about: 'Δfallback ÷ (Δalloc + Δfallback) of faults that wanted a huge page. n is such faults.',
    },
    {
      id: 'memory.thp.stalls',
      unit: 'count',
      labels: [],
      about: 'Δcompact_stall: allocations that had to compact memory themselves and waited for it.',
    },
    {
      id: 'memory.thp.available',
      unit: 'count',
      labels: [],
      about: 'Huge pages that free blocks of /proc/buddyinfo could give at once, all nodes and zones.',
    },
    {
      id: 'memory.thp.underused',
      unit: 'count',
      labels: [],
      about: 'Δthp_underused_split_page: huge pages taken apart because most of them was zeros (since 6.12).',
    },
    {
      id: 'memory.thp.resident',
      unit: 'bytes',
      labels: [],
      about:
        'The most the largest process copied held: VmHWM, else its largest Rss. Comparisons make memory bloat of it: RSS with always ÷ RSS with never − 1.',
    },
    {
      id: 'memory.thp.bloat_most',
      unit: 'share',
      labels: ['pid'],
      about:
        'The most huge pages can have added to a process: u ÷ (Rss − u), u = AnonHugePages × (1 − page ÷ huge page). What was really touched one run does not tell.',
    },
    {
      id: 'memory.thp.size.fault_alloc',
      unit: 'count',
      labels: ['size'],
      about: 'Δanon_fault_alloc of hugepages-SIZE/stats: events of one size of huge page.',
    },
    {
      id: 'memory.thp.size.fallback',
      unit: 'share',
      labels: ['size'],
      about:
        'Δanon_fault_fallback ÷ (Δanon_fault_alloc + Δanon_fault_fallback) of one size. n is such faults.',
    },
    {
      id: 'memory.thp.size.held',
      unit: 'bytes',
      labels: ['size'],
      about: 'nr_anon × size at the last copy: anonymous memory in huge pages of that size.',
    },
  ],
  run(context) {
    const state = context.derive(thpState);
    if (state === undefined) return { metrics: [], findings: [], sections: [] };
    const sizes = context.derive(hugePageSizes);
    const processes = processMetrics(context, state);
    return {
      metrics: [...hostMetrics(state), ...processes, ...sizeMetrics(context)],
      findings: [
        thpVerdict(context, state),
        ...compactionStalls(context, state),
        ...fallbackFindings(state, sizes),
        ...underusedPages(state),
        ...pageWalks(context, state),
      ],
      sections: [
        countsTable(
          state,
          processes.filter(({ id }) => id === 'memory.thp.coverage'),
        ),
        ...sizesTable(sizes),
      ],
    };
  },
});
