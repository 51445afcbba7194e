import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

const PREFIX = 'block device ';

/** Names of devices by `major,minor`, as files say them: `104,0` → `cciss/c0d0`. */
export function deviceNames({ trace }: Context): ReadonlyMap<string, string> {
  const { facts } = trace.tables;
  const names = new Map<string, string>();
  for (let row = 0; row < facts.length; row++) {
    const key = decodeString(trace.strings, facts.columns.key[row] as number);
    if (key.startsWith(PREFIX))
      names.set(key.slice(PREFIX.length), decodeString(trace.strings, facts.columns.value[row] as number));
  }
  return names;
}

/** `8,0 (sda)` where a file says what the device is called, else `8,0`: what iostat and block events call it by. */
export function deviceText(context: Context, number: string): string {
  const name = context.derive(deviceNames).get(number);
  return name === undefined ? number : `${number} (${name})`;
}
