import { PREEMPTED, type TaskState, taskStateId } from '../../../model/sched-tables.ts';
import { evaluate } from './constant.ts';

/**
 * How sched_switch's own print format decodes prev_state: `__print_flags(… & mask, "|", { 1, "S" } …)`
 * and, for preempted, `& 1024 ? "+" : ""`. Undefined when the format is written some other way.
 */
export function stateLetters(printFormat: string): ((bits: number) => number) | undefined {
  const pairs = [...printFormat.matchAll(/\{\s*([^,{}]+?)\s*,\s*"([A-Za-z])"\s*\}/g)].flatMap(
    ([, value, letter]) => {
      const bits = evaluate(value ?? '');
      return bits === undefined || letter === undefined ? [] : [{ bits, letter }];
    },
  );
  if (!pairs.some(({ letter }) => letter === 'D')) return undefined;
  const plus = /&\s*([^&?]+?)\s*\?\s*"\+"/.exec(printFormat)?.[1];
  const preempted = plus === undefined ? 0 : (evaluate(plus) ?? 0);
  return (bits) => {
    const flag = preempted !== 0 && (bits & preempted) !== 0 ? PREEMPTED : 0;
    const own = bits & ~preempted;
    const set = pairs
      .filter((pair) => pair.bits !== 0 && (own & pair.bits) === pair.bits)
      .map(({ letter }) => letter);
    // An idle kernel thread of 4.2 to 4.13 is D with N; others with several bits are what the first says.
    if (set.includes('D') && set.includes('N')) return taskStateId.I;
    const letter = set.find((each) => each !== 'K' && each !== 'W');
    const state = letter === 'x' ? 'X' : letter;
    return (state === undefined ? taskStateId.R : (taskStateId[state as TaskState] ?? 0)) | flag;
  };
}
