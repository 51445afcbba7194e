import { decodeString } from '../../model/strings.ts';
import type { Context } from '../context.ts';

/** Header lines of perf script --header that say what the reader wants to know, and what we call them. */
const wanted: Readonly<Record<string, string>> = {
  hostname: 'hostname',
  'os release': 'kernel',
  arch: 'arch',
  'nrcpus online': 'cpus',
  cpudesc: 'cpuModel',
  'total memory': 'memory',
  'perf version': 'perf',
  governor: 'governor',
  cmdline: 'command',
  'captured on': 'captured',
};

/** What the inputs say of the host and of their own making; several answers are joined. */
export function hostFacts({ trace }: Context): Readonly<Record<string, string>> {
  const { facts } = trace.tables;
  const found: Record<string, string> = {};
  for (let row = 0; row < facts.length; row++) {
    const name = wanted[decodeString(trace.strings, facts.columns.key[row] as number)];
    if (name === undefined) continue;
    const value = decodeString(trace.strings, facts.columns.value[row] as number).trim();
    const before = found[name];
    if (before === undefined) found[name] = value;
    else if (!before.split('; ').includes(value)) found[name] = `${before}; ${value}`;
  }
  return found;
}
