import { decodeString } from '../../model/strings.ts';
import { moduleName, tidySymbol } from '../../model/symbol-name.ts';
import { type FrameKind, frameKinds } from '../../model/tables.ts';
import type { Context } from '../context.ts';

export interface FunctionRow {
  /** As people say it: parameters dropped, templates whole; `[module]` for code without a symbol. */
  readonly name: string;
  /** Path or [name] of the module; empty when not recorded (inlined functions have none of their own). */
  readonly module: string;
  readonly kind: FrameKind;
  readonly hasSymbol: boolean;
}

export interface Functions {
  /** Function of each row of the frames table. */
  readonly ofFrame: Uint32Array;
  /** Distinct functions in order of first appearance; 0 stands for the null frame. */
  readonly rows: readonly FunctionRow[];
}

/** Functions: frames of one module whose names read the same. */
export function functions({ trace }: Context): Functions {
  const { frames } = trace.tables;
  const { name, module, kind } = frames.columns;
  const ids = new Map<string, number>();
  const rows: FunctionRow[] = [];
  const ofFrame = new Uint32Array(frames.length);
  for (let frame = 0; frame < frames.length; frame++) {
    const symbol = decodeString(trace.strings, name[frame] as number).replace(
      /_\[[kji]\]$|\+0x[\da-f]+$/,
      '',
    );
    const path = decodeString(trace.strings, module[frame] as number);
    const kindName = frameKinds[kind[frame] as number] ?? 'unknown';
    const shown =
      symbol === '' ? `[${(moduleName(path) || 'unknown').replace(/^\[(.*)\]$/, '$1')}]` : tidySymbol(symbol);
    const key = `${kindName}\0${path}\0${shown}`;
    let id = ids.get(key);
    if (id === undefined) {
      id = rows.length;
      ids.set(key, id);
      rows.push({ name: shown, module: path, kind: kindName, hasSymbol: symbol !== '' });
    }
    ofFrame[frame] = id;
  }
  return { ofFrame, rows };
}
