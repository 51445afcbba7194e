import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { Problem } from '../../model/problem.ts';
import { plainTensors } from './plain.ts';
import { type TensorFlow, tensorFlowTensors } from './tensorflow.ts';
import type { TensorChoice, Tensors } from './tensors.ts';

/**
 * Loads a backend; nothing of TensorFlow.js is read before this is called. `auto` takes the first
 * that loads, one asked for by name is a Problem when it cannot.
 */
export async function loadTensors(choice: TensorChoice = 'auto'): Promise<Tensors> {
  if (choice === 'plain') return plainTensors;
  const wanted = choice === 'auto' ? (['native', 'wasm'] as const) : ([choice] as const);
  let reason = '';
  for (const each of wanted) {
    try {
      return await (each === 'native' ? native() : wasm());
    } catch (error) {
      reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    }
  }
  if (choice === 'auto') return plainTensors;
  throw new Problem({
    code: 'usage',
    message: `the ${choice} backend of TensorFlow.js cannot be loaded (${reason})`,
    hint:
      choice === 'native'
        ? 'npm install @tensorflow/tfjs-node, or --tensors wasm'
        : '--tensors plain needs no library',
  });
}

/** tfjs-node, an optional dependency: its binary library is downloaded when it is installed. */
async function native(): Promise<Tensors> {
  // Not a literal: the package may be absent, and its types with it.
  const name = '@tensorflow/tfjs-node';
  const tf = (await import(name)) as TensorFlow & { setBackend(backend: string): Promise<boolean> };
  await tf.setBackend('tensorflow');
  return tensorFlowTensors(tf, 'tfjs native');
}

async function wasm(): Promise<Tensors> {
  const tf = await import('@tensorflow/tfjs-core');
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  const main = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
  setWasmPaths(`${dirname(main)}/`);
  if (!(await tf.setBackend('wasm'))) throw new Error('WebAssembly is not to be had');
  await tf.ready();
  return tensorFlowTensors(tf, 'tfjs wasm');
}
