import type { Finding } from '../../model/finding.ts';
import { formatShare, formatValue, type Unit } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { AT_LIMIT, type LimitUse } from '../derived/cgroup/io-limits.ts';
import { increaseOf } from '../derived/counters/increase.ts';
import { readingsOf } from '../derived/counters/readings.ts';
import { deviceNames } from '../derived/io/device-names.ts';
import { pageCacheFlow } from '../derived/page-cache.ts';
import { pressureEvidence } from '../memory/psi/evidence.ts';
import { coverBufferedWrites, limitFile, raiseLimit } from './io-limit-actions.ts';

/** Shortest stretch at a limit that counts: two intervals and a second (heuristic). */
const FEWEST = 2;
const SHORTEST = 1e9;
/** A group charged with less than this of what was dirtied is not the way the writes took (heuristic). */
const BYPASSED = 0.05;

export type LimitState = 'binds' | 'bypassed' | 'idle' | 'below' | 'unknown' | 'lifted';

/** What is to be said of one limit. */
export function stateOf(context: Context, use: LimitUse): LimitState {
  if (use.lifted) return 'lifted';
  if (use.charged === undefined) return 'unknown';
  const { atLimit } = use;
  if (atLimit !== undefined && atLimit.n >= FEWEST && atLimit.duration >= SHORTEST) return 'binds';
  const dirtied = context.derive(pageCacheFlow).dirtied?.value ?? 0;
  if (use.version === 1 && use.direction === 'write' && dirtied > 0) {
    const charged = use.quantity === 'bytes' ? use.charged.value : use.charged.value * 4096;
    if (charged < BYPASSED * dirtied) return 'bypassed';
  }
  if (use.charged.value === 0) return 'idle';
  return Number.isNaN(use.charged.duration) ? 'unknown' : 'below';
}

const section = 'cgroup/io-limits/limits';

export function limitFinding(context: Context, use: LimitUse): Finding | undefined {
  switch (stateOf(context, use)) {
    case 'binds':
      return binding(context, use);
    case 'bypassed':
      return bypassed(context, use);
    case 'below':
    case 'idle':
      return below(context, use);
    default:
      return undefined;
  }
}

function binding(context: Context, use: LimitUse): Finding {
  const at = use.atLimit as NonNullable<LimitUse['atLimit']>;
  const ratio = at.rate / use.limit;
  const stalled = increaseOf(readingsOf(context, 'pressure io some', 'cgroup', use.cgroup));
  const share = stalled === undefined ? Number.NaN : stalled.value / stalled.duration;
  const pressure = Number.isFinite(share)
    ? `; tasks of the group waited for I/O ${formatShare(share)} of the time copied`
    : '';
  return {
    id: `cgroup/io-limits/${subject(use)}`,
    severity: 'warning',
    claim: `${who(context, use)} was at its limit: ${rate(at.rate, use)} of ${rate(use.limit, use)} for ${formatValue(at.duration, 'ns')}${pressure}`,
    share: Math.min(1, ratio),
    confidence: {
      n: at.n,
      low: Math.min(1, AT_LIMIT),
      high: 1,
      why: 'means of consecutive intervals; a request charged at an edge moves them by its size',
      bounds: true,
    },
    evidence: [
      {
        label: 'charged against the limit',
        section,
        selection: {},
        formula: `${rate(at.rate, use)} ÷ ${rate(use.limit, use)} = ${formatShare(ratio)}, at least ${formatShare(AT_LIMIT)} over ${at.n} intervals`,
      },
      ...pressureEvidence(context, 'io', use.cgroup),
    ],
    actions: [raiseLimit(context, use)],
    caveats: [
      ...(use.version === 1 && use.direction === 'write' ? [bufferedCaveat] : []),
      ...common(context, use),
    ],
    verdict: {
      knob: limitFile(use),
      state: 'not enough data',
      mechanism: `the limit holds the group at ${rate(at.rate, use)}`,
      why: 'one run shows that the limit works, not what it is worth: compare runs with and without it',
    },
  };
}

const bufferedCaveat =
  'version 1 holds up direct and synchronous requests only: the limit does not bind buffered writes, which the kernel writes back later on behalf of the root group';

function bypassed(context: Context, use: LimitUse): Finding {
  const flow = context.derive(pageCacheFlow);
  const dirtied = flow.dirtied as NonNullable<typeof flow.dirtied>;
  const charged = use.charged as NonNullable<LimitUse['charged']>;
  const device = readingsOf(
    context,
    'write bytes',
    'device',
    context.derive(deviceNames).get(use.device.replace(':', ',')) ?? '',
  );
  const written = increaseOf(device);
  const allowed = use.quantity === 'bytes' ? (use.limit * dirtied.duration) / 1e9 : Number.NaN;
  // More was dirtied than the limit lets through, or nobody can say how long it took.
  const shown = !(dirtied.value <= allowed);
  return {
    id: `cgroup/io-limits/${subject(use)}`,
    severity: shown ? 'warning' : 'note',
    claim: `The limit of ${rate(use.limit, use)} does not bind buffered writes of ${who(context, use)}: ${formatValue(charged.value, unitOf(use))} were charged to it while ${formatValue(dirtied.value, 'bytes')} of page cache became dirty on the host`,
    share: 1 - Math.min(1, charged.value / Math.max(1, dirtied.value)),
    confidence: {
      n: charged.n,
      low: 0,
      high: 1,
      why: shown
        ? 'how version 1 of cgroups works; whose pages became dirty the counts of the host do not tell'
        : 'how version 1 of cgroups works; too little became dirty to tell whether the group wrote at all',
      bounds: true,
    },
    evidence: [
      {
        label: 'charged against dirtied',
        section,
        selection: {},
        formula: `charged ${use.direction} ${formatValue(charged.value, unitOf(use))}; Δnr_dirtied ${formatValue(dirtied.value, 'bytes')}${
          Number.isFinite(allowed)
            ? `; the limit allows ${formatValue(allowed, 'bytes')} in ${formatValue(dirtied.duration, 'ns')}`
            : ''
        }${flow.written === undefined ? '' : `; Δnr_written ${formatValue(flow.written.value, 'bytes')}`}${
          written === undefined ? '' : `; written to the device ${formatValue(written.value, 'bytes')}`
        }`,
      },
    ],
    actions: coverBufferedWrites(context, use),
    caveats: [
      bufferedCaveat,
      'other groups of the host dirty pages, too; /proc/PID/io of the writer or its own result tells how much was its',
      ...common(context, use),
    ],
    verdict: {
      knob: limitFile(use),
      state: 'no difference',
      mechanism: `${formatValue(charged.value, unitOf(use))} charged: the limit held nothing up`,
      why: 'the throttle of version 1 covers direct and synchronous requests only',
    },
  };
}

function below(context: Context, use: LimitUse): Finding {
  const charged = use.charged as NonNullable<LimitUse['charged']>;
  const late = use.version === 2 && use.direction === 'write';
  const few = use.peak >= AT_LIMIT * use.limit;
  const what =
    charged.value === 0
      ? `${who(context, use)}: nothing was charged to its limit of ${rate(use.limit, use)}`
      : few
        ? `${who(context, use)} reached its limit of ${rate(use.limit, use)} too briefly to tell whether it binds: ${formatValue(charged.value, unitOf(use))} were charged to the group`
        : `${who(context, use)} stayed below its limit of ${rate(use.limit, use)}: ${rate(use.peak, use)} at most, ${formatValue(charged.value, unitOf(use))} were charged to the group`;
  return {
    id: `cgroup/io-limits/${subject(use)}`,
    severity: few ? 'note' : 'ok',
    claim: what,
    share: Number.isNaN(use.peak) ? 0 : Math.min(1, use.peak / use.limit),
    confidence: {
      n: charged.n,
      low: 0,
      high: 1,
      why: few
        ? `not enough data: ${use.active} intervals with I/O; copy for longer`
        : 'counted by the kernel',
      bounds: true,
    },
    evidence: [
      {
        label: 'charged against the limit',
        section,
        selection: {},
        formula: `busiest interval ${rate(use.peak, use)} ÷ ${rate(use.limit, use)} = ${formatShare(use.peak / use.limit)}`,
      },
    ],
    actions: [],
    caveats: [
      ...(late
        ? [
            'buffered writes are charged when they are written back, up to 30 s later: copies may have stopped before that',
          ]
        : []),
      ...(use.version === 1 && use.direction === 'write' ? [bufferedCaveat] : []),
      ...common(context, use),
    ],
    verdict: {
      knob: limitFile(use),
      state: few || charged.value === 0 ? 'not enough data' : 'no difference',
      ...(use.version === 2 && use.direction === 'write' && charged.value > 0
        ? {
            mechanism: `${formatValue(charged.value, unitOf(use))} of writes charged to the group, write-back included`,
          }
        : {}),
      why:
        charged.value === 0
          ? 'the group did no I/O that is charged'
          : few
            ? 'too few intervals at the limit'
            : 'the limit was not reached',
    },
  };
}

function common(context: Context, use: LimitUse): string[] {
  const name = context.derive(deviceNames).get(use.device.replace(':', ','));
  return [
    ...(use.changed
      ? ['the limit was changed meanwhile: only what came after the last change is judged']
      : []),
    ...(name !== undefined && /^(?:dm-|md)\d/.test(name)
      ? ['the limit is on a stacked device: counts of the disks below it are not comparable']
      : []),
    ...((use.charged?.resets ?? 0) > 0 ? ['the counts began anew: the group was made again'] : []),
  ];
}

function subject(use: LimitUse): string {
  return `${use.direction}-${use.quantity}/${use.device}${use.cgroup}`;
}

function who(context: Context, use: LimitUse): string {
  const name = context.derive(deviceNames).get(use.device.replace(':', ','));
  const to = use.direction === 'read' ? 'from' : 'to';
  return `${use.cgroup} (${use.direction} ${use.quantity} ${to} ${use.device}${name === undefined ? '' : ` ${name}`})`;
}

function rate(value: number, use: LimitUse): string {
  return formatValue(value, use.quantity === 'bytes' ? 'bytes/s' : '1/s');
}

function unitOf(use: LimitUse): Unit {
  return use.quantity === 'bytes' ? 'bytes' : 'requests';
}
