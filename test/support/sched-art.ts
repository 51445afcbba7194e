/**
 * Scheduler traces drawn as text: one line a task, one character a step of time.
 *
 *     A@0: RRRRSSDDDDqRR
 *
 * R runs on the CPU behind the @, q waits for it, S sleeps, D is in uninterruptible sleep, X is dead,
 * `-` is not born yet. The trace is what a kernel would have written of it, as ftrace text.
 */
export interface ArtOptions {
  /** ms a character. */
  readonly step?: number;
  /** Lines to leave out, by what they hold: switches the tracer lost. */
  readonly lose?: (line: string) => boolean;
  /** Kernel functions a task is blocked in when it enters D, innermost first. */
  readonly stacks?: Readonly<Record<string, readonly string[]>>;
  /** Seconds at which the drawing begins. */
  readonly start?: number;
  /** Lines before the first event. */
  readonly head?: string;
}

interface ArtTask {
  readonly name: string;
  readonly tid: number;
  readonly cpu: number;
  readonly states: string;
}

export function parseArt(art: string): ArtTask[] {
  return art
    .split('\n')
    .map((line) => /^\s*(\w+)@(\d+):\s*(\S+)\s*$/.exec(line))
    .filter((found) => found !== null)
    .map(([, name = '', cpu, states = ''], i) => ({ name, tid: 101 + i, cpu: Number(cpu), states }));
}

export function schedArt(art: string, options: ArtOptions = {}): Buffer {
  const { step = 1, lose = () => false, stacks = {}, start = 1000, head = '# tracer: nop\n#\n' } = options;
  const tasks = parseArt(art);
  const length = Math.max(...tasks.map(({ states }) => states.length));
  const cpus = [...new Set(tasks.map(({ cpu }) => cpu))].sort((a, b) => a - b);
  const lines: string[] = [];
  const stamp = (at: number): string => (start + (at * step) / 1000).toFixed(6).padStart(12);
  const runs = (cpu: number, at: number): ArtTask | undefined =>
    tasks.find((task) => task.cpu === cpu && task.states[at] === 'R');
  const by = (task: ArtTask | undefined, cpu: number): string =>
    task === undefined
      ? `${'<idle>'.padStart(16)}-0       [00${cpu}]`
      : `${task.name.padStart(16)}-${String(task.tid).padEnd(7)} [00${cpu}]`;
  const switchLine = (
    cpu: number,
    at: number,
    prev: ArtTask | undefined,
    state: string,
    next: ArtTask | undefined,
  ): string => {
    const of = (which: string, task: ArtTask | undefined): string =>
      `${which}_comm=${task?.name ?? `swapper/${cpu}`} ${which}_pid=${task?.tid ?? 0} ${which}_prio=120`;
    return `${by(prev, cpu)} d..2. ${stamp(at)}: sched_switch: ${of('prev', prev)} prev_state=${state} ==> ${of('next', next)}`;
  };
  // An event at the very beginning and at the end, so that the trace is as long as the drawing.
  const edge = (at: number): string =>
    `${'<idle>'.padStart(16)}-0       [000] d..2. ${stamp(at)}: sched_wakeup: comm=swapper/0 pid=0 prio=120 target_cpu=000`;
  lines.push(edge(0));
  for (let at = 1; at <= length; at++) {
    for (const task of tasks) {
      const [before, now] = [task.states[at - 1] ?? 'X', task.states[at] ?? task.states.at(-1)];
      const kind = 'SD'.includes(before) ? 'sched_wakeup' : 'sched_wakeup_new';
      if (at < length && 'SD-'.includes(before) && (now === 'q' || now === 'R')) {
        const waker = runs(cpus[0] as number, at - 1);
        lines.push(
          `${by(waker, cpus[0] as number)} d..2. ${stamp(at)}: ${kind}: comm=${task.name} pid=${task.tid} prio=120 target_cpu=00${task.cpu}`,
        );
      }
    }
    for (const cpu of cpus) {
      const prev = runs(cpu, at - 1);
      const next = at < length ? runs(cpu, at) : prev;
      if (prev?.name === next?.name) continue;
      const becomes = prev?.states[at] ?? 'R';
      lines.push(switchLine(cpu, at, prev, becomes === 'q' ? 'R+' : becomes, next));
      const stack = prev !== undefined && becomes === 'D' ? stacks[prev.name] : undefined;
      if (stack !== undefined) {
        lines.push(`${by(prev, cpu)} d..2. ${stamp(at)}: <stack trace>`);
        for (const name of [
          'trace_event_raw_event_sched_switch',
          '__traceiter_sched_switch',
          '__schedule',
          'schedule',
          ...stack,
        ]) {
          lines.push(` => ${name}`);
        }
      }
    }
  }
  lines.push(edge(length));
  return Buffer.from(`${head}${lines.filter((line) => !lose(line)).join('\n')}\n`);
}
