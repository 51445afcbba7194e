import type { Action, Finding, KnobVerdict, Severity } from '../../model/finding.ts';
import { ksm, vmstat } from '../../model/page-series.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { increaseOf } from '../derived/counters/increase.ts';
import { entitiesOf, lastValue, readingsOf } from '../derived/counters/readings.ts';
import {
  type KsmState,
  ksmMerging,
  ksmProcesses,
  ksmSetting,
  RMAP_ITEM,
} from '../derived/memory/ksm-state.ts';
import { activeThp } from '../derived/memory/thp-state.ts';
import { mergeWithinNodes, scanLess, startMerging, stopMerging, waitForPasses } from './ksm-actions.ts';

/** A page must be found unchanged in two passes before it is merged; the third shows that all were (heuristic). */
const FEWEST_SCANS = 3;
/** pages_sharing that grew by more in one pass has not settled (heuristic). */
const STILL_GROWING = 0.05;
/** ksmd at more than this of a CPU for less than this of memory is too dear (heuristics). */
const DEAR_CPU = 0.2;
const LITTLE_MEMORY = 0.01;
/** Descriptions kept for each merged page from which merging costs a process more than it saves. */
const ITEMS_PER_PAGE = 64;
const section = 'memory/ksm/counts';

const sideChannel =
  'merged pages are a side channel: the time of a write tells one tenant what another has in memory; do not merge across tenants';

export function ksmFindings(context: Context, state: KsmState): Finding[] {
  return [
    verdictFinding(context, state),
    ...costFinding(context, state),
    ...thrashFinding(context),
    ...nodesFinding(context, state),
    ...hugePagesFinding(context, state),
    ...processFinding(context),
  ];
}

function finding(
  id: string,
  severity: Severity,
  claim: string,
  formula: string,
  n: number,
  actions: readonly Action[],
  rest: { share?: number; caveats?: readonly string[]; verdict?: KnobVerdict; why?: string },
): Finding {
  const share = Math.max(0, Math.min(1, rest.share ?? 0));
  return {
    id: `memory/ksm/${id}`,
    severity,
    claim,
    share,
    confidence: {
      n,
      low: share,
      high: share,
      why: rest.why ?? 'counts of the kernel at the last copy',
      bounds: true,
    },
    evidence: [{ label: 'counts of KSM', section, selection: {}, formula }],
    actions,
    caveats: rest.caveats ?? [],
    ...(rest.verdict === undefined ? {} : { verdict: rest.verdict }),
  };
}

export function profitFormula(state: KsmState): string {
  const { sharing, zero, pageSize, items, profit } = state;
  const computed = (sharing + (Number.isNaN(zero) ? 0 : zero)) * pageSize - items * RMAP_ITEM;
  const pages =
    Number.isNaN(zero) || zero === 0
      ? formatCount(sharing)
      : `(${formatCount(sharing)} + ${formatCount(zero)} zero)`;
  const text = `${pages} × ${pageSize} − ${formatCount(items)} × ${RMAP_ITEM} = ${formatCount(computed)} bytes`;
  return state.profitBy === 'formula' || computed === profit
    ? text
    : `general_profit = ${formatCount(profit)} bytes; files copied a moment apart give ${text}`;
}

/** Passes done and nothing growing any more; before that, nothing can be said of the benefit. */
function convergence({ fullScans, growth, sharing }: KsmState): string | undefined {
  if (Number.isNaN(sharing)) return 'pages_sharing was not copied';
  if (Number.isNaN(fullScans)) return 'full_scans was not copied: whether a pass was finished is not known';
  if (fullScans < FEWEST_SCANS)
    return `not converged: ${formatCount(fullScans)} full ${fullScans === 1 ? 'scan' : 'scans'}, at least ${FEWEST_SCANS} are needed`;
  if (growth > STILL_GROWING)
    return `not converged: pages_sharing grew by ${formatShare(growth)} within the last pass`;
  return undefined;
}

function verdictFinding(context: Context, state: KsmState): Finding {
  const { run, sharing, shared, profit, n, fullScans } = state;
  const saved = formatValue(sharing * state.pageSize, 'bytes');
  const mechanism = `merged ${formatCount(sharing)} pages into ${formatCount(shared)}`;
  if (run === 0 || run === 2) {
    const kept = sharing > 0 ? `; ${saved} merged earlier stays merged` : '';
    return finding(
      'verdict',
      'note',
      `KSM is not running (run = ${run})${kept}`,
      `run = ${run}`,
      Math.max(1, n),
      [startMerging(context)],
      {
        caveats: [sideChannel],
        verdict: {
          knob: 'ksm',
          state: 'not enough data',
          why: `not running: run = ${run}`,
          ...(sharing > 0 ? { mechanism } : {}),
        },
      },
    );
  }
  const open = convergence(state);
  if (open !== undefined) {
    const pass = Number.isFinite(state.passSeconds)
      ? `; one pass takes about ${formatValue(state.passSeconds * 1e9, 'ns')}: ${formatCount(Math.round(state.candidates))} pages ÷ ${formatCount(Math.round(state.scanRate))} pages/s`
      : '';
    return finding(
      'verdict',
      'note',
      `KSM: inconclusive, ${open}`,
      `${mechanism}; ${profitFormula(state)}; full_scans = ${formatCount(fullScans)}${pass}`,
      n,
      waitForPasses(context, state),
      {
        why: open,
        caveats: [
          'a profit below zero is what a pass under way looks like: pages looked at are paid for first',
          sideChannel,
        ],
        verdict: { knob: 'ksm', state: 'inconclusive', ...(sharing > 0 ? { mechanism } : {}), why: open },
      },
    );
  }
  const cost = Number.isFinite(state.cpu)
    ? ` for ${formatShare(state.cpu)} of a CPU (${formatValue((sharing * state.pageSize) / (state.cpu * 100), 'bytes')} a CPU-%)`
    : '';
  const share = state.memoryTotal > 0 ? Math.abs(profit) / state.memoryTotal : 0;
  const settled = `${formatCount(fullScans)} full scans`;
  const caveats = [
    'memory is what was measured, not run time: writes to merged pages fault, and scanning takes CPU and cache',
    ...(Number.isNaN(state.growth)
      ? ['copies do not reach over a whole pass: whether merging still grows is not known']
      : []),
    sideChannel,
  ];
  if (profit > 0) {
    return finding(
      'verdict',
      'ok',
      `KSM saves ${formatValue(profit, 'bytes')} net${cost}`,
      profitFormula(state),
      n,
      [],
      {
        share,
        caveats,
        verdict: {
          knob: 'ksm',
          state: 'better',
          mechanism,
          why: `saves ${formatValue(profit, 'bytes')} net after ${settled}; run time was not compared`,
        },
      },
    );
  }
  const outcome = profit < 0 ? 'worse' : 'no difference';
  return finding(
    'verdict',
    profit < 0 ? 'warning' : 'note',
    `KSM ${profit < 0 ? `costs ${formatValue(-profit, 'bytes')} more than it saves` : 'saves nothing'} after ${settled}${cost}`,
    profitFormula(state),
    n,
    profit < 0 || state.cpu > 0.01 ? [stopMerging(context, state)] : [],
    {
      share,
      caveats,
      verdict: {
        knob: 'ksm',
        state: outcome,
        mechanism,
        why: `profit ${formatValue(profit, 'bytes')} after ${settled}`,
      },
    },
  );
}

function costFinding(context: Context, state: KsmState): Finding[] {
  const { cpu, sharing, pageSize, memoryTotal } = state;
  const share = (sharing * pageSize) / memoryTotal;
  if (!(cpu > DEAR_CPU) || !(share < LITTLE_MEMORY) || convergence(state) !== undefined) return [];
  return [
    finding(
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

function thrashFinding(context: Context): Finding[] {
  const copied = increaseOf(readingsOf(context, vmstat('cow_ksm')));
  const sharing = readingsOf(context, ksm('pages_sharing'));
  if (copied === undefined || sharing === undefined || copied.value === 0) return [];
  const gained = Math.max(0, lastValue(sharing) - (sharing.values[0] ?? 0));
  if (copied.value < gained) return [];
  return [
    finding(
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

function nodesFinding(context: Context, { sharing, run }: KsmState): Finding[] {
  const nodes = entitiesOf(context, 'node').length;
  if (nodes < 2 || run !== 1 || !(sharing > 0) || ksmSetting(context, 'merge_across_nodes') !== 1) return [];
  return [
    finding(
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

function hugePagesFinding(context: Context, { run }: KsmState): Finding[] {
  if (run !== 1 || activeThp(context) !== 'always') return [];
  const split = increaseOf(readingsOf(context, vmstat('thp_split_page')));
  return [
    finding(
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

function processFinding(context: Context): Finding[] {
  const dear = ksmProcesses(context).flatMap((pid) => {
    const items = lastValue(readingsOf(context, ksm('ksm_rmap_items'), 'process', pid));
    const merging = lastValue(ksmMerging(context, pid));
    return items > ITEMS_PER_PAGE * merging && items > 0 ? [{ pid, items, merging }] : [];
  });
  const [first] = dear;
  const scans = lastValue(readingsOf(context, ksm('full_scans')));
  if (first === undefined || !(scans >= FEWEST_SCANS)) return [];
  return [
    finding(
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
