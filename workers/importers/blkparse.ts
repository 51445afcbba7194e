import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import { BlkparseLine } from './blkparse/line.ts';
import { BlkparseParser } from './blkparse/parser.ts';
import type { Importer } from './importer.ts';

const line = new BlkparseLine();
/** Lines blkparse may put before the first event: `Input file bt.blktrace.0 added`. */
const MOST_NOISE = 32;

/** Text of blkparse(1) in its default format, with or without its closing summary. */
export const blkparse: Importer = {
  id: 'blkparse',
  title: 'blkparse text, default format',
  captureWith: 'blktrace -d /dev/sda -w 30 -o bt && blkparse -i bt > blkparse.txt',

  sniff(head) {
    let noise = 0;
    for (let at = 0; at < head.length && noise < MOST_NOISE; ) {
      const stop = lineEnd(head, at);
      if (line.read(head, at, trimEnd(head, at, stop))) return 'yes';
      if (stop > at) noise++;
      at = stop + 1;
    }
    return /^CPU\d+ \(.*\):\n Reads Queued:/.test(latin1(head, 0, Math.min(head.length, 4096)))
      ? 'yes'
      : 'no';
  },

  isRecordStart: (bytes, at) => line.read(bytes, at, trimEnd(bytes, at, lineEnd(bytes, at))),

  open(out) {
    const parser = new BlkparseParser(out);
    return (bytes, offset) => parser.parse(bytes, offset);
  },
};
