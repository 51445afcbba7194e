import type { Finding } from '../../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import type { KsmState } from '../../derived/memory/ksm-state.ts';
import { startMerging, stopMerging, waitForPasses } from './actions.ts';
import { convergence } from './convergence.ts';
import { ksmFinding } from './ksm-finding.ts';
import { profitFormula } from './profit.ts';

const sideChannel =
  'merged pages are a side channel: the time of a write tells one tenant what another has in memory; do not merge across tenants';

/** Does merging pay, and is it time to say so? */
export function ksmVerdict(context: Context, state: KsmState): Finding {
  const { run, sharing, shared, profit, n, fullScans } = state;
  const saved = formatValue(sharing * state.pageSize, 'bytes');
  const mechanism = `merged ${formatCount(sharing)} pages into ${formatCount(shared)}`;
  if (run === 0 || run === 2) {
    const kept = sharing > 0 ? `; ${saved} merged earlier stays merged` : '';
    return ksmFinding(
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
    return ksmFinding(
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
    return ksmFinding(
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
  return ksmFinding(
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
