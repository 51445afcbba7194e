import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

/** Farthest a stack is written behind its event, ns. */
const BEHIND = 500_000;

/** Stack of each row of wakeups: its own, else that of the `<stack trace>` its tracer wrote behind it on the CPU. */
export function wakeupStacks({ trace }: Context): Uint32Array {
  const { samples, wakeups, switches, threads, events } = trace.tables;
  const stacks = wakeups.columns.stack.slice();
  const stackEvent = events.columns.name.findIndex(
    (name) => decodeString(trace.strings, name) === '<stack trace>',
  );
  if (stackEvent < 0) return stacks;
  const { tid } = threads.columns;
  const open = new Map<number, number>();
  let wake = 0;
  let change = 0;
  for (let sample = 0; sample < samples.length; sample++) {
    if (samples.columns.event[sample] !== stackEvent) continue;
    const at = samples.columns.time[sample] as number;
    while (wake < wakeups.length && (wakeups.columns.time[wake] as number) <= at) {
      open.set(wakeups.columns.cpu[wake] as number, wake++);
    }
    // A switch between the wake-up and the stack takes the stack.
    for (; change < switches.length && (switches.columns.time[change] as number) <= at; change++) {
      const cpu = switches.columns.cpu[change] as number;
      const last = open.get(cpu);
      if (
        last !== undefined &&
        (wakeups.columns.time[last] as number) <= (switches.columns.time[change] as number)
      )
        open.delete(cpu);
    }
    const cpu = samples.columns.cpu[sample] as number;
    const last = open.get(cpu);
    if (last === undefined || at - (wakeups.columns.time[last] as number) > BEHIND) continue;
    if (tid[wakeups.columns.waker[last] as number] !== tid[samples.columns.thread[sample] as number])
      continue;
    if (stacks[last] === 0) stacks[last] = samples.columns.stack[sample] as number;
    open.delete(cpu);
  }
  return stacks;
}
