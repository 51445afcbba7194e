import { PREEMPTED, type TaskState, taskStateId } from '../../../model/sched-tables.ts';
import { isDigit } from '../../bytes.ts';
import { numberAt } from './fields.ts';

const letters: Record<string, TaskState> = {
  R: 'R',
  S: 'S',
  D: 'D',
  T: 'T',
  t: 't',
  X: 'X',
  x: 'X',
  Z: 'Z',
  P: 'P',
  I: 'I',
  // Alone these are R on kernels before 4.14: wake-kill, waking.
  K: 'R',
  W: 'R',
};

/**
 * State code of `prev_state`: a letter with `+` for preempted, letters joined by `|` (kernels
 * before 4.14), or the bits as a number. Sources: include/trace/events/sched.h of 2.6.32, 3.10,
 * 4.4, 4.14, 5.14 and 6.1.
 */
export function stateAt(bytes: Uint8Array, at: number, to: number): number {
  const first = bytes[at] as number;
  if (isDigit(first)) {
    // options/fields prints `0x1 (1)`; the number comes first either way.
    return stateOfBits(numberAt(bytes, at, to));
  }
  let letter = letters[String.fromCharCode(first)] ?? '?';
  let code = taskStateId[letter];
  let end = at + 1;
  while (end < to && bytes[end] === 124) {
    const next = String.fromCharCode(bytes[end + 1] as number);
    // `D|N` (4.2 to 4.13) and `D|NOLOAD`: an idle kernel thread, which load does not count.
    if (letter === 'D' && next === 'N') code = taskStateId.I;
    if (letter === 'R') {
      letter = letters[next] ?? letter;
      code = taskStateId[letter];
    }
    end += 2;
  }
  return bytes[end] === 43 ? code | PREEMPTED : code;
}

/**
 * State code of the bits printed raw. The low bits never moved (1 S, 2 D, 4 T, 8 t, 16 and 32 X or
 * Z); above them each kernel has its own bit for preempted (256 to 4096), set only when the task
 * was running. 1024 beside D is TASK_NOLOAD; 128 alone is I (since 4.14).
 */
export function stateOfBits(bits: number): number {
  if (!(bits >= 0)) return taskStateId['?'];
  if (bits === 0) return taskStateId.R;
  if ((bits & 2) !== 0) return (bits & 0x480) === 0x400 || bits === 0x402 ? taskStateId.I : taskStateId.D;
  if ((bits & 1) !== 0) return taskStateId.S;
  if ((bits & 4) !== 0) return taskStateId.T;
  if ((bits & 8) !== 0) return taskStateId.t;
  if ((bits & 0x30) !== 0) return (bits & 0x20) !== 0 ? taskStateId.Z : taskStateId.X;
  if (bits === 64) return taskStateId.X;
  if (bits === 128) return taskStateId.I;
  return taskStateId.R | PREEMPTED;
}
