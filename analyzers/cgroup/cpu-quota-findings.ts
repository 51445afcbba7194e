import type { Finding, KnobVerdict } from '../../model/finding.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import type { Throttling } from '../derived/cgroup-cpu/throttling.ts';
import { pressureEvidence } from '../memory/psi/evidence.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { raiseContainerQuota } from './container-actions.ts';
import { allowBurst, fewerThreads, kernelIsSince, raiseQuota } from './cpu-quota-actions.ts';

/** Heuristics: share of periods of the kubernetes-mixin's CPUThrottlingHigh, and a stall that can matter. */
const MANY_PERIODS = 0.25;
const MATTERS = 0.01;
/** Below this part of the quota the quota is not too small on average. */
const BURSTY = 0.7;
/** Periods from which a share is told. */
const FEWEST = 10;

/** What is to be said of the quota of one group; nothing of groups without one that nobody stopped. */
export function quotaFinding(context: Context, of: Throttling): Finding[] {
  const { cgroup, periods, throttled, lifetime, limit } = of;
  if (limit?.quota === undefined && throttled === 0) return [];
  const ratio = periods > 0 ? throttled / periods : 0;
  const high = ratio >= MANY_PERIODS && of.stallShare >= MATTERS;
  const bursty = throttled > 0 && of.usedOfQuota < BURSTY;
  const enough = periods >= FEWEST;
  const set =
    limit?.quota === undefined
      ? 'its quota (not in the capture)'
      : `its quota of ${formatValue(limit.quota, 'ns')} in ${formatValue(limit.period, 'ns')}`;
  return [
    {
      id: `cgroup/cpu-quota${cgroup}`,
      severity: throttled === 0 ? (enough ? 'ok' : 'note') : high && enough ? 'warning' : 'note',
      claim:
        throttled === 0
          ? `${cgroup} was never stopped by ${set}: 0 of ${periods} periods`
          : `${cgroup} was stopped by ${set} in ${throttled} of ${periods} periods (${formatShare(ratio)}${lifetime.periods === periods ? '' : `; ${lifetime.throttled} of ${lifetime.periods} since the group was made`}), ${formatShare(of.stallShare)} of the time it could have run${bursty ? ', though it used only part of the quota: bursts' : ''}`,
      share: Number.isFinite(of.stallShare) ? of.stallShare : ratio,
      confidence: {
        n: periods,
        ...wilsonInterval(ratio, periods),
        why: enough
          ? `share of ${periods} active periods; periods follow one another and are not independent`
          : `not enough data: ${periods} periods; capture a minute under load`,
      },
      evidence: [
        {
          label: 'quotas of cgroups',
          section: 'cgroup/cpu-quota/groups',
          selection: {},
          formula: formula(of, ratio),
        },
        ...(throttled > 0 ? pressureEvidence(context, 'cpu', cgroup) : []),
      ],
      actions: throttled === 0 || limit?.changed ? [] : actions(context, of, bursty),
      caveats: caveats(context, of, bursty),
      verdict: verdict(of, ratio, high, bursty, enough),
    },
  ];
}

function formula(of: Throttling, ratio: number): string {
  const parts = [`${of.throttled} / ${of.periods} periods = ${formatShare(ratio)}`];
  if (of.throttled > 0) {
    parts.push(
      `mean stop ${formatValue(of.stopped, 'ns')} / ${of.throttled} = ${formatValue(of.stopped / of.throttled, 'ns')}, added up over CPUs`,
      `stall ${formatValue(of.stopped, 'ns')} / (${formatValue(of.elapsed > 0 ? of.elapsed : of.periods * (of.limit?.period ?? Number.NaN), 'ns')} · ${of.concurrency.cpus.toFixed(2).replace(/\.?0+$/, '')} CPUs: ${of.concurrency.why}) = ${formatShare(of.stallShare)}`,
    );
  }
  if (Number.isFinite(of.usedOfQuota))
    parts.push(
      `used ${formatValue(of.used, 'ns')} / (${formatValue(of.limit?.quota ?? Number.NaN, 'ns')} · ${of.periods}) = ${formatShare(of.usedOfQuota)} of the quota`,
    );
  if (Number.isFinite(of.pressure))
    parts.push(`cpu.pressure: some task waited ${formatShare(of.pressure)} of the time`);
  return parts.join('; ');
}

function actions(context: Context, of: Throttling, bursty: boolean): Finding['actions'] {
  const isOld = kernelIsSince(context, '5.4') === false;
  if (bursty && isOld)
    return [
      {
        text: 'Update the kernel before touching the limit: before 5.4 unused slices of a quota expired and groups were stopped that had not spent it (commits 512ac999, de53fd7aedb1; distributions may carry them)',
        risk: 'reboot',
      },
    ];
  return bursty
    ? [...allowBurst(context, of), ...fewerThreads(of)]
    : [...raiseQuota(context, of), ...raiseContainerQuota(context, of), ...fewerThreads(of)];
}

function caveats(context: Context, of: Throttling, bursty: boolean): string[] {
  return [
    'only periods in which the group had something to run are counted',
    '25 % of periods, 1 % of time and 70 % of the quota are heuristics',
    ...(of.approximate
      ? ['numbers of periods are rates below printed times the intervals between them: approximate']
      : []),
    ...(of.throttled > 0 ? ['what the stops cost is told by the results of the program alone'] : []),
    ...(bursty && kernelIsSince(context, '5.4') === undefined
      ? ['kernels before 5.4 stop groups that have not spent their quota; the release is not in the capture']
      : []),
    ...(of.limit?.changed
      ? [
          'the quota was another one for part of the capture: give each setting as a run of its own, and compare them',
        ]
      : []),
    ...(of.elapsed > 0 ? [] : ['the copies have no times: the stall is a share of active periods']),
    ...(of.resets > 0 ? [`the group was made anew ${of.resets} times within the capture`] : []),
    ...(of.parentsMissing.length > 0
      ? [
          `limits of parents do not show in this cpu.stat, and theirs is not in the capture: ${of.parentsMissing.join(', ')}`,
        ]
      : []),
  ];
}

function verdict(
  of: Throttling,
  ratio: number,
  high: boolean,
  bursty: boolean,
  enough: boolean,
): KnobVerdict {
  const mechanism =
    of.throttled === 0
      ? 'never stopped the group'
      : `stopped the group in ${formatShare(ratio)} of its periods`;
  const knob = 'cpu.max';
  if (!enough)
    return {
      knob,
      state: 'not enough data',
      mechanism,
      why: `${of.periods} periods; at least ${FEWEST} are needed`,
    };
  if (of.limit?.changed)
    return { knob, state: 'inconclusive', mechanism, why: 'the quota changed within the capture' };
  if (of.throttled === 0)
    return { knob, state: 'no difference', mechanism, why: 'the limit did not bind while it was looked at' };
  if (bursty)
    return {
      knob,
      state: high ? 'worse' : 'inconclusive',
      mechanism,
      why: `used ${formatShare(of.usedOfQuota)} of the quota: not too small on average, the period or bursts are the matter`,
    };
  return high
    ? {
        knob,
        state: 'worse',
        mechanism,
        why: `tasks could not run ${formatShare(of.stallShare)} of the time`,
      }
    : {
        knob,
        state: 'inconclusive',
        mechanism,
        why: 'rare or short stops: whether they matter, results tell',
      };
}

/** Stopped by the limit of a parent: the group's own counters do not show it. */
export function parentFinding(of: Throttling): Finding[] {
  const { cgroup, stoppedByParents, stoppedParent, elapsed, concurrency } = of;
  if (stoppedParent === undefined && !(stoppedByParents > 1e6)) return [];
  const share =
    stoppedByParents > 0 ? Math.min(1, stoppedByParents / (elapsed * concurrency.cpus)) : Number.NaN;
  return [
    {
      id: `cgroup/cpu-quota/parents${cgroup}`,
      severity: 'warning',
      claim: `${cgroup} was stopped by the limit of ${stoppedParent ?? 'a parent that is not in the capture'}${Number.isFinite(share) ? `, ${formatShare(share)} of the time` : ''}; its own counters do not show it`,
      share: Number.isFinite(share) ? share : 0,
      confidence: {
        n: of.n,
        low: 0,
        high: 1,
        why: 'time is added up over CPUs, and which were wanted is not known',
        bounds: true,
      },
      evidence: [{ label: 'quotas of cgroups', section: 'cgroup/cpu-quota/groups', selection: {} }],
      actions: [
        { text: `Look at the quota of ${stoppedParent ?? 'the parents'}, not of ${cgroup}`, risk: 'none' },
      ],
      caveats: [],
    },
  ];
}

/** Waiting without being stopped: other tasks have the CPU, and no quota is the cure. */
export function contentionFinding(of: Throttling): Finding[] {
  const { cgroup, pressure, throttled } = of;
  if (throttled > 0 || !(pressure > 0)) return [];
  return [
    {
      id: `cgroup/cpu-contention${cgroup}`,
      severity: pressure > 0.1 ? 'warning' : 'note',
      claim: `Tasks of ${cgroup} waited for a CPU ${formatShare(pressure)} of the time without being stopped by a quota: contention with other tasks`,
      share: pressure,
      confidence: {
        n: of.n,
        low: pressure,
        high: pressure,
        why: 'counted by the kernel in µs',
        bounds: true,
      },
      evidence: [
        {
          label: 'quotas of cgroups',
          section: 'cgroup/cpu-quota/groups',
          selection: {},
          formula: `0 of ${of.periods} periods stopped; cpu.pressure some ${formatValue(pressure * of.elapsed, 'ns')} / ${formatValue(of.elapsed, 'ns')} = ${formatShare(pressure)}`,
        },
      ],
      actions: [
        {
          text: 'Weights (cpu.weight, cpu.shares), fewer tasks or more CPUs help here; a quota does not',
          risk: 'none',
        },
      ],
      caveats: ['10 % is a heuristic'],
    },
  ];
}
