import { FORK_REJECTED } from '../../model/cpu-series.ts';
import { OOM_LINE } from '../../model/memory-series.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, lineEnd, trimEnd } from '../bytes.ts';
import type { Importer, SniffAnswer } from './importer.ts';
import { isOomLine } from './kernel-log/oom-line.ts';
import { logLine } from './kernel-log/prefix.ts';
import { TaskSampleWriter, withoutOffset } from './task-samples/writer.ts';

/** `INFO: task dd:1234 blocked for more than 120 seconds.` (kernel/hung_task.c); the name may hold colons. */
const hung = /^INFO: task (.*):(\d+) blocked for more than (\d+) seconds\.?$/;
/** ` schedule+0x2a/0xa0`; a leading `?` marks a frame the unwinder does not trust. */
const frame = /^ *(\? )?([A-Za-z_.][\w.]*)\+0x[0-9a-f]+\/0x[0-9a-f]+/;
/** `task:dd state:D stack:0 pid:1234 ppid:…`, part of the same report. */
const describing =
  /^(?:task:.* state:|Not tainted|Tainted|"echo 0 > |Call Trace:|<TASK>|<\/TASK>|Workqueue:|RIP:|RSP:|R[0-9A-Z]{1,2}:|ORIG_RAX|CR2:|Code:|Modules linked)/;
/** Lines worth a mark: what the kernel says when something goes wrong. */
const notable =
  /^(?:INFO: task|INFO: rcu|rcu: INFO|watchdog: BUG|BUG: |.*: page allocation (?:failure|stalls)|EXT4-fs error|XFS .*: |blk_update_request: I\/O error|I\/O error|nfs: server .* not responding|nfs: server .* OK|workqueue: .* hogged CPU|sched: RT throttling)/;

/** kernel/cgroup/pids.c, once for each group. */
const rejectedFork = /^cgroup: fork rejected by pids controller in \//;

/** The kernel's log: reports of hung tasks with their stacks, and what else went wrong. */
export const kernelLog: Importer = {
  id: 'kernel-log',
  title: "the kernel's log: dmesg, /var/log/kern.log (hung tasks, out of memory, stalls)",
  captureWith: 'dmesg > dmesg.txt',
  sniff: sniffLog,
  open(out) {
    const reader = new LogReader(out);
    return (bytes, offset) => reader.parse(bytes, offset);
  },
};

function sniffLog(head: Uint8Array): SniffAnswer {
  const lines = latin1(head, 0, Math.min(head.length, 8192))
    .split('\n')
    .slice(0, 40)
    .filter((line) => line.trim() !== '');
  const good = lines.filter((line) => logLine(line) !== undefined).length;
  return lines.length > 0 && good * 4 >= lines.length * 3 ? 'yes' : 'no';
}

interface HungTask {
  readonly time: number;
  readonly comm: string;
  readonly tid: number;
  readonly seconds: number;
  /** Innermost first. */
  readonly stack: string[];
}

class LogReader {
  readonly #out: TraceBuilder;
  readonly #writer: TaskSampleWriter;
  #hung: HungTask | undefined;

  constructor(out: TraceBuilder) {
    this.#out = out;
    this.#writer = new TaskSampleWriter(out);
    out.clock = 'printk';
  }

  parse(bytes: Uint8Array, offset: number): void {
    for (let at = 0; at < bytes.length; ) {
      const stop = lineEnd(bytes, at);
      const text = latin1(bytes, at, trimEnd(bytes, at, stop));
      const found = logLine(text);
      if (found !== undefined) this.#line(found.time, found.text);
      else if (text !== '') this.#out.skip(at + offset);
      at = stop + 1;
    }
    this.#finishHung();
  }

  #line(time: number, text: string): void {
    if (isOomLine(text)) this.#mark(time, text, OOM_LINE);
    else if (rejectedFork.test(text)) this.#mark(time, text, FORK_REJECTED);
    else if (notable.test(text)) this.#mark(time, text, 'kernel log');
    const begins = hung.exec(text);
    if (begins !== null) {
      this.#finishHung();
      const [, comm = '', tid, seconds] = begins;
      this.#hung = { time, comm, tid: Number(tid), seconds: Number(seconds), stack: [] };
      return;
    }
    if (this.#hung === undefined) {
      this.#out.counts.ignored++;
      return;
    }
    const step = frame.exec(text);
    if (step?.[2] !== undefined) {
      if (step[1] === undefined) this.#hung.stack.push(withoutOffset(step[2]));
    } else if (!describing.test(text.trim())) this.#finishHung();
  }

  #finishHung(): void {
    const report = this.#hung;
    if (report === undefined) return;
    this.#hung = undefined;
    this.#writer.task(report.time, {
      pid: -1,
      tid: report.tid,
      comm: report.comm,
      state: 'D',
      stack: report.stack.reverse(),
      hungSeconds: report.seconds,
    });
  }

  #mark(time: number, text: string, event: string): void {
    const out = this.#out;
    const bytes = Buffer.from(text, 'latin1');
    const id = out.events.intern({ name: out.strings.internText(event) });
    out.mark(time, 0xffff, 0, id, out.strings.intern(bytes, 0, bytes.length));
    out.counts.records++;
  }
}
