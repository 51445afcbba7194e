import { SETTING } from '../../model/knobs.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd, utf8 } from '../bytes.ts';
import { isConfiguration } from './configured/configuration.ts';
import { sysctlPath } from './configured/sysctl-path.ts';
import type { Importer } from './importer.ts';

/** `/sys/block/sda/queue/scheduler: none [bfq]`, as `grep -H .` prints it too, without the space. Paths hold colons (`bdi/7:0`). */
const setting = /^(\/(?:sys|proc)\/[^\s:]+(?::[^\s:/]*\/[^\s:]+)*):\s*(.*)$/;
/** `vm.swappiness = 60`, as `sysctl -a` prints it: /proc/sys/vm/swappiness. */
const sysctl = /^([a-z]+\.[\w./:@-]+) = (.*)$/;

/** What knobs of the kernel were set to: a list of files with their contents, or what sysctl prints. */
export const settings: Importer = {
  id: 'settings',
  title: 'settings of the kernel: `grep -H .` over files of /sys and /proc, or `sysctl -a`',
  captureWith: 'grep -sH . /sys/block/*/queue/{scheduler,*} /sys/block/*/queue/iosched/* > settings.txt',
  sniff(head, name) {
    // A configuration says what is wanted, not what is.
    if (isConfiguration(latin1(head, 0, head.length), name)) return 'no';
    // The last line of a longer file may be cut.
    const [first = ''] = latin1(head, 0, Math.min(head.length, 4096)).split('\n');
    return settingOf(first.trimEnd()) === undefined ? 'no' : 'yes';
  },
  isRecordStart: () => true,
  open: (out) => (bytes, offset) => readList(out, bytes, offset),
};

/** Path and value a line tells. */
function settingOf(line: string): readonly [path: string, value: string] | undefined {
  const found = setting.exec(line);
  if (found !== null) return [found[1] ?? '', (found[2] ?? '').trim()];
  const printed = sysctl.exec(line);
  if (printed === null) return undefined;
  const path = sysctlPath(printed[1] ?? '');
  return path === undefined ? undefined : [path, (printed[2] ?? '').trim()];
}

function readList(out: TraceBuilder, bytes: Uint8Array, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const text = utf8(bytes, at, trimEnd(bytes, at, stop)).trim();
    const found = settingOf(text);
    if (found !== undefined) {
      out.fact(SETTING + found[0], found[1]);
      out.counts.records++;
    } else if (/^\/(?:sys|proc)\//.test(text)) out.skip(at + offset);
    else if (text !== '') out.counts.ignored++;
    at = stop + 1;
  }
}
