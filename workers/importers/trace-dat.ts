import type { Importer } from './importer.ts';
import { MAGIC } from './trace-dat/container.ts';
import { TraceDatReader } from './trace-dat/reader.ts';

/** trace-cmd's own file, read whole: the event formats at its beginning say what its pages hold. */
export const traceDat: Importer = {
  id: 'trace-dat',
  title: "trace-cmd's trace.dat, versions 6 and 7, plain or compressed (zlib, zstd)",
  captureWith:
    'trace-cmd record -e sched_switch -e sched_wakeup -e sched_wakeup_new sleep 30   # writes trace.dat',
  sniff: (head) => (MAGIC.every((byte, at) => head[at] === byte) ? 'yes' : 'no'),
  open: (out, source) => (bytes) => new TraceDatReader(out, bytes, source.options.everyEvent).read(),
};
