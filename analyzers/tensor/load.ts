import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { plainTensors } from './plain.ts';
import { type TensorFlow, tensorFlowTensors } from './tensorflow.ts';
import type { Tensors } from './tensors.ts';

/** What may be asked for; `auto`: native where it is installed, else wasm, else plain. */
export const tensorChoices = ['auto', 'native', 'wasm', 'plain'] as const;
export type TensorChoice = (typeof tensorChoices)[number];

/** A backend that was asked for by name and cannot run. */
export class NoTensors extends Error {}

/**
 * Loads a backend; nothing of TensorFlow.js is read before this is called. `auto` takes the first
 * that loads, one asked for by name throws NoTensors with the reason when it cannot.
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
  throw new NoTensors(`the ${choice} backend of TensorFlow.js cannot be loaded: ${reason}`);
}

/** tfjs-node, an optional dependency: its binary library is downloaded when it is installed. */
async function native(): Promise<Tensors> {
  // Not a literal: the package may be absent, and its types with it.
  const name = '@tensorflow/tfjs-node';
  return tensorFlowTensors((await import(name)) as TensorFlow, 'tfjs native');
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
