import type { Context } from '../context.ts';
import { designEffect } from '../stats/design-effect.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { type EventSummary, profileEvents } from './event-summary.ts';
import { idleSamples } from './idle.ts';

/** A part of the busy time, with a 95 % interval that allows for samples close in time being alike. */
export interface Share {
  /** Weight of the part, in the event's unit. */
  readonly weight: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
  /** Samples in the part. */
  readonly n: number;
}

/** The primary event's samples while CPUs were busy: what shares are shares of. */
export interface Profile {
  readonly event: EventSummary;
  /** Rows of the samples table. */
  readonly rows: Uint32Array;
  readonly weight: number;
  /** Samples, and weight, of idle CPUs, which are left out. */
  readonly idleSamples: number;
  readonly idleWeight: number;
  /** (Σw)² / Σw²: how many equal samples would tell as much. */
  readonly effectiveSamples: number;
  /** Seconds between first and last sample of the trace; 0 without times. */
  readonly duration: number;
  /** First time, ns; NaN without times. */
  readonly start: number;
  /** Block of time of each row, for variances between blocks. */
  readonly block: Uint16Array;
  readonly blocks: number;
}

const noEvent: EventSummary = {
  id: 0,
  name: 'none',
  unit: 'samples',
  isTime: true,
  whole: 'busy time',
  isProfile: false,
  samples: 0,
  weight: 0,
  squares: 0,
};

/** Blocks are a second long, at most 64 and enough to judge from (8) when the trace lasts 8 s. */
const MOST_BLOCKS = 64;

export function profile(context: Context): Profile {
  const event = context.derive(profileEvents)[0];
  const { samples } = context.trace.tables;
  const idle = context.derive(idleSamples);
  const { event: events, weight, time } = samples.columns;
  const rows: number[] = [];
  const counted = event?.unit === 'samples';
  let [busy, squares, idleCount, idleWeight] = [0, 0, 0, 0];
  let [first, last] = [Number.NaN, Number.NaN];
  for (let row = 0; row < samples.length; row++) {
    const at = time[row] as number;
    if (!Number.isNaN(at)) {
      if (!(first <= at)) first = at;
      if (!(last >= at)) last = at;
    }
    if (events[row] !== event?.id) continue;
    const w = weight[row] as number;
    if (idle[row] === 1) {
      idleCount++;
      idleWeight += w;
      continue;
    }
    rows.push(row);
    busy += w;
    // A weight that counts samples is that many samples of one.
    squares += counted ? w : w * w;
  }
  const duration = Number.isNaN(first) ? 0 : (last - first) / 1e9;
  const blocks = Math.max(1, Math.min(MOST_BLOCKS, Math.floor(duration)));
  const block = Uint16Array.from(rows, (row) => {
    const position = ((time[row] as number) - first) / (last - first || 1);
    return Math.min(blocks - 1, Math.floor((Number.isNaN(position) ? 0 : position) * blocks));
  });
  return {
    event: event ?? noEvent,
    rows: Uint32Array.from(rows),
    weight: busy,
    idleSamples: idleCount,
    idleWeight,
    effectiveSamples: squares > 0 ? (busy * busy) / squares : 0,
    duration,
    start: first,
    block,
    blocks,
  };
}

/** Weight of each block of time. */
function wholeByBlock(context: Context): Float64Array {
  const { rows, block, blocks } = context.derive(profile);
  const weights = context.trace.tables.samples.columns.weight;
  const whole = new Float64Array(blocks);
  for (let i = 0; i < rows.length; i++) {
    const b = block[i] as number;
    whole[b] = (whole[b] as number) + (weights[rows[i] as number] as number);
  }
  return whole;
}

/** The share of a part whose weight in each block of time, and whose number of samples, are known. */
function shareOf(context: Context, part: Float64Array, n: number): Share {
  const { weight, effectiveSamples } = context.derive(profile);
  let sum = 0;
  for (const value of part) sum += value;
  const share = weight > 0 ? sum / weight : 0;
  const effect = designEffect(part, context.derive(wholeByBlock), effectiveSamples);
  return { weight: sum, share, n, ...wilsonInterval(share, effectiveSamples / effect) };
}

/** Estimates the part of the busy weight in stacks flagged 1; `flags` has one element per row of the stacks table. */
export function estimateStackShare(context: Context, flags: Uint8Array): Share {
  const { rows, block, blocks } = context.derive(profile);
  const { weight, stack } = context.trace.tables.samples.columns;
  const part = new Float64Array(blocks);
  let n = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    if (flags[stack[row] as number] === 0) continue;
    const b = block[i] as number;
    part[b] = (part[b] as number) + (weight[row] as number);
    n++;
  }
  return shareOf(context, part, n);
}

/**
 * Estimates the parts of the busy weight by group in one pass. `groupOf` gives the group of a row
 * of the samples table, 0 ≤ group < count, or a negative number for none.
 */
export function estimateGroupShares(
  context: Context,
  count: number,
  groupOf: (row: number) => number,
): Share[] {
  const { rows, block, blocks } = context.derive(profile);
  const { weight } = context.trace.tables.samples.columns;
  const parts = Array.from({ length: count }, () => new Float64Array(blocks));
  const n = new Float64Array(count);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    const group = groupOf(row);
    const part = parts[group];
    if (part === undefined) continue;
    const b = block[i] as number;
    part[b] = (part[b] as number) + (weight[row] as number);
    n[group] = (n[group] as number) + 1;
  }
  return parts.map((part, group) => shareOf(context, part, n[group] as number));
}
