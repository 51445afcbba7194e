import { utf8 } from '../bytes.ts';
import type { Importer } from './importer.ts';
import { readPidstatHeader } from './sysstat/pidstat-columns.ts';
import { PidstatReader } from './sysstat/pidstat-reader.ts';
import { readTimedLine } from './sysstat/timed-line.ts';

/** Lines a head may have before the first table: a prompt, the banner, a blank line. */
const FOREIGN_LINES = 8;

/**
 * Text of pidstat(1), sysstat 8 to 12.7, with any options: columns go by their names. A task without a row in a table
 * did nothing worth one; averages of the end are left out; without an interval all is since boot, and is kept apart.
 */
export const pidstat: Importer = {
  id: 'pidstat',
  title: 'pidstat text: CPU, memory, I/O and switches of processes and threads',
  captureWith: 'LC_ALL=C pidstat -h -H -u -r -d -w 1 60 > pidstat.txt',
  sniff: (head) => (sniff(utf8(head, 0, Math.min(head.length, 16_384))) ? 'yes' : 'no'),
  open(out) {
    const reader = new PidstatReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

function sniff(text: string): boolean {
  return text.split('\n', FOREIGN_LINES).some((line) => {
    const found = readTimedLine(line.trim());
    return found !== undefined && found !== 'average' && readPidstatHeader(found.words) !== undefined;
  });
}
