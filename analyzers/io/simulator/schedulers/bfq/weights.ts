import type { BfqQueue } from './queue.ts';

/** Weights of the queues that are active or have requests in flight, raised ones not counted. */
export interface Weights {
  count(queue: BfqQueue): void;
  forget(queue: BfqQueue): void;
  /** Others have other weights, and `queue` is not among the lightest. */
  differ(queue: BfqQueue): boolean;
}

/** Source: bfq-iosched.c, bfq_weights_tree_add(), bfq_asymmetric_scenario(). */
export function createWeights(): Weights {
  const counts = new Map<number, number>();
  return {
    count: (queue) => {
      if (queue.countedWeight > 0) return;
      queue.countedWeight = queue.weight;
      counts.set(queue.weight, (counts.get(queue.weight) ?? 0) + 1);
    },
    forget: (queue) => {
      const weight = queue.countedWeight;
      if (weight === 0) return;
      queue.countedWeight = 0;
      const left = (counts.get(weight) as number) - 1;
      if (left === 0) counts.delete(weight);
      else counts.set(weight, left);
    },
    differ: (queue) => {
      if (counts.size < 2) return false;
      let least = Number.POSITIVE_INFINITY;
      for (const weight of counts.keys()) if (weight < least) least = weight;
      return queue.countedWeight !== least;
    },
  };
}
