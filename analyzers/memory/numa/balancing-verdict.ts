import type { Action, Finding, KnobVerdict, Severity } from '../../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { type Balancing, balancing, balancingKeys } from '../../derived/memory/balancing.ts';
import { type BalancingPart, balancingHalves } from '../../derived/memory/balancing-halves.ts';
import { placements } from '../../derived/memory/numa-state.ts';
import { wilsonInterval } from '../../stats/wilson.ts';
import { countedFinding } from '../finding.ts';
import { bindTo, stopBalancing } from './actions.ts';

/** Of hinting faults, so many on the own node are good (heuristic). */
const GOOD = 0.8;
/** Most of the memory under policies of its own: balancing has next to nothing to do (heuristic). */
const MOSTLY = 0.5;
/** Locality that rose by less from one half to the other is flat; moves that slowed to less than half have settled (heuristics). */
const FLAT = 0.05;
const SETTLED = 0.5;
/** Standard normal, two-sided 95 %. */
const Z = 1.959963984540054;
export const BALANCING_SECTION = 'memory/numa-balancing/counts';

interface Judgement {
  readonly severity: Severity;
  readonly claim: string;
  readonly state: KnobVerdict['state'];
  readonly mechanism?: string;
  readonly why: string;
  readonly actions: readonly Action[];
}

/** Does automatic balancing bring memory nearer, or move it to and fro? */
export function balancingVerdict(context: Context): Finding {
  const state = context.derive(balancing);
  const halves = context.derive(balancingHalves);
  const { severity, claim, actions, ...verdict } = state.idle ? idle(state) : judge(context, state, halves);
  const counts = balancingKeys
    .map((key) => `Δ${key} ${formatCount(state.gained[key]?.value ?? Number.NaN)}`)
    .join(', ');
  return countedFinding(
    'memory/numa-balancing/verdict',
    severity,
    claim,
    {
      section: BALANCING_SECTION,
      formula: `${counts}${state.idle || halves === undefined ? '' : `; ${halvesText(halves)}`}`,
      n: state.idle ? (state.gained.numa_pte_updates?.n ?? 1) : Math.max(1, state.hints),
    },
    {
      ...(state.idle || Number.isNaN(state.ratio) ? {} : { share: state.ratio }),
      verdict: { knob: 'kernel.numa_balancing', ...verdict },
      actions,
      caveats: [
        'more than 80 % of hinting faults on the own node is good: a heuristic',
        ...(state.idle
          ? []
          : ['hinting faults come in clusters, page after page: the interval is too narrow']),
        ...(tiers(state)
          ? ['with tiering (2) moves are promotions from slow memory, which locality does not judge']
          : []),
      ],
    },
  );
}

function idle({ mode, explicit }: Balancing): Judgement {
  const why =
    mode === '0'
      ? 'switched off: kernel.numa_balancing = 0'
      : explicit > MOSTLY
        ? `an explicit policy exempts the memory from balancing: ${formatShare(explicit)} of it is bound, preferred or interleaved`
        : 'nothing was scanned: one node, switched off, or too short a run';
  return {
    severity: 'ok',
    claim: `NUMA balancing did nothing: ${why}`,
    state: 'not enough data',
    why,
    actions: [],
  };
}

function judge(
  context: Context,
  state: Balancing,
  halves: readonly [BalancingPart, BalancingPart] | undefined,
): Judgement {
  const { hints, local, migrated, ratio, mode } = state;
  const mechanism = Number.isNaN(ratio)
    ? `${formatCount(migrated)} pages moved`
    : `${formatShare(ratio)} of hinting faults were local, ${formatCount(migrated)} pages moved`;
  const open = { state: 'inconclusive', mechanism } as const;
  const compare = 'compare runs with 0 and 1';
  if (hints === 0)
    return {
      ...open,
      severity: 'ok',
      claim: 'Memory was scanned for NUMA balancing, and no hinting fault came',
      why: `what was scanned was not used again; ${compare}`,
      actions: [],
    };
  const interval = wilsonInterval(ratio, hints);
  const plain = `${formatShare(ratio)} of ${formatCount(hints)} hinting faults were on the own node`;
  const why = `one run shows what balancing does, not what it is worth: ${compare}`;
  const low = interval.high < GOOD && migrated > 0 && !tiers(state);
  if (!low)
    return {
      ...open,
      severity: 'ok',
      claim: plain,
      why:
        interval.low < GOOD && interval.high >= GOOD
          ? `between ${formatShare(interval.low)} and ${formatShare(interval.high)}: too few hinting faults to tell good from bad; ${why}`
          : why,
      actions: [],
    };
  const node = bestNode(context);
  const actions = [...(node === undefined ? [] : [bindTo(node)]), stopBalancing(mode)];
  const [first, second] = halves ?? [];
  if (first !== undefined && second !== undefined && isPingPong(first, second))
    return {
      ...open,
      severity: 'warning',
      claim: `Pages move between nodes and come no nearer: ${formatCount(migrated)} were moved while local hinting faults went from ${formatShare(first.local / first.hints)} to ${formatShare(second.local / second.hints)}`,
      why: `ping-pong: threads of several nodes use the same pages, or move themselves; what it costs ${compare} to tell`,
      actions,
    };
  if (first !== undefined && second !== undefined && riseOf(first, second).low > 0)
    return {
      ...open,
      severity: 'ok',
      claim: `NUMA balancing brings memory nearer: local hinting faults rose from ${formatShare(first.local / first.hints)} to ${formatShare(second.local / second.hints)} while ${formatCount(migrated)} pages moved`,
      why,
      actions: [],
    };
  return {
    ...open,
    severity: 'warning',
    claim: `${plain}, ${formatCount(local)} of them, and pages move`,
    why:
      halves === undefined
        ? `whether locality rises or pages go to and fro takes five copies of /proc/vmstat or more; ${why}`
        : why,
    actions: actions.slice(0, -1),
  };
}

const tiers = ({ mode }: Balancing): boolean => mode === '2' || mode === '3';

/** Rise of the local share from the first part to the second, with its 95 % interval (two binomials). */
function riseOf(first: BalancingPart, second: BalancingPart): { low: number; high: number } {
  const [p, q] = [first.local / first.hints, second.local / second.hints];
  const half = Z * Math.sqrt((p * (1 - p)) / first.hints + (q * (1 - q)) / second.hints);
  return { low: q - p - half, high: q - p + half };
}

function isPingPong(first: BalancingPart, second: BalancingPart): boolean {
  const [before, after] = [first.migrated / first.duration, second.migrated / second.duration];
  return after > 0 && after >= SETTLED * before && riseOf(first, second).high < FLAT;
}

function halvesText([first, second]: readonly [BalancingPart, BalancingPart]): string {
  const text = ({ hints, local, migrated, duration }: BalancingPart): string =>
    `${formatCount(local)} ÷ ${formatCount(hints)} = ${formatShare(local / hints)} local, ${formatValue((migrated / duration) * 1e9, '1/s')} pages moved`;
  return `first half ${text(first)}; second half ${text(second)}`;
}

/** The node that has most of the memory read; 0 where no numa_maps was. */
function bestNode(context: Context): string | undefined {
  const sums = new Map<string, number>();
  for (const { bytes } of context.derive(placements))
    for (const [node, amount] of bytes) sums.set(node, (sums.get(node) ?? 0) + amount);
  return [...sums].sort((a, b) => b[1] - a[1])[0]?.[0] ?? '0';
}
