import type { Finding } from '../../../model/finding.ts';
import { vmstat } from '../../../model/page-series.ts';
import { formatCount } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../../derived/counters/increase.ts';
import { entitiesOf, readingsOf } from '../../derived/counters/readings.ts';
import { type KsmState, ksmSetting } from '../../derived/memory/ksm-state.ts';
import { activeThp } from '../../derived/memory/thp-state.ts';
import { mergeWithinNodes } from './actions.ts';
import { ksmFinding } from './ksm-finding.ts';

/** Merged pages are on one node, and read from all. */
export function mergingAcrossNodes(context: Context, { sharing, run }: KsmState): Finding[] {
  const nodes = entitiesOf(context, 'node').length;
  if (nodes < 2 || run !== 1 || !(sharing > 0) || ksmSetting(context, 'merge_across_nodes') !== 1) return [];
  return [
    ksmFinding(
      'nodes',
      'note',
      `Pages are merged across ${nodes} memory nodes: some are read from afar`,
      `merge_across_nodes = 1, ${nodes} nodes, ${formatCount(sharing)} pages merged`,
      nodes,
      [mergeWithinNodes()],
      {
        caveats: ['what remote access costs here was not measured'],
      },
    ),
  ];
}

/** Merging takes huge pages apart. */
export function hugePagesSplit(context: Context, { run }: KsmState): Finding[] {
  if (run !== 1 || activeThp(context) !== 'always') return [];
  const split = increaseOf(readingsOf(context, vmstat('thp_split_page')));
  return [
    ksmFinding(
      'huge-pages',
      'note',
      'KSM and huge pages work against each other: merging a page splits the huge page it is in',
      `run = 1, transparent_hugepage/enabled = always${split === undefined ? '' : `, Δthp_split_page ${formatCount(split.value)}`}`,
      split?.n ?? 1,
      [],
      {
        caveats: ['splits have other causes, too'],
      },
    ),
  ];
}
