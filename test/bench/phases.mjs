// Phases and odd windows of 600 windows × 500 functions: what each backend costs, side by side in one run.
// node test/bench/phases.mjs [--rounds N] [--windows N] [--functions N] [--native DIRECTORY]
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeChannel, pooledChannel } from '../../dist/analyzers/phases/channel.js';
import { clusterSegments } from '../../dist/analyzers/phases/clusters.js';
import { findFactors } from '../../dist/analyzers/phases/factors.js';
import { findOddWindows } from '../../dist/analyzers/phases/odd-windows.js';
import { findSegments } from '../../dist/analyzers/phases/segments.js';
import { Random } from '../../dist/analyzers/stats/random.js';
import { loadTensors } from '../../dist/analyzers/tensor/load.js';
import { tensorFlowTensors } from '../../dist/analyzers/tensor/tensorflow.js';
import { median } from './measure.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    windows: { type: 'string', default: '600' },
    functions: { type: 'string', default: '500' },
    samples: { type: 'string', default: '200' },
    native: { type: 'string' },
  },
});
const [rounds, windows, functions, samples] = ['rounds', 'windows', 'functions', 'samples'].map((name) =>
  Number(options[name]),
);

/** Four phases of functions whose shares fall like 1/rank, the top ranks taken by others in each. */
function draw() {
  const random = new Random(1);
  const values = new Uint32Array(windows * functions);
  for (let window = 0; window < windows; window++) {
    const shift = [0, 7, 20, 7][Math.floor((window / windows) * 4)];
    const upTo = [];
    for (let column = 0; column < functions; column++)
      upTo.push((upTo.at(-1) ?? 0) + 1 / (1 + ((column + shift) % functions)));
    for (let draws = 0; draws < samples; draws++) {
      const at = random.next() * upTo.at(-1);
      const column = upTo.findIndex((bound) => bound > at);
      values[window * functions + column]++;
    }
  }
  return { rows: windows, columns: functions, values };
}

async function backends() {
  const found = [];
  for (const name of ['plain', 'wasm', 'native']) {
    try {
      const before = performance.now();
      const tf =
        name === 'plain'
          ? undefined
          : name === 'native' && options.native !== undefined
            ? createRequire(join(options.native, 'x'))('@tensorflow/tfjs-node')
            : await import('@tensorflow/tfjs-core');
      const tensors =
        name === 'native' && options.native !== undefined
          ? tensorFlowTensors(tf, 'tfjs native')
          : await loadTensors(name);
      // One engine serves all copies of TensorFlow.js in a process: whose turn it is must be said.
      const use = () => tf?.setBackend(name === 'native' ? 'tensorflow' : 'wasm');
      await use();
      found.push({ tensors, use, load: performance.now() - before });
    } catch (error) {
      console.log(`${name}: not measured (${error.message})`);
    }
  }
  return found;
}

const counts = draw();
const names = Array.from({ length: functions }, (_, i) => `f${i}`);
const channel = makeChannel('functions', 'samples', names, counts);
const judged = pooledChannel(channel);
const found = await backends();
const times = new Map(found.map(({ tensors }) => [tensors, { phases: [], factors: [], update: [] }]));
const timed = (list, work) => {
  const before = performance.now();
  const result = work();
  list.push(performance.now() - before);
  return result;
};

// The first round warms up and is not counted.
for (let round = 0; round <= rounds; round++) {
  for (const { tensors, use } of found) {
    await use();
    const lists = round === 0 ? { phases: [], factors: [], update: [] } : times.get(tensors);
    const phaseOf = timed(lists.phases, () => {
      const starts = findSegments([judged], windows);
      const ranges = starts.map((start, i) => [start, starts[i + 1] ?? windows]);
      const clusters = clusterSegments([judged], windows, ranges, 1);
      return ranges.flatMap(([from, to], i) => new Array(to - from).fill(clusters[i]));
    });
    const factors = timed(lists.factors, () => {
      const first = findFactors(tensors, counts, channel.dispersion, phaseOf);
      return findOddWindows(tensors, counts, first, 40).factors;
    });
    timed(lists.update, () => tensors.factorise(counts, factors, 50));
  }
}

const filled = counts.values.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
console.log(
  `${windows} windows × ${functions} functions, ${samples} samples a window, ${((100 * filled) / counts.values.length).toFixed(1)} % of cells filled; medians of ${rounds} rounds, ms\n`,
);
console.log(
  '| backend | load | phases | components and odd windows | all | 50 updates | updates against plain |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
const plain = median(times.get(found[0].tensors).update);
for (const { tensors, load } of found) {
  const [phases, factors, update] = ['phases', 'factors', 'update'].map((name) =>
    median(times.get(tensors)[name]),
  );
  console.log(
    `| ${tensors.backend} | ${load.toFixed(0)} | ${phases.toFixed(0)} | ${factors.toFixed(0)} | ${(load + phases + factors).toFixed(0)} | ${update.toFixed(0)} | ${(plain / update).toFixed(2)} × |`,
  );
}
