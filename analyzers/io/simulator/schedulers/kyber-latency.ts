/** Buckets below the target: a quarter of it each. */
export const GOOD_BUCKETS = 4;
const BUCKETS = 8;
/** Samples, or ns since the first look, after which a percentile is computed. */
const ENOUGH = 500;
const LONGEST = 1e9;

/** Latencies of one domain since the last computation, in quarters of its target. */
export interface LatencyBuckets {
  add(latency: number): void;
  /** Bucket of the percentile, after which counting starts again; -1 as long as too little is known. */
  percentile(percent: number, now: number): number;
}

/** Source: block/kyber-iosched.c, add_latency_sample() and calculate_percentile(). */
export function createLatencyBuckets(target: number): LatencyBuckets {
  const counts = new Uint32Array(BUCKETS);
  const width = Math.max(1, Math.floor(target / 4));
  let samples = 0;
  let until = 0;
  return {
    add: (latency) => {
      const bucket = latency <= 0 ? 0 : Math.min(BUCKETS - 1, Math.floor((latency - 1) / width));
      counts[bucket] = (counts[bucket] as number) + 1;
      samples++;
    },
    percentile: (percent, now) => {
      if (samples === 0) return -1;
      if (until === 0) until = now + LONGEST;
      if (samples < ENOUGH && now < until) return -1;
      until = 0;
      let left = Math.ceil((samples * percent) / 100);
      let bucket = 0;
      for (; bucket < BUCKETS - 1; bucket++) {
        if ((counts[bucket] as number) >= left) break;
        left -= counts[bucket] as number;
      }
      counts.fill(0);
      samples = 0;
      return bucket;
    },
  };
}
