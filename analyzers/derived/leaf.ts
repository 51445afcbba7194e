import { type FrameKind, frameKindId, frameKinds } from '../../model/tables.ts';
import type { Context } from '../context.ts';
import { functions } from './functions.ts';

/** Function of the innermost frame of each stack; 0 for the empty stack. */
export function leafFunctions(context: Context): Uint32Array {
  const { stacks } = context.trace.tables;
  const { ofFrame } = context.derive(functions);
  return Uint32Array.from({ length: stacks.length }, (_, row) =>
    row === 0 ? 0 : (ofFrame[stacks.columns.frame[row] as number] as number),
  );
}

/** Kind of each stack's innermost frame, as an index into frameKinds; the empty stack is unknown. */
export function leafKinds(context: Context): Uint8Array {
  const { stacks, frames } = context.trace.tables;
  return Uint8Array.from({ length: stacks.length }, (_, row) =>
    row === 0 ? frameKindId.unknown : (frames.columns.kind[stacks.columns.frame[row] as number] as number),
  );
}

/**
 * Module each stack was executing in, as a string id: its innermost frame's, or for inlined
 * functions that of the function they were inlined into. 0 when not recorded.
 */
export function leafModules(context: Context): Uint32Array {
  const { stacks, frames } = context.trace.tables;
  const modules = new Uint32Array(stacks.length);
  const { parent, frame } = stacks.columns;
  for (let row = 1; row < stacks.length; row++) {
    const inlined = frames.columns.kind[frame[row] as number] === frameKindId.inlined;
    modules[row] = inlined
      ? (modules[parent[row] as number] as number)
      : (frames.columns.module[frame[row] as number] as number);
  }
  return modules;
}

export function kindName(kind: number): FrameKind {
  return frameKinds[kind] ?? 'unknown';
}
