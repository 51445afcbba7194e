import type * as tensorFlow from '@tensorflow/tfjs-core';
import { type BackendName, type Factors, normalised, type Tensors, TINY } from './tensors.ts';

/** What is used of the library: tfjs-core with any backend. */
export type TensorFlow = Pick<
  typeof tensorFlow,
  'tensor2d' | 'tidy' | 'add' | 'mul' | 'div' | 'sum' | 'matMul' | 'reshape'
>;

/** The updates as operations on dense tensors of 32 bits. */
export function tensorFlowTensors(tf: TensorFlow, backend: BackendName): Tensors {
  return {
    backend,
    factorise({ rows, columns, values }, { rank, loadings, components }, rounds) {
      const counts = tf.tensor2d(Float32Array.from(values), [rows, columns]);
      let own = tf.tensor2d(Float32Array.from(loadings), [rows, rank]);
      let other = tf.tensor2d(Float32Array.from(components), [rank, columns]);
      for (let round = 0; round < rounds; round++) {
        const next = tf.tidy(() => oneRound(tf, counts, own, other));
        own.dispose();
        other.dispose();
        [own, other] = next;
      }
      const found = {
        rank,
        loadings: Float64Array.from(own.dataSync()),
        components: Float64Array.from(other.dataSync()),
      } satisfies Factors;
      for (const tensor of [counts, own, other]) tensor.dispose();
      return normalised(found);
    },
  };
}

function oneRound(
  tf: TensorFlow,
  counts: tensorFlow.Tensor2D,
  loadings: tensorFlow.Tensor2D,
  components: tensorFlow.Tensor2D,
): [tensorFlow.Tensor2D, tensorFlow.Tensor2D] {
  const ratio = (own: tensorFlow.Tensor2D): tensorFlow.Tensor2D =>
    tf.div(counts, tf.add(tf.matMul(own, components), TINY));
  const nextLoadings = tf.div<tensorFlow.Tensor2D>(
    tf.mul(loadings, tf.matMul(ratio(loadings), components, false, true)),
    tf.add(tf.sum(components, 1), TINY),
  );
  const nextComponents = tf.div<tensorFlow.Tensor2D>(
    tf.mul(components, tf.matMul(nextLoadings, ratio(nextLoadings), true, false)),
    tf.add(tf.reshape(tf.sum(nextLoadings, 0), [-1, 1]), TINY),
  );
  return [nextLoadings, nextComponents];
}
