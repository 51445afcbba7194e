import { taskStateId } from '../../../model/sched-tables.ts';
import { frameKindId, NO_CPU, NO_PRIORITY } from '../../../model/tables.ts';
import { isDigit } from '../../bytes.ts';
import { key, nameEnd, nextValue, numberAt, numberOf, valueEnd, valueStart } from './fields.ts';
import type { EventReader } from './readers.ts';
import type { TraceEvent, TraceEventSink } from './sink.ts';
import { stateAt } from './task-state.ts';

const prevComm = key('prev_comm');
const prevPid = key('prev_pid');
const prevPriority = key('prev_prio');
const prevState = key('prev_state');
const nextComm = key('next_comm');
const nextPid = key('next_pid');
const nextPriority = key('next_prio');
const comm = key('comm');
const pid = key('pid');
const priority = key('prio');
const targetCpu = key('target_cpu');
const origCpu = key('orig_cpu');
const destCpu = key('dest_cpu');
const parentComm = key('parent_comm');
const parentPid = key('parent_pid');
const childComm = key('child_comm');
const childPid = key('child_pid');
const oldComm = key('oldcomm');
const newComm = key('newcomm');
const oomScore = key('oom_score_adj');
const ioWait = key('iowait');
const caller = key('caller');
const filename = key('filename');

/** `prev_comm=… prev_pid=… prev_prio=… prev_state=… ==> next_comm=…`, or trace-cmd's `a:1 [120] S ==> b:2 [120]`. */
export const readSwitch: EventReader = (sink, event) => {
  const { bytes, to } = event;
  const prevStart = valueStart(bytes, event.from, to, prevComm);
  if (prevStart < 0) return readShortSwitch(sink, event);
  const prevEnd = nameEnd(bytes, prevStart, to, prevPid, prevPriority);
  const at = prevEnd + 1 + prevPid.length;
  const prev = numberAt(bytes, at, to);
  const prioStart = nextValue(bytes, at, to, prevPriority);
  const stateStart = nextValue(bytes, prioStart < 0 ? at : prioStart, to, prevState);
  const nextStart = stateStart < 0 ? -1 : valueStart(bytes, stateStart, to, nextComm);
  if (nextStart < 0 || Number.isNaN(prev)) return false;
  const nextStop = nameEnd(bytes, nextStart, to, nextPid, nextPriority);
  const idStart = nextStop + 1 + nextPid.length;
  const next = numberAt(bytes, idStart, to);
  if (Number.isNaN(next)) return false;
  const nextPrio = nextValue(bytes, idStart, to, nextPriority);
  sink.switched(
    prevTask(sink, event, prevStart, prevEnd, prev),
    stateAt(bytes, stateStart, to),
    prioStart < 0 ? NO_PRIORITY : priorityOf(numberAt(bytes, prioStart, to)),
    sink.task(bytes, nextStart, nextStop, next),
    nextPrio < 0 ? NO_PRIORITY : priorityOf(numberAt(bytes, nextPrio, to)),
  );
  return true;
};

/** The thread that leaves is the one the line is about, whose process id only the line's beginning tells. */
function prevTask(sink: TraceEventSink, event: TraceEvent, from: number, to: number, tid: number): number {
  const known = tid === event.tid ? event.pid : -1;
  return sink.out.thread(known, tid, sink.out.strings.intern(event.bytes, from, to), event.time);
}

function readShortSwitch(sink: TraceEventSink, event: TraceEvent): boolean {
  const { bytes, to } = event;
  const arrow = lastIndexOf(bytes, event.from, to, ARROW);
  if (arrow < 0) return false;
  // The state is the last word before the arrow.
  let stateStart = arrow;
  while (stateStart > event.from && bytes[stateStart - 1] !== 32) stateStart--;
  const prev = readShortTask(bytes, event.from, stateStart - 1);
  const next = readShortTask(bytes, arrow + ARROW.length, to);
  if (prev === undefined || next === undefined) return false;
  let state = stateAt(bytes, stateStart, arrow);
  // trace-cmd's plugin knows no state I and prints R for idle kernel workers, which R they are not.
  if (state === taskStateId.R && isIdleWorker(bytes, prev.from)) state = taskStateId['?'];
  sink.switched(
    prevTask(sink, event, prev.from, prev.to, prev.tid),
    state,
    prev.priority,
    sink.task(bytes, next.from, next.to, next.tid),
    next.priority,
  );
  return true;
}

/** kworker/…, rcu_…: threads that sleep in state I. */
function isIdleWorker(bytes: Uint8Array, from: number): boolean {
  return startsWith(bytes, from, KWORKER) || startsWith(bytes, from, RCU);
}

function startsWith(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

const KWORKER = Uint8Array.from(Buffer.from('kworker/'));
const RCU = Uint8Array.from(Buffer.from('rcu_'));
const ARROW = Uint8Array.from(Buffer.from(' ==> '));

interface ShortTask {
  readonly from: number;
  readonly to: number;
  readonly tid: number;
  readonly priority: number;
  readonly end: number;
}

/** `node:10207 [120]`: how trace-cmd's plugin prints a task. The priority may be missing. */
function readShortTask(bytes: Uint8Array, from: number, to: number): ShortTask | undefined {
  let start = from;
  while (start < to && bytes[start] === 32) start++;
  for (let colon = to - 1; colon > start; colon--) {
    if (bytes[colon] !== 58 || !isDigit(bytes[colon + 1])) continue;
    const tid = numberAt(bytes, colon + 1, to);
    let end = valueEnd(bytes, colon + 1, to);
    let prio = NO_PRIORITY;
    if (bytes[end] === 32 && bytes[end + 1] === 91) {
      prio = numberAt(bytes, end + 2, to);
      end = valueEnd(bytes, end + 1, to);
    }
    return { from: start, to: colon, tid, priority: priorityOf(prio), end };
  }
  return undefined;
}

/** `comm=bash pid=1 prio=120 [success=1] target_cpu=000`, or trace-cmd's `bash:1 [120] success=1 CPU:000`. */
function readWakeup(kind: number): EventReader {
  return (sink, event) => {
    const { bytes, to } = event;
    const commStart = valueStart(bytes, event.from, to, comm);
    if (commStart < 0) return readShortWakeup(sink, event, kind);
    const commEnd = nameEnd(bytes, commStart, to, pid, priority);
    const at = commEnd + 1 + pid.length;
    const tid = numberAt(bytes, at, to);
    if (Number.isNaN(tid)) return false;
    const prioStart = nextValue(bytes, at, to, priority);
    const cpuStart = nextValue(bytes, prioStart < 0 ? at : prioStart, to, targetCpu);
    sink.woken(
      sink.task(bytes, commStart, commEnd, tid),
      prioStart < 0 ? NO_PRIORITY : priorityOf(numberAt(bytes, prioStart, to)),
      cpuStart < 0 ? NO_CPU : cpuOf(numberAt(bytes, cpuStart, to)),
      kind,
    );
    return true;
  };
}

function readShortWakeup(sink: TraceEventSink, event: TraceEvent, kind: number): boolean {
  const { bytes, to } = event;
  const cpuStart = lastIndexOf(bytes, event.from, to, CPU_MARK);
  const stop = cpuStart < 0 ? to : cpuStart;
  const bracket = lastIndexOf(bytes, event.from, stop, BRACKET);
  const task = readShortTask(bytes, event.from, bracket < 0 ? stop : valueEnd(bytes, bracket + 1, stop));
  if (task === undefined) return false;
  sink.woken(
    sink.task(bytes, task.from, task.to, task.tid),
    task.priority,
    cpuStart < 0 ? NO_CPU : cpuOf(numberAt(bytes, cpuStart + CPU_MARK.length, to)),
    kind,
  );
  return true;
}

const CPU_MARK = Uint8Array.from(Buffer.from(' CPU:'));
const BRACKET = Uint8Array.from(Buffer.from(' ['));

const readMigration: EventReader = (sink, event) => {
  const { bytes, from, to } = event;
  const task = readTask(sink, event, comm, pid);
  const orig = numberOf(bytes, from, to, origCpu);
  const dest = numberOf(bytes, from, to, destCpu);
  if (task < 0 || Number.isNaN(orig) || Number.isNaN(dest)) return false;
  sink.migrated(task, cpuOf(orig), cpuOf(dest));
  return true;
};

const readFork: EventReader = (sink, event) => {
  // Raw reports name the fields of the record: parent_comm, parent_pid.
  const short = readTask(sink, event, comm, pid);
  const parent = short < 0 ? readTask(sink, event, parentComm, parentPid) : short;
  const child = readTask(sink, event, childComm, childPid);
  if (parent < 0 || child < 0) return false;
  sink.lived(0, parent, child);
  return true;
};

const readNewTask: EventReader = (sink, event) => {
  const { bytes, from, to } = event;
  const tid = numberOf(bytes, from, to, pid);
  const start = valueStart(bytes, from, to, comm);
  if (Number.isNaN(tid) || start < 0) return false;
  sink.lived(0, event.thread, sink.task(bytes, start, valueEndBefore(bytes, start, to, CLONE), tid));
  return true;
};

const CLONE = key('clone_flags');

/** `filename=/usr/bin/ls pid=14435 old_pid=14435`. */
const readExec: EventReader = (sink, event) => {
  const { bytes, from, to } = event;
  if (valueStart(bytes, from, to, filename) < 0) return false;
  sink.lived(1, event.thread, 0);
  return true;
};

const readExit: EventReader = (sink, event) => {
  const task = readTask(sink, event, comm, pid);
  if (task < 0) return false;
  sink.lived(2, task, 0);
  return true;
};

/** `pid=12227 oldcomm=bash newcomm=dd oom_score_adj=0`. */
const readRename: EventReader = (sink, event) => {
  const { bytes, from, to } = event;
  const tid = numberOf(bytes, from, to, pid);
  const oldStart = valueStart(bytes, from, to, oldComm);
  const newStart = oldStart < 0 ? -1 : valueStart(bytes, oldStart, to, newComm);
  if (Number.isNaN(tid) || newStart < 0) return false;
  const newEnd = nameEnd(bytes, newStart, to, oomScore);
  sink.lived(
    3,
    sink.task(bytes, newStart, newEnd, tid),
    sink.task(bytes, oldStart, newStart - newComm.length - 1, tid),
  );
  return true;
};

/** `pid=269 iowait=0 caller=worker_thread+0x534/0x820`. */
const readBlockedReason: EventReader = (sink, event) => {
  const { bytes, from, to } = event;
  const tid = numberOf(bytes, from, to, pid);
  const callerStart = valueStart(bytes, from, to, caller);
  if (Number.isNaN(tid)) return false;
  let frame = 0;
  if (callerStart >= 0) {
    let end = valueEnd(bytes, callerStart, to);
    const plus = bytes.indexOf(43, callerStart);
    if (plus > callerStart && plus < end) end = plus;
    const name = sink.out.strings.intern(bytes, callerStart, end);
    frame = sink.out.frames.intern({ name, kind: frameKindId.kernel });
  }
  const waits = numberOf(bytes, from, to, ioWait);
  sink.blocked(sink.task(bytes, 0, 0, tid), waits === 1 ? 1 : 0, frame);
  return true;
};

/** Thread of `comm=… pid=…` under these keys; −1 when they are not there. */
function readTask(sink: TraceEventSink, event: TraceEvent, name: Uint8Array, id: Uint8Array): number {
  const { bytes, from, to } = event;
  const start = valueStart(bytes, from, to, name);
  if (start < 0) return -1;
  const end = nameEnd(bytes, start, to, id);
  const tid = numberAt(bytes, end + 1 + id.length, to);
  return Number.isNaN(tid) ? -1 : sink.task(bytes, start, end, tid);
}

function valueEndBefore(bytes: Uint8Array, start: number, to: number, next: Uint8Array): number {
  const following = valueStart(bytes, start, to, next);
  return following < 0 ? to : following - next.length - 1;
}

function lastIndexOf(bytes: Uint8Array, from: number, to: number, word: Uint8Array): number {
  for (let at = to - word.length; at >= from; at--) {
    let i = 0;
    while (i < word.length && bytes[at + i] === word[i]) i++;
    if (i === word.length) return at;
  }
  return -1;
}

function priorityOf(value: number): number {
  return Number.isNaN(value) ? NO_PRIORITY : value;
}

function cpuOf(value: number): number {
  return value >= 0 && value < NO_CPU ? value : NO_CPU;
}

export const schedReaders: readonly (readonly [string, EventReader])[] = [
  ['sched_switch', readSwitch],
  ['sched_wakeup', readWakeup(0)],
  ['sched_waking', readWakeup(1)],
  ['sched_wakeup_new', readWakeup(2)],
  ['sched_migrate_task', readMigration],
  ['sched_process_fork', readFork],
  ['task_newtask', readNewTask],
  ['sched_process_exec', readExec],
  ['sched_process_exit', readExit],
  ['task_rename', readRename],
  ['sched_blocked_reason', readBlockedReason],
];
