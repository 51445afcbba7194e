import type { Action, Finding, KnobVerdict, Severity } from '../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { readingsOf } from '../derived/counters/readings.ts';
import { kernelRelease, settingsRead } from '../derived/settings.ts';
import { isSince, parseRelease } from '../io/simulator/apply/kernel-release.ts';
import type { KsmState } from './ksm-state.ts';

const RUN = '/sys/kernel/mm/ksm/run';
/** A page must be the same in two passes before it is merged; a third shows what is left. */
const FEWEST_SCANS = 3;
/** CPU of ksmd and saved share of memory between which scanning is too eager (heuristic). */
const EAGER_CPU = 0.2;
const LITTLE_SAVED = 0.01;

/** The verdict on KSM as it ran, and what it costs beside memory. */
export function ksmFindings(context: Context, state: KsmState, section: string): readonly Finding[] {
  const main = verdictFinding(context, state, section);
  return main === undefined ? [] : [main];
}

interface Judgement {
  readonly severity: Severity;
  readonly claim: string;
  readonly state: KnobVerdict['state'];
  readonly why: string;
  readonly actions: readonly Action[];
}

function verdictFinding(context: Context, state: KsmState, section: string): Finding | undefined {
  const judged = judge(context, state);
  if (judged === undefined) return undefined;
  const { severity, claim, state: verdict, why, actions } = judged;
  const total = readingsOf(context, 'meminfo MemTotal')?.values.at(-1) ?? Number.NaN;
  const share = Math.abs(state.profit) / total;
  const mechanism =
    state.sharing > 0 ? `${formatCount(state.sharing)} pages share ${formatCount(state.shared)}` : undefined;
  return {
    id: 'memory/ksm/profit',
    severity,
    claim,
    share: Number.isFinite(share) ? Math.min(1, share) : 0,
    confidence: {
      n: state.n,
      low: 0,
      high: 0,
      why: `counted by the kernel; ${formatCount(state.fullScans)} complete passes`,
      bounds: true,
    },
    evidence: [
      {
        label: 'KSM',
        section,
        selection: {},
        formula: `${state.profitComputed ? 'computed (no general_profit before Linux 6.4): ' : ''}${state.profitFormula}`,
      },
    ],
    actions,
    caveats: [
      ...(state.sharing > 0
        ? [
            'merged pages can be told from unmerged ones by the time a write takes: between tenants who do not trust each other merging is a side channel',
          ]
        : []),
      ...(state.cpu === undefined && state.run === 1
        ? ['CPU time of ksmd was not captured: cp /proc/$(pgrep -x ksmd)/stat, twice']
        : []),
    ],
    verdict: {
      knob: 'ksm',
      state: verdict,
      why,
      ...(mechanism === undefined ? {} : { mechanism }),
    },
  };
}

function judge(context: Context, state: KsmState): Judgement | undefined {
  const { run, profit, fullScans, sharing, cpu, n } = state;
  if (run === 0 && !(sharing > 0)) {
    return {
      severity: 'ok',
      claim: 'KSM is off (ksm/run = 0): nothing is merged',
      state: 'not enough data',
      why: 'what it would save is not known until it has run for three passes',
      actions: [],
    };
  }
  if (Number.isNaN(fullScans) || Number.isNaN(profit)) {
    return {
      severity: 'note',
      claim: 'KSM runs, and what it saves was not captured',
      state: 'not enough data',
      why: 'pages_sharing and full_scans are missing: copy /sys/kernel/mm/ksm/* twice, a minute apart',
      actions: [],
    };
  }
  if (fullScans < FEWEST_SCANS && !(profit > 0)) {
    return {
      severity: 'note',
      claim: `KSM has not converged: ${formatCount(fullScans)} complete passes over memory, ${FEWEST_SCANS} are needed before anything can be said of what it saves`,
      state: 'inconclusive',
      why: `not converged: ${formatCount(fullScans)} full scans${Number.isFinite(state.passSeconds) ? `; looking at ${formatCount(Math.round(state.scanRate))} pages a second` : ''}`,
      actions: [faster(context, state)],
    };
  }
  if (profit <= 0) {
    return {
      severity: 'warning',
      claim: `KSM costs ${formatValue(-profit, 'bytes')} more memory than it saves, after ${formatCount(fullScans)} complete passes`,
      state: 'worse',
      why: `profit ${formatValue(profit, 'bytes')} after ${formatCount(fullScans)} full scans`,
      actions: [off()],
    };
  }
  const total = readingsOf(context, 'meminfo MemTotal')?.values.at(-1) ?? Number.NaN;
  const eager = cpu !== undefined && cpu.share > EAGER_CPU && profit / total < LITTLE_SAVED;
  const cost = cpu === undefined ? '' : `, for ${formatShare(cpu.share)} of a CPU`;
  return {
    severity: eager ? 'warning' : 'ok',
    claim: `KSM saves ${formatValue(profit, 'bytes')}${cost}${eager ? `: much CPU for ${formatShare(profit / total)} of memory` : ''}`,
    state: fullScans < FEWEST_SCANS ? 'inconclusive' : 'better',
    why:
      fullScans < FEWEST_SCANS
        ? `saves already, and has not converged: ${formatCount(fullScans)} full scans`
        : `profit ${formatCount(profit)} bytes after ${formatCount(fullScans)} full scans (n = ${n})`,
    actions: eager ? [slower(context, state)] : [],
  };
}

function off(): Action {
  return {
    text: 'Stop merging and give merged pages back to their owners (needs the memory they then take)',
    run: `echo 2 | sudo tee ${RUN}`,
    undo: `echo 1 | sudo tee ${RUN}`,
    verify: 'cat /sys/kernel/mm/ksm/pages_sharing',
    persist: 'systemctl disable --now ksm.service ksmtuned.service   # where they are installed',
    risk: 'low',
    setting: { path: RUN, value: '2', was: '1' },
  };
}

/** The advisor of Linux 6.8 chooses the rate by a target time of a pass; before, the rate is set by hand. */
function faster(context: Context, state: KsmState): Action {
  const mode = context.derive(settingsRead).get('/sys/kernel/mm/ksm/advisor_mode');
  const release = parseRelease(kernelRelease(context) ?? '');
  if (mode !== undefined || (release !== undefined && isSince(release, '6.8'))) {
    const path = '/sys/kernel/mm/ksm/advisor_mode';
    return {
      text: 'Let the advisor choose how many pages are looked at, and capture again after three passes',
      run: `echo scan-time | sudo tee ${path}`,
      undo: `echo none | sudo tee ${path}`,
      verify: 'cat /sys/kernel/mm/ksm/full_scans',
      risk: 'low',
      setting: { path, value: 'scan-time', was: 'none' },
    };
  }
  return rate('Look at more pages at a time, and capture again after three passes', state, 10);
}

function slower(context: Context, state: KsmState): Action {
  const mode = context.derive(settingsRead).get('/sys/kernel/mm/ksm/advisor_mode');
  return mode === undefined || /\[scan-time\]/.test(mode)
    ? rate('Look at fewer pages at a time', state, 0.1)
    : faster(context, state);
}

function rate(text: string, { pagesToScan }: KsmState, factor: number): Action {
  const path = '/sys/kernel/mm/ksm/pages_to_scan';
  const was = Number.isNaN(pagesToScan) ? 100 : pagesToScan;
  const value = String(Math.max(10, Math.round(was * factor)));
  return {
    text,
    run: `echo ${value} | sudo tee ${path}`,
    undo: `echo ${was} | sudo tee ${path}`,
    verify: 'cat /sys/kernel/mm/ksm/full_scans /sys/kernel/mm/ksm/general_profit',
    risk: 'low',
    setting: { path, value, was: String(was) },
  };
}
