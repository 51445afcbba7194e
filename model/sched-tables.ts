import { defineTable } from './table.ts';

const source = {
  kind: 'u16',
  about: 'index into imports: the file it came from',
} as const;
const time = { kind: 'f64', about: "ns of the run's clock, exact below 2^53" } as const;

/** States of a task, as `prev_state` and `/proc` name them; the ids are part of the table format. */
export const taskStates = ['?', 'R', 'S', 'D', 'T', 't', 'X', 'Z', 'P', 'I'] as const;
export type TaskState = (typeof taskStates)[number];
export const taskStateId = {
  '?': 0,
  R: 1,
  S: 2,
  D: 3,
  T: 4,
  t: 5,
  X: 6,
  Z: 7,
  P: 8,
  I: 9,
} as const satisfies Record<TaskState, number>;
/** Added to `R` when the task did not give up the CPU itself (`R+`). */
export const PREEMPTED = 0x80;

export const switches = defineTable(
  'switches',
  'One row per context switch seen: prev leaves the CPU, next gets it.',
  {
    time,
    cpu: { kind: 'u16', about: 'CPU on which it happened' },
    prev: { kind: 'u32', of: 'threads', about: 'thread that leaves, under its name of that moment' },
    prevState: {
      kind: 'u8',
      about:
        'what it becomes: index into taskStates (R runnable, S sleeping, D uninterruptible …), + 128 = preempted',
    },
    prevPriority: { kind: 'i16', about: 'kernel priority, 0..139, 120 = nice 0; −2 = not recorded' },
    next: { kind: 'u32', of: 'threads', about: 'thread that runs from now on' },
    nextPriority: { kind: 'i16', about: 'kernel priority of next; −2 = not recorded' },
    stack: {
      kind: 'u32',
      of: 'stacks',
      about: 'where prev was; null row = not recorded, or recorded as a row of samples of its own',
    },
    source,
  },
);

/** What sort of wake-up an event tells of. `waking` is sent by the waker, `wakeup` when the task is queued. */
export const wakeupKinds = ['wakeup', 'waking', 'new'] as const;

export const wakeups = defineTable(
  'wakeups',
  'One row per wake-up event: a thread is made runnable by whoever ran on this CPU.',
  {
    time,
    cpu: { kind: 'u16', about: 'CPU of the waker' },
    waker: {
      kind: 'u32',
      of: 'threads',
      about: 'thread that ran; in an interrupt it is only the one interrupted',
    },
    wakee: { kind: 'u32', of: 'threads', about: 'thread made runnable' },
    priority: { kind: 'i16', about: 'kernel priority of the wakee; −2 = not recorded' },
    targetCpu: { kind: 'u16', about: 'CPU it is queued on; 65535 = not recorded' },
    kind: { kind: 'u8', about: '0 sched_wakeup, 1 sched_waking, 2 sched_wakeup_new' },
    inInterrupt: {
      kind: 'u8',
      about: '1 = sent from a hard or soft interrupt, by the latency flags; 0 = not, or not recorded',
    },
    stack: { kind: 'u32', of: 'stacks', about: 'where the waker was; null row = not recorded' },
    source,
  },
);

export const migrations = defineTable('migrations', 'One row per sched_migrate_task: a thread changes CPU.', {
  time,
  thread: { kind: 'u32', of: 'threads', about: 'thread that is moved' },
  from: { kind: 'u16', about: 'CPU it leaves' },
  to: { kind: 'u16', about: 'CPU it goes to' },
  source,
});

export const lifecycleKinds = ['fork', 'exec', 'exit', 'rename'] as const;

export const lifecycle = defineTable('lifecycle', 'Births, deaths and new names of threads.', {
  time,
  kind: { kind: 'u8', about: '0 fork, 1 exec, 2 exit, 3 rename' },
  thread: { kind: 'u32', of: 'threads', about: 'thread that did it; for a rename, under its new name' },
  other: {
    kind: 'u32',
    of: 'threads',
    about: 'fork: the child; rename: the thread under its old name; else the null row',
  },
  source,
});

export const blockedReasons = defineTable(
  'blockedReasons',
  'One row per sched_blocked_reason (Android kernels): why a thread that was just woken had been blocked.',
  {
    time,
    thread: { kind: 'u32', of: 'threads', about: 'thread that was blocked' },
    ioWait: { kind: 'u8', about: '1 = it waited in io_schedule' },
    caller: { kind: 'u32', of: 'frames', about: 'kernel function that blocked, wchan' },
    source,
  },
);

export const taskSamples = defineTable(
  'taskSamples',
  'Threads as a sampler found them: /proc walks, ps, hung-task reports. The null thread marks a look that found none.',
  {
    time,
    thread: { kind: 'u32', of: 'threads', about: 'thread seen' },
    state: { kind: 'u8', about: 'index into taskStates' },
    wchan: { kind: 'u32', of: 'strings', about: 'kernel function it waits in; null row = not recorded' },
    cgroup: { kind: 'u32', of: 'strings', about: 'line of /proc/PID/cgroup; null row = not recorded' },
    stack: { kind: 'u32', of: 'stacks', about: 'kernel stack; null row = not recorded' },
    hungSeconds: {
      kind: 'f64',
      about: 'seconds a hung-task report says it was blocked; 0 = an ordinary sample',
    },
    source,
  },
);

/**
 * `function`: an entry with its caller. `call`: a leaf, entry and exit in one. `task change`: from
 * here on the CPU runs `thread`. `lost`: events of the CPU are missing before the next row.
 */
export const callKinds = ['function', 'entry', 'exit', 'call', 'task change', 'lost'] as const;
export const callKindId = {
  function: 0,
  entry: 1,
  exit: 2,
  call: 3,
  'task change': 4,
  lost: 5,
} as const satisfies Record<(typeof callKinds)[number], number>;
/** `calls.depth` when it is not known. */
export const NO_DEPTH = 0xffff;

export const calls = defineTable('calls', 'One row per line of the function and function_graph tracers.', {
  time: { kind: 'f64', about: "ns of the run's clock; NaN = the tracer printed none" },
  cpu: { kind: 'u16', about: 'CPU; 65535 = not recorded' },
  thread: { kind: 'u32', of: 'threads', about: 'thread; null row = not recorded' },
  kind: {
    kind: 'u8',
    about: 'index into callKinds: function, entry, exit, call, task change, lost',
  },
  frame: { kind: 'u32', of: 'frames', about: 'function; null row at an exit = not printed' },
  caller: { kind: 'u32', of: 'frames', about: 'function tracer: who called it; else the null row' },
  depth: { kind: 'u16', about: 'nesting, outermost 0; 65535 = not known' },
  duration: { kind: 'f64', about: 'ns inside the function and what it called; NaN = not printed' },
  source,
});
