import type { Context } from '../../context.ts';
import { requestModel } from './requests.ts';

/** Times in which a device had nothing to do although the scheduler held requests. */
export interface IdleGaps {
  /** ns of each gap, in order. */
  readonly gaps: readonly number[];
  /** ns in which the device or the scheduler had a request. */
  readonly busy: number;
}

/** From requests the scheduler was given (insert): between the last completion and the next issue, while one of them waits. */
export function idleGaps(context: Context, device: number): IdleGaps {
  const { requests, completed } = context.derive(requestModel);
  const { insert, issue, complete, device: devices } = requests.columns;
  const steps: { at: number; held: number; issued: number }[] = [];
  for (const row of completed) {
    if (devices[row] !== device) continue;
    const [i, d, c] = [insert[row] as number, issue[row] as number, complete[row] as number];
    if (Number.isNaN(d)) continue;
    if (!Number.isNaN(i)) steps.push({ at: i, held: 1, issued: 0 }, { at: d, held: -1, issued: 1 });
    else steps.push({ at: d, held: 0, issued: 1 });
    steps.push({ at: c, held: 0, issued: -1 });
  }
  steps.sort((a, b) => a.at - b.at);
  const gaps: number[] = [];
  let [held, issued, busy, gap, last] = [0, 0, 0, 0, Number.NaN];
  for (const step of steps) {
    const time = step.at - last;
    if (time > 0) {
      if (held + issued > 0) busy += time;
      if (held > 0 && issued === 0) gap += time;
    }
    last = step.at;
    held += step.held;
    issued += step.issued;
    if (issued > 0 && gap > 0) {
      gaps.push(gap);
      gap = 0;
    }
  }
  return { gaps, busy };
}
