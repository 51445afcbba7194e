import type { Finding } from '../../../model/finding.ts';
import { ksm } from '../../../model/page-series.ts';
import { formatCount } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { lastValue, readingsOf } from '../../derived/counters/readings.ts';
import { ksmMerging, ksmProcesses } from '../../derived/memory/ksm-state.ts';
import { FEWEST_SCANS } from './convergence.ts';
import { ksmFinding } from './ksm-finding.ts';

/** Descriptions kept for each merged page from which merging costs a process more than it saves. */
const ITEMS_PER_PAGE = 64;

/** Processes of which more is described than merged. */
export function dearProcesses(context: Context): Finding[] {
  const dear = ksmProcesses(context).flatMap((pid) => {
    const items = lastValue(readingsOf(context, ksm('ksm_rmap_items'), 'process', pid));
    const merging = lastValue(ksmMerging(context, pid));
    return items > ITEMS_PER_PAGE * merging && items > 0 ? [{ pid, items, merging }] : [];
  });
  const [first] = dear;
  const scans = lastValue(readingsOf(context, ksm('full_scans')));
  if (first === undefined || !(scans >= FEWEST_SCANS)) return [];
  return [
    ksmFinding(
      'process',
      'note',
      `Merging costs ${formatCount(dear.length)} ${dear.length === 1 ? 'process' : 'processes'} more than it saves: of process ${first.pid}, ${formatCount(first.merging)} pages are merged and ${formatCount(first.items)} described`,
      `ksm_rmap_items ${formatCount(first.items)} ÷ ksm_merging_pages ${formatCount(first.merging)} > ${ITEMS_PER_PAGE} (4096 ÷ 64)`,
      dear.length,
      [
        {
          text: 'Ask for merging only of what is alike: leave MADV_MERGEABLE (PR_SET_MEMORY_MERGE, MemoryKSM= of systemd) out for these',
          risk: 'low',
        },
      ],
      {},
    ),
  ];
}
