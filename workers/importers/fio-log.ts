import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer, Source } from './importer.ts';

/** `25, 25025560, 0, 131072, 21474836480, 0`: ms, value, direction, block size, and offset and priority when asked for. */
const entry = /^(\d+), (\d+), ([0-2]), (\d+)(?:, (?:0x[0-9a-f]+|\d+)){0,3}$/;
const operations = ['read', 'write', 'trim'] as const;
/** What the file's name says it holds (write_lat_log, write_bw_log, write_iops_log). */
const kindOf = /_(clat|slat|lat|bw|iops)\.\d+\.log(?:\.fz)?$/;

/** Logs of fio, one line an IO or an interval. What is measured is in the file's name only; times are ms since the job began. */
export const fioLog: Importer = {
  id: 'fio-log',
  title: "fio's logs: NAME_clat.1.log, _lat, _slat, _bw, _iops",
  captureWith: 'fio --write_lat_log=NAME --log_offset=1 job.fio',
  sniff(head) {
    const lines = latin1(head, 0, Math.min(head.length, 4096)).split(/\r?\n/);
    // The last may be cut.
    const whole = lines.slice(0, head.length > 4096 || lines.length > 1 ? -1 : 1);
    return whole.length > 0 && whole.every((line) => entry.test(line.trim())) ? 'yes' : 'no';
  },
  isRecordStart: () => true,
  open: (out, source) => {
    out.clock = 'fio';
    return (bytes, offset) => read(out, source, bytes, offset);
  },
};

function read(out: TraceBuilder, source: Source, bytes: Uint8Array, offset: number): void {
  const kind = kindOf.exec(source.name)?.[1] ?? 'value';
  // Since fio 3.0 in ns; bw logs hold KiB/s.
  const unit = kind === 'bw' ? 'KiB/s' : kind === 'iops' ? '1/s' : kind === 'value' ? '' : 'ns';
  const log = source.name.replace(/^.*[/!]/, '');
  for (let at = 0; at < bytes.length; ) {
    const stop = lineEnd(bytes, at);
    const end = trimEnd(bytes, at, stop);
    const found = end === at ? undefined : entry.exec(latin1(bytes, at, end));
    if (found === null) out.skip(at + offset);
    else if (found !== undefined) {
      const op = operations[Number(found[3])] ?? 'read';
      out.counter(`fio ${op} ${kind}`, unit, 'fio log', log, Number(found[1]) * 1e6, Number(found[2]));
      out.counts.records++;
    }
    at = stop + 1;
  }
}
