import type { Finding } from '../../../model/finding.ts';
import { ksm, vmstat } from '../../../model/page-series.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../../derived/counters/increase.ts';
import { lastValue, readingsOf } from '../../derived/counters/readings.ts';
import type { KsmState } from '../../derived/memory/ksm-state.ts';
import { scanLess } from './actions.ts';
import { convergence } from './convergence.ts';
import { ksmFinding } from './ksm-finding.ts';

/** ksmd at more than this of a CPU for less than this of memory is too dear (heuristics). */
const DEAR_CPU = 0.2;
const LITTLE_MEMORY = 0.01;

/** CPU time for little. */
export function dearScanning(context: Context, state: KsmState): Finding[] {
  const { cpu, sharing, pageSize, memoryTotal } = state;
  const share = (sharing * pageSize) / memoryTotal;
  if (!(cpu > DEAR_CPU) || !(share < LITTLE_MEMORY) || convergence(state) !== undefined) return [];
  return [
    ksmFinding(
      'cost',
      'warning',
      `ksmd used ${formatShare(cpu)} of a CPU and saved ${formatShare(share)} of memory`,
      `Δrun of ksmd over time = ${formatShare(cpu)}; ${formatCount(sharing)} × ${pageSize} ÷ ${formatValue(memoryTotal, 'bytes')} = ${formatShare(share)}`,
      state.cpuIntervals,
      scanLess(context),
      {
        share: cpu,
        caveats: ['more than 20 % of a CPU for less than 1 % of memory: heuristics'],
      },
    ),
  ];
}

/** Merging undone as fast as it is done. */
export function pagesUnmerged(context: Context): Finding[] {
  const copied = increaseOf(readingsOf(context, vmstat('cow_ksm')));
  const sharing = readingsOf(context, ksm('pages_sharing'));
  if (copied === undefined || sharing === undefined || copied.value === 0) return [];
  const gained = Math.max(0, lastValue(sharing) - (sharing.values[0] ?? 0));
  if (copied.value < gained) return [];
  return [
    ksmFinding(
      'thrash',
      'warning',
      `Merged pages are written again as fast as they are merged: ${formatCount(copied.value)} copies on write`,
      `Δcow_ksm ${formatCount(copied.value)} ≥ Δpages_sharing ${formatCount(gained)}`,
      copied.n,
      scanLess(context),
      {
        caveats: [
          'pages that were merged and copied again between two copies of the files are in Δcow_ksm, not in Δpages_sharing',
        ],
      },
    ),
  ];
}
