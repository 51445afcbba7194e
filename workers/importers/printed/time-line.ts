import { readWallTime } from '../wall-time.ts';

const epoch = /^(\d{10})(?:\.(\d{1,9}))?$/;
/** `Tue Dec  1 04:32:58 UTC 2026`, as date(1) prints it in the C locale. */
const posix = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?: [AP]M)? (?:UTC|GMT) \d{4}$/;

/** ns since 1970 of a line that holds nothing but a moment; `date`, `date -Is` or `date +%s` between the calls of a tool. Undefined when it is none. */
export function timeOfLine(line: string): { readonly ns: number; readonly clock: string } | undefined {
  const text = line.trim();
  const seconds = epoch.exec(text);
  if (seconds !== null) {
    const rest = Number((seconds[2] ?? '').padEnd(9, '0'));
    return { ns: Number(seconds[1]) * 1e9 + rest, clock: 'realtime' };
  }
  if (posix.test(text)) return { ns: Date.parse(text) * 1e6, clock: 'realtime' };
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return undefined;
  const wall = readWallTime(text, 'month first');
  return wall === undefined ? undefined : { ns: wall.ns, clock: wall.zone ? 'realtime' : 'wall' };
}
