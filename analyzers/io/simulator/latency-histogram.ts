/** Latencies in logarithmic buckets of 1/256 of an octave's start: quantiles within 0.4 %, in bounded memory. */
export interface LatencyHistogram {
  readonly counts: Uint32Array;
  n: number;
  sum: number;
  max: number;
}

const STEPS = 256;
const OCTAVES = 44;

/** The two halves of a double: its exponent is the octave, the first bits of its fraction are the step. */
const double = new Float64Array(1);
const halves = new Uint32Array(double.buffer);
const HIGH = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

export function createLatencyHistogram(): LatencyHistogram {
  return { counts: new Uint32Array(STEPS * OCTAVES), n: 0, sum: 0, max: 0 };
}

/** Adds a latency in ns. */
export function addLatency(histogram: LatencyHistogram, latency: number): void {
  double[0] = Math.max(latency, 1);
  // Sign (0), 11 bits of exponent, 52 of fraction: the first 20 bits behind the sign less 1023 octaves are the bucket.
  const bucket = Math.min(OCTAVES * STEPS - 1, ((halves[HIGH] as number) >>> 12) - 1023 * STEPS);
  histogram.counts[bucket] = (histogram.counts[bucket] as number) + 1;
  histogram.n++;
  histogram.sum += latency;
  if (latency > histogram.max) histogram.max = latency;
}

/** The latency that this share of all does not exceed, ns, as the middle of its bucket; NaN of nothing. */
export function latencyQuantile({ counts, n, max }: LatencyHistogram, share: number): number {
  if (n === 0) return Number.NaN;
  let left = Math.ceil(share * n);
  for (let bucket = 0; bucket < counts.length; bucket++) {
    left -= counts[bucket] as number;
    if (left <= 0) {
      return Math.min(max, 2 ** Math.floor(bucket / STEPS) * (1 + ((bucket % STEPS) + 0.5) / STEPS));
    }
  }
  return max;
}
