import { ACTIVE_PROFILE, CONFIGURED } from '../../model/knobs.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { utf8 } from '../bytes.ts';
import { assignment, configurationFile, configurationKind, isComment } from './configured/configuration.ts';
import { sysctlPath } from './configured/sysctl-path.ts';
import type { Importer } from './importer.ts';

/** What configurations want the kernel set to: it may be in force or not. */
export const configuredSettings: Importer = {
  id: 'configured-settings',
  title: 'configurations of the kernel: sysctl.conf, sysctl.d/*.conf, tuned.conf',
  captureWith:
    'tar -cf etc.tar /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d /etc/tuned; sysctl -a > sysctl.txt',
  sniff: (head, name) => (configurationKind(utf8(head, 0, head.length), name) === undefined ? 'no' : 'yes'),
  open: (out, source) => (bytes, offset) => parse(out, source.name, utf8(bytes, 0, bytes.length), offset),
};

function parse(out: TraceBuilder, name: string, text: string, offset: number): void {
  const kind = configurationKind(text, name);
  const file = configurationFile(name);
  if (kind === 'active profile') {
    out.fact(ACTIVE_PROFILE, text.trim());
    out.counts.records++;
    return;
  }
  let section = kind === 'tuned' ? '' : 'sysctl';
  let at = offset;
  text.split('\n').forEach((whole, i) => {
    const line = whole.trim();
    const began = at;
    at += Buffer.byteLength(whole) + 1;
    if (line === '' || isComment(line)) return;
    const header = kind === 'tuned' ? /^\[([^\]]+)\]$/.exec(line)?.[1] : undefined;
    if (header !== undefined) section = header;
    else if (section !== 'sysctl') out.counts.ignored++;
    else readAssignment(out, line, `${file}\t${i + 1}`, began);
  });
}

function readAssignment(out: TraceBuilder, line: string, where: string, offset: number): void {
  const found = assignment.exec(line);
  const path = found?.[1] === undefined ? undefined : sysctlPath(found[1]);
  // Keys of the plugin itself, and names kept out of globs, set nothing.
  if (found !== null && path !== undefined) {
    out.fact(CONFIGURED + path, `${(found[2] ?? '').replaceAll('\t', ' ').trim()}\t${where}`);
    out.counts.records++;
  } else if (found !== null || /^-[\w*./:@-]+$/.test(line)) out.counts.ignored++;
  else out.skip(offset);
}
