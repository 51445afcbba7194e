import type { Action } from '../../model/finding.ts';
import { IDLE } from './channels/functions.ts';

/** Work a program does not want, recognised by the names of functions. */
export interface Overhead {
  readonly name: string;
  readonly pattern: RegExp;
  readonly actions: readonly Action[];
  /** What most of a run does is its ordinary state, not a cost: only shorter phases are judged by it. */
  readonly ordinary?: true;
}

/**
 * What phases cost a program besides its own work. Names from the sources of V8, HotSpot (G1,
 * Parallel, Shenandoah, ZGC), Go's runtime, CPython, .NET, Ruby, and mm/ and kernel/locking/ of Linux.
 */
export const overheads: readonly Overhead[] = [
  {
    name: 'garbage collection',
    pattern:
      /^(?:\(garbage collector\)$|v8::internal::(?:\w*MarkCompact|Scavenge|Heap::|MarkingVisitor|ConcurrentMarking|Sweeper|IncrementalMarking|YoungGeneration|MajorGC|MinorGC|Evacuator|cppgc)|(?:G1|Par|PS|Shenandoah|Z|CMS)\w*(?:Mark|Scan|Evac|Compact|Collect|Scavenge|Relocat|Promotion|Task|Closure)\w*(?:::|$)|runtime\.(?:gc|scanobject|scanblock|greyobject|markroot|wbBuf|bgsweep|sweepone|mspan\.sweep|\(\*(?:gcWork|mspan|sweepLocked)\))|gc_(?:collect|mark|sweep|heap)|(?:collect_generations|gc_collect_main|subtract_refs|visit_(?:decref|reachable)|deduce_unreachable|update_refs|move_unreachable)$|WKS::gc_heap|SVR::gc_heap|rgengc_|GC_mark|GC_reclaim)/,
    actions: [
      {
        text: 'Allocate less in the phases before it, or give the collector more room: a larger heap collects less often (node --max-semi-space-size, java -Xmx, GOGC)',
        risk: 'low',
      },
    ],
  },
  {
    name: 'page faults',
    pattern:
      /^(?:clear_page\w*|clear_huge_page|folio_zero_user|(?:asm_)?exc_page_fault|do_user_addr_fault|handle_mm_fault|__handle_mm_fault|do_anonymous_page|wp_page_copy|copy_page\w*|page_fault)$/,
    actions: [
      {
        text: 'See who faults, and whether memory could be kept instead of returned',
        run: 'perf record -e page-faults -a -g -- sleep 10',
        risk: 'none',
      },
    ],
  },
  {
    name: 'reclaiming memory',
    pattern:
      /^(?:shrink_\w+|try_to_free_pages|do_try_to_free_pages|balance_pgdat|kswapd\w*|isolate_\w*pages|compact_zone|migrate_pages|try_to_unmap\w*|zswap_\w+|swap_(?:read|write)\w*)$/,
    actions: [
      {
        text: 'Memory is short in this phase: see how short',
        run: 'vmstat -w -t 1 60 > vmstat.txt; cat /proc/pressure/memory',
        risk: 'none',
      },
    ],
  },
  {
    name: 'waiting for locks',
    pattern:
      /^(?:native_queued_spin_lock_slowpath|queued_spin_lock_slowpath|__pv_queued_spin_lock_slowpath|osq_lock|rwsem_spin_on_owner|mutex_spin_on_owner|rwsem_down_\w+_slowpath|futex_wait\w*|__lll_lock_wait\w*|_raw_spin_lock(?:_irqsave|_bh|_irq)?)$/,
    actions: [
      { text: 'Find the lock and its holders', run: 'perf lock contention -a -b -- sleep 10', risk: 'none' },
    ],
  },
  {
    name: 'idle CPUs',
    ordinary: true,
    pattern: new RegExp(`^${IDLE.replace(/[()]/g, '\\$&')}$`),
    actions: [
      {
        text: 'Record what threads wait for in this phase',
        run: 'perf sched record -g -- sleep 10 && perf script > sched.txt',
        risk: 'none',
      },
    ],
  },
];
