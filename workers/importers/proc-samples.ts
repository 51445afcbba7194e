import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer } from './importer.ts';
import { TaskSampleWriter, withoutOffset } from './task-samples/writer.ts';

const AT = 64;
const look = /^@ (\d+\.\d+) uptime=(\d+\.\d+) mono=(\d+\.\d+) loadavg=(.*)$/;
const task = /^(\d+) (\d+) ([A-Za-z]) (.*?) wchan=(\S*) cg=(\S*) stack=(.*)$/;

/**
 * Looks at /proc by a sampler: a line `@ unix uptime= mono= loadavg=`, then a line per thread in
 * state R or D: `pid tid state comm wchan= cg= stack=outer;…;inner`. scripts/sample-tasks.sh writes it.
 */
export const procSamples: Importer = {
  id: 'proc-samples',
  title: 'task states sampled from /proc with load averages (scripts/sample-tasks.sh)',
  captureWith: 'scripts/sample-tasks.sh 60 0.5 > tasks.txt   # seconds, interval; as root for kernel stacks',
  sniff: (head) =>
    head[0] === AT && look.test(latin1(head, 0, trimEnd(head, 0, lineEnd(head, 0)))) ? 'yes' : 'no',
  isRecordStart: (bytes, at) => bytes[at] === AT && bytes[at + 1] === 32,
  open(out) {
    const reader = new ProcSamplesReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

class ProcSamplesReader {
  readonly #out: TraceBuilder;
  readonly #writer: TaskSampleWriter;

  constructor(out: TraceBuilder) {
    this.#out = out;
    this.#writer = new TaskSampleWriter(out);
    out.clock = 'mono';
  }

  parse(bytes: Uint8Array, offset: number): void {
    let time = Number.NaN;
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const text = latin1(bytes, at, trimEnd(bytes, at, stop));
      const begins = look.exec(text);
      if (begins !== null) {
        time = Number(begins[3]) * 1e9;
        this.#writer.look(time);
        this.#writer.wallClock(time, Number(begins[1]));
        if (!this.#writer.loadAverage(time, begins[4] ?? '')) this.#out.skip(at + offset);
      } else if (text !== '' && !this.#task(time, text)) this.#out.skip(at + offset);
      at = stop + 1;
    }
  }

  #task(time: number, text: string): boolean {
    const found = task.exec(text);
    if (found === null || Number.isNaN(time)) return false;
    const [, pid, tid, state, comm, wchan, cgroup, stack] = found as unknown as string[];
    this.#writer.task(time, {
      pid: Number(pid),
      tid: Number(tid),
      comm: comm ?? '',
      state: state ?? '?',
      ...(wchan === '' || wchan === '-' || wchan === '0' ? {} : { wchan: withoutOffset(wchan ?? '') }),
      ...(cgroup === '' ? {} : { cgroup: cgroup ?? '' }),
      stack: (stack ?? '')
        .split(';')
        .filter((name) => name !== '')
        .map(withoutOffset),
    });
    return true;
  }
}
