import { decodeString } from '../../model/strings.ts';
import type { Context } from '../context.ts';
import { functions } from './functions.ts';

/** Frames that say an idle CPU was doing real work: an interrupt, a softirq, an exception. */
const interruptFrame =
  /^(?:asm_)?(?:common_interrupt|sysvec_|exc_|call_function_)|_interrupt$|softirq|^(?:handle_)?irq_|_irq_handler|^el1h?_\w*irq/;

/** 1 for every thread that is an idle task (pid 0, one per CPU). */
export function idleThreads({ trace }: Context): Uint8Array {
  const { threads } = trace.tables;
  const { pid, tid, comm } = threads.columns;
  return Uint8Array.from({ length: threads.length }, (_, row) => {
    if (row === 0) return 0;
    const name = decodeString(trace.strings, comm[row] as number);
    return /^swapper(?:[/_]\d+)?$/.test(name) && (pid[row] as number) <= 0 && (tid[row] as number) <= 0
      ? 1
      : 0;
  });
}

/** 1 for every stack that holds an interrupt: an idle task with such a stack is not idle. */
function interruptStacks(context: Context): Uint8Array {
  const { stacks } = context.trace.tables;
  const { ofFrame, rows } = context.derive(functions);
  const isInterrupt = rows.map(({ name }) => interruptFrame.test(name));
  const flags = new Uint8Array(stacks.length);
  for (let row = 1; row < stacks.length; row++) {
    const inherited = flags[stacks.columns.parent[row] as number] === 1;
    const own = isInterrupt[ofFrame[stacks.columns.frame[row] as number] as number];
    flags[row] = inherited || own ? 1 : 0;
  }
  return flags;
}

/** 1 for every sample of a CPU with nothing to do: an idle task outside interrupts. */
export function idleSamples(context: Context): Uint8Array {
  const { samples } = context.trace.tables;
  const idle = context.derive(idleThreads);
  const flags = new Uint8Array(samples.length);
  if (!idle.includes(1)) return flags;
  const interrupts = context.derive(interruptStacks);
  const { thread, stack } = samples.columns;
  for (let row = 0; row < samples.length; row++) {
    flags[row] = idle[thread[row] as number] === 1 && interrupts[stack[row] as number] === 0 ? 1 : 0;
  }
  return flags;
}
