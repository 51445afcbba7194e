import type { Action } from '../../model/finding.ts';
import type { FunctionRow } from '../derived/functions.ts';

interface Meaning {
  readonly pattern: RegExp;
  readonly kind?: 'kernel' | 'user';
  /** What it does, to follow `takes 12 % of the busy time`. */
  readonly what: string;
  readonly actions: readonly Action[];
}

/**
 * Functions that are hot on many machines for a few known reasons. Kernel names from mm/, kernel/locking/,
 * arch/x86/lib and net/ of Linux 4.x–6.x; user names from glibc.
 */
const meanings: readonly Meaning[] = [
  {
    pattern: /^(?:clear_page(?:_\w+)?|clear_huge_page|clear_subpage|folio_zero_user)$/,
    what: 'zeroing new pages for page faults',
    actions: [
      {
        text: 'Fewer, larger faults, unless the setting is `always` already: huge pages for every heap, then measure again',
        run: 'echo always > /sys/kernel/mm/transparent_hugepage/enabled',
        undo: 'echo madvise > /sys/kernel/mm/transparent_hugepage/enabled',
        verify: 'grep -E "thp_fault_alloc|pgfault" /proc/vmstat',
        risk: 'low',
      },
      {
        text: 'Reuse memory instead of returning it: find who faults',
        run: 'perf record -e page-faults -a -g -- sleep 10',
        risk: 'none',
      },
    ],
  },
  {
    pattern:
      /^(?:native_queued_spin_lock_slowpath|queued_spin_lock_slowpath|__pv_queued_spin_lock_slowpath|_raw_spin_lock(?:_irqsave|_bh|_irq)?)$/,
    what: 'waiting for a kernel spinlock',
    actions: [
      {
        text: 'Find the lock and its holders',
        run: 'perf lock record -a -g -- sleep 10 && perf lock report',
        risk: 'none',
      },
    ],
  },
  {
    pattern: /^(?:osq_lock|rwsem_spin_on_owner|mutex_spin_on_owner|rwsem_down_\w+_slowpath)$/,
    what: 'spinning on a contended kernel mutex or semaphore',
    actions: [{ text: 'Find who holds it', run: 'perf lock contention -a -b -- sleep 10', risk: 'none' }],
  },
  {
    pattern:
      /^(?:copy_user_\w+|rep_movs_alternative|_copy_(?:to|from)_iter|copyin|copyout|copy_page_(?:to|from)_iter|__arch_copy_(?:to|from)_user)$/,
    what: 'copying between user and kernel memory',
    actions: [
      {
        text: 'See which system calls copy, and how much at a time',
        run: 'perf trace -a -s -- sleep 10',
        risk: 'none',
      },
    ],
  },
  {
    pattern:
      /^(?:entry_SYSCALL_64\w*|do_syscall_64|syscall_return_via_sysret|syscall_exit_to_user_mode|entry_SYSCALL_64_after_hwframe|__entry_text_start)$/,
    what: 'entering and leaving the kernel, which very frequent system calls make dear',
    actions: [{ text: 'Count system calls by process', run: 'perf trace -a -s -- sleep 10', risk: 'none' }],
  },
  {
    pattern:
      /^(?:finish_task_switch\S*|__schedule|schedule|pick_next_task\w*|update_curr|dequeue_task\w*|enqueue_task\w*|try_to_wake_up)$/,
    what: 'switching between threads',
    actions: [
      {
        text: 'See who wakes whom, and how often',
        run: 'perf sched record -- sleep 10 && perf sched latency',
        risk: 'none',
      },
    ],
  },
  {
    pattern:
      /^(?:_?_?(?:int_)?(?:malloc|free|calloc|realloc)|_int_\w*(?:malloc|free)\w*|malloc_consolidate|unlink_chunk\S*|operator new|operator delete|cfree|tcache_\w+)$/,
    what: 'allocating and freeing memory',
    actions: [
      {
        text: 'Try another allocator without rebuilding, then compare',
        run: 'LD_PRELOAD=/usr/lib/x86_64-linux-gnu/libjemalloc.so.2 PROGRAM',
        risk: 'low',
      },
    ],
  },
  {
    pattern:
      /^(?:__(?:GI_)?(?:pthread_mutex|lll_|nptl_)\w*lock\w*|pthread_mutex_(?:un)?lock|futex_\w+|do_futex|__lll_lock_wait\w*)$/,
    what: 'taking and handing over locks between threads',
    actions: [
      { text: 'Find the contended locks', run: 'perf trace -e futex -a -s -- sleep 10', risk: 'none' },
    ],
  },
];

/** `, which is zeroing new pages…`, or nothing for a function that says itself what it does. */
export function meaningOf(fn: FunctionRow): string {
  const meaning = find(fn);
  return meaning === undefined ? '' : `: ${meaning.what}`;
}

/** What to do about a hot function: what is known of it, and always a look at its instructions. */
export function hotFunctionActions(fn: FunctionRow): readonly Action[] {
  const known = find(fn)?.actions ?? [];
  if (fn.kind === 'jit') {
    return [
      ...known,
      { text: 'Compiled at run time: look at its source; the name says file and line', risk: 'none' },
    ];
  }
  const symbol = `'${fn.name.replaceAll("'", "'\\''")}'`;
  return [
    ...known,
    {
      text: 'Which instructions and source lines (where it was recorded)',
      run: `perf annotate --stdio --symbol ${symbol} -i perf.data`,
      risk: 'none',
    },
  ];
}

/** Where the kernel enables interrupts again: timer samples due while they were off are taken here. */
const enablesInterrupts =
  /^(?:_raw_spin_unlock_irq(?:restore)?|finish_task_switch\S*|__do_softirq|do_softirq\S*|local_irq_(?:enable|restore)|exc_page_fault|__local_bh_enable_ip|do_user_addr_fault|asm_sysvec_\S+|schedule_idle|native_irq_enable|syscall_enter_from_user_mode\S*|do_syscall_64)$/;

/** What limits a claim about this function. */
export function caveatsOf(fn: FunctionRow, event: string): string[] {
  const caveats: string[] = [];
  if (fn.kind === 'inlined') caveats.push('Inlined: its time is part of the functions it was inlined into.');
  if (/^(?:cpu|task)-clock/.test(event) && fn.kind === 'kernel' && enablesInterrupts.test(fn.name)) {
    caveats.push(
      `${event} samples by a timer, which cannot interrupt code that has interrupts disabled: some of this time was spent before, with interrupts off. A hardware event (-e cycles) tells where.`,
    );
  }
  return caveats;
}

function find(fn: FunctionRow): Meaning | undefined {
  return meanings.find(({ pattern }) => pattern.test(fn.name));
}
