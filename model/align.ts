import { type ClockAlignment, type ClockEvents, fitOffset } from './clock.ts';
import { decodeString } from './strings.ts';
import type { TraceBuilder } from './trace-builder.ts';

/** Rows [from, to) of a log table that came from one file. */
export interface RowRange {
  readonly from: number;
  readonly to: number;
}

/** A file whose rows are in the builder, before its times are brought to the clock of the run. */
export interface UnalignedFile {
  readonly clock: string;
  /** Per log table with a `time` column. */
  readonly rows: Readonly<Record<string, RowRange>>;
}

/** Name of the series a sampler files that read two clocks at once: its value is the wall clock in seconds. */
export const WALL_CLOCK_SERIES = 'realtime';
/** Name of clocks that show local time and no zone: iostat -t, sar. */
export const WALL = 'wall';
/** Zones are whole quarters of an hour from UTC, ns. */
const ZONE_STEP = 900e9;
const LARGEST_ZONE = 14 * 3600e9;
/** Differences below this, ns, are those between two tracers writing down one event, not between clocks. */
const SAME = 100_000;

/** Clocks that count from a tool's own start: like the wall's, others are not brought to them if there is another. */
const FROM_OWN_START: ReadonlySet<string> = new Set(['blkparse', 'blktrace', 'fio']);

interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * How each file's clock relates to that of the file with most context switches (else most rows):
 * by common switches, by name, by pairs of wall clock and monotonic clock, or by overlap.
 */
export function alignFiles(out: TraceBuilder, files: readonly UnalignedFile[]): ClockAlignment[] {
  const spans = files.map((file) => spanOf(out, file));
  const reference = referenceOf(files, spans);
  const pairs = wallClockOffset(out);
  const withSwitches = files.filter(
    ({ rows }) => rows.switches !== undefined && rows.switches.to > rows.switches.from,
  );
  // Only two recordings of the same switches can be laid side by side.
  const known =
    reference < 0 || withSwitches.length < 2 ? undefined : eventsOf(out, files[reference] as UnalignedFile);
  return files.map((file, i) => {
    const answer = (how: ClockAlignment['how'], offset = 0, n = 0, spread = Number.NaN): ClockAlignment => ({
      name: file.clock,
      how,
      offset,
      n,
      spread,
    });
    const span = spans[i];
    const base = files[reference];
    const baseSpan = spans[reference];
    if (span === undefined) return answer('no times');
    if (i === reference || base === undefined || baseSpan === undefined) return answer('reference');
    const fit =
      known !== undefined && withSwitches.includes(file) ? fitOffset(known, eventsOf(out, file)) : undefined;
    if (fit !== undefined) {
      return Math.abs(fit.offset) <= SAME
        ? answer('same', 0, fit.n, fit.spread)
        : answer('fitted', fit.offset, fit.n, fit.spread);
    }
    if (file.clock === 'ticks' || base.clock === 'ticks') return answer('cannot align');
    if (file.clock !== '' && file.clock === base.clock) return answer('same');
    if (file.clock === 'realtime' && base.clock !== 'realtime' && pairs !== undefined) {
      return answer('fitted', -pairs.offset, pairs.n, pairs.spread);
    }
    if (file.clock === WALL || (base.clock === WALL && file.clock === 'realtime')) {
      const zone = zoneOf(span, isOfDay(base.clock) ? 0 : pairs?.offset, baseSpan);
      if (zone !== undefined) return answer('fitted', zone, pairs?.n ?? 1, pairs?.spread ?? Number.NaN);
    }
    const shared = Math.min(span.last, baseSpan.last) - Math.max(span.first, baseSpan.first);
    return shared >= 0 ? answer('assumed') : answer('cannot align');
  });
}

/**
 * Offset of times whose zone was not printed: the clock of the run minus UTC, and the only whole
 * quarter of an hour that lays the file on the run. Undefined when none does, or several do.
 */
function zoneOf(span: Span, wallMinusRun: number | undefined, run: Span): number | undefined {
  if (wallMinusRun === undefined) return undefined;
  const fitting: number[] = [];
  for (let zone = -LARGEST_ZONE; zone <= LARGEST_ZONE; zone += ZONE_STEP) {
    const offset = -wallMinusRun - zone;
    if (Math.min(span.last + offset, run.last) >= Math.max(span.first + offset, run.first))
      fitting.push(offset);
  }
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** Adds each file's offset to its times. */
export function applyOffsets(
  out: TraceBuilder,
  files: readonly UnalignedFile[],
  clocks: readonly ClockAlignment[],
): void {
  files.forEach((file, i) => {
    const offset = clocks[i]?.offset ?? 0;
    if (offset === 0) return;
    for (const [table, { from, to }] of Object.entries(file.rows)) {
      const { time } = timesOf(out, table);
      for (let row = from; row < to; row++) time[row] = (time[row] as number) + offset;
    }
  });
}

function timesOf(out: TraceBuilder, table: string): { time: Float64Array } {
  const builder = out[table as 'samples'];
  return builder.columns;
}

function spanOf(out: TraceBuilder, file: UnalignedFile): Span | undefined {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  for (const [table, { from, to }] of Object.entries(file.rows)) {
    const { time } = timesOf(out, table);
    for (let row = from; row < to; row++) {
      const at = time[row] as number;
      if (at < first) first = at;
      if (at > last) last = at;
    }
  }
  return first <= last ? { first, last } : undefined;
}

function referenceOf(files: readonly UnalignedFile[], spans: readonly (Span | undefined)[]): number {
  let best = -1;
  let most = -1;
  files.forEach((file, i) => {
    if (spans[i] === undefined) return;
    const count = (range: RowRange | undefined): number => (range === undefined ? 0 : range.to - range.from);
    const switches = count(file.rows.switches);
    const all = Object.values(file.rows).reduce((sum, range) => sum + count(range), 0);
    const last = isOfDay(file.clock) || FROM_OWN_START.has(file.clock);
    const weight = switches > 0 ? 1e12 + switches : last ? all : 1e9 + all;
    if (weight > most) {
      most = weight;
      best = i;
    }
  });
  return best;
}

function isOfDay(clock: string): boolean {
  return clock === 'realtime' || clock === WALL;
}

function eventsOf(out: TraceBuilder, file: UnalignedFile): ClockEvents {
  const { from, to } = file.rows.switches ?? { from: 0, to: 0 };
  const { time, cpu, prev, next } = out.switches.columns;
  const { tid } = out.threads.columns;
  return {
    time: time.slice(from, to),
    cpu: cpu.slice(from, to),
    prevTid: Int32Array.from(prev.subarray(from, to), (thread) => tid[thread] as number),
    nextTid: Int32Array.from(next.subarray(from, to), (thread) => tid[thread] as number),
  };
}

/** Wall clock minus trace clock, ns: the median over the looks of samplers that read both. */
function wallClockOffset(out: TraceBuilder): { offset: number; n: number; spread: number } | undefined {
  const strings = out.strings.finish();
  const wanted = new Set<number>();
  const { name } = out.series.columns;
  for (let id = 1; id < out.series.length; id++) {
    if (decodeString(strings, name[id] as number) === WALL_CLOCK_SERIES) wanted.add(id);
  }
  if (wanted.size === 0) return undefined;
  const { time, series, value } = out.counters.columns;
  const differences: number[] = [];
  for (let row = 0; row < out.counters.length; row++) {
    if (wanted.has(series[row] as number))
      differences.push((value[row] as number) * 1e9 - (time[row] as number));
  }
  differences.sort((a, b) => a - b);
  const offset = differences[differences.length >> 1];
  if (offset === undefined || Number.isNaN(offset)) return undefined;
  const distances = differences.map((d) => Math.abs(d - offset)).sort((a, b) => a - b);
  return { offset, n: differences.length, spread: distances[distances.length >> 1] as number };
}
