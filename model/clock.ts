/**
 * Clocks: files of one run may be stamped by different ones. Times are brought to the clock of the
 * file with most events (the reference) before anything is derived, or said not to be.
 */

/** How the times of a file relate to the clock of the run. */
export interface ClockAlignment {
  /** local, mono, boot, realtime, wall (local time, zone not known), ticks (a counter that is not in ns) …; empty = the file does not say. */
  readonly name: string;
  /**
   * `reference`: the clock of the run is this one. `same`: common events agree, or both name it.
   * `fitted`: an offset was found from common events or clock pairs. `assumed`: the ranges overlap,
   * nothing contradicts. `cannot align`: none of these; its times are on an axis of their own.
   */
  readonly how: 'reference' | 'same' | 'fitted' | 'assumed' | 'cannot align' | 'no times';
  /** ns added to every time of the file. */
  readonly offset: number;
  /** Common events or clock pairs the answer rests on. */
  readonly n: number;
  /** ns, median distance of the common events from the offset; NaN when there are none. */
  readonly spread: number;
}

/** What is compared between two files: context switches, in time order of each CPU. */
export interface ClockEvents {
  readonly time: Float64Array;
  readonly cpu: Uint16Array;
  readonly prevTid: Int32Array;
  readonly nextTid: Int32Array;
}

export interface ClockFit {
  /** ns to add to the second file's times. */
  readonly offset: number;
  readonly n: number;
  readonly spread: number;
}

/** A switch met more often than this in one file says little about which one it is in the other. */
const RARE = 6;
/** Width of the window in which differences of true pairs lie, ns: two tracers write one event some µs apart. */
const WINDOW = 1e6;
const FEWEST = 8;
const MOST_DIFFERENCES = 400_000;

/**
 * Offset between two files that recorded the same context switches: differences of the times of
 * rare (cpu, prev, next) triples pile up at the true offset and are spread out everywhere else.
 * Undefined when fewer than 8, or less than a quarter, of the rare switches agree.
 */
export function fitOffset(reference: ClockEvents, other: ClockEvents): ClockFit | undefined {
  const known = occurrences(reference);
  const differences: number[] = [];
  let asked = 0;
  for (const [key, times] of occurrences(other)) {
    const candidates = known.get(key);
    if (candidates === undefined) continue;
    if (candidates.length > RARE || times.length > RARE || differences.length > MOST_DIFFERENCES) continue;
    asked += times.length;
    for (const time of times) for (const at of candidates) differences.push(at - time);
  }
  if (differences.length < FEWEST) return undefined;
  const sorted = Float64Array.from(differences).sort();
  const { from, to } = densestWindow(sorted, WINDOW);
  const n = to - from;
  if (n < FEWEST || n * 4 < asked) return undefined;
  const offset = sorted[(from + to) >> 1] as number;
  const distances = sorted.slice(from, to).map((difference) => Math.abs(difference - offset));
  distances.sort();
  return { offset, n, spread: distances[distances.length >> 1] as number };
}

function occurrences({ time, cpu, prevTid, nextTid }: ClockEvents): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (let row = 0; row < time.length; row++) {
    const key = `${cpu[row]} ${prevTid[row]} ${nextTid[row]}`;
    const times = found.get(key);
    if (times === undefined) found.set(key, [time[row] as number]);
    else if (times.length <= RARE) times.push(time[row] as number);
  }
  return found;
}

/** The run of sorted[from, to) that spans at most `width` and is longest. */
function densestWindow(sorted: Float64Array, width: number): { from: number; to: number } {
  let best = { from: 0, to: 0 };
  let from = 0;
  for (let to = 1; to <= sorted.length; to++) {
    while ((sorted[to - 1] as number) - (sorted[from] as number) > width) from++;
    if (to - from > best.to - best.from) best = { from, to };
  }
  return best;
}
