import { BlktraceReader } from './blktrace/reader.ts';
import { byteOrder } from './blktrace/record.ts';
import type { Importer } from './importer.ts';

/** What blktrace(8) writes, one file a CPU. Recognised by the magic of its first record; read whole, so up to 1 GiB a file. */
export const blktrace: Importer = {
  id: 'blktrace',
  title: "blktrace's own files, version 7, either byte order: DEVICE.blktrace.0, .1 …",
  captureWith: 'blktrace -d /dev/sda -w 30   # writes sda.blktrace.0, sda.blktrace.1 …',
  sniff: (head) => (byteOrder(head) === undefined ? 'no' : 'yes'),
  open(out, source) {
    const reader = new BlktraceReader(out, source);
    return (bytes, offset) => reader.read(bytes, offset);
  },
};
