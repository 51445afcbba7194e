import { blockPhaseId } from '../../../model/io-tables.ts';
import type { Context } from '../../context.ts';
import { BIO_ONLY, firstSeen } from './request-table.ts';
import { requestModel } from './requests.ts';

/** Where a request was, one after the other; they add up to its latency. */
export const waitParts = ['tag', 'plug', 'scheduler', 'device'] as const;
export type WaitPart = (typeof waitParts)[number];

/** ns each completed request spent in each part, in the order of `completed`; NaN where its ends were not recorded. */
export interface WaitTimes {
  readonly tag: Float64Array;
  readonly plug: Float64Array;
  readonly scheduler: Float64Array;
  readonly device: Float64Array;
  /** From the first thing seen to the completion. */
  readonly latency: Float64Array;
  /** Every request of the used recordings is seen from its queueing on. */
  readonly fromQueue: boolean;
}

/**
 * tag: queue → getrq. plug: getrq → insert, or → issue for requests that go to the driver
 * directly. scheduler: insert → issue. device: issue → complete.
 */
export function waitTimes(context: Context): WaitTimes {
  const { requests, completed, phases } = context.derive(requestModel);
  const { queue, getrq, insert, issue, complete, state } = requests.columns;
  const column = (): Float64Array => new Float64Array(completed.length).fill(Number.NaN);
  const times = { tag: column(), plug: column(), scheduler: column(), device: column(), latency: column() };
  const seesInsert = (phases & (1 << blockPhaseId.insert)) !== 0;
  const seesGetrq = (phases & (1 << blockPhaseId.getrq)) !== 0;
  completed.forEach((row, i) => {
    times.latency[i] = (complete[row] as number) - firstSeen(requests.columns, row);
    if (((state[row] as number) & BIO_ONLY) !== 0) {
      times.device[i] = times.latency[i] as number;
      for (const part of ['tag', 'plug', 'scheduler'] as const) times[part][i] = 0;
      return;
    }
    const inserted = !Number.isNaN(insert[row] as number);
    times.tag[i] = (getrq[row] as number) - (queue[row] as number);
    times.plug[i] = (inserted ? (insert[row] as number) : (issue[row] as number)) - (getrq[row] as number);
    // A request nobody inserted never was with the scheduler, if insertions were recorded at all.
    times.scheduler[i] = inserted
      ? (issue[row] as number) - (insert[row] as number)
      : seesInsert || seesGetrq
        ? 0
        : Number.NaN;
    times.device[i] = (complete[row] as number) - (issue[row] as number);
  });
  return { ...times, fromQueue: (phases & (1 << blockPhaseId.queue)) !== 0 };
}

/** Parts any completed request tells. */
export function knownParts(context: Context): readonly WaitPart[] {
  const times = context.derive(waitTimes);
  return waitParts.filter((part) => times[part].some((time) => !Number.isNaN(time)));
}

/** Those of these requests that tell every known part: of others an event was lost, and shares of them would be wrong. */
export function wholeRequests(context: Context, at: Uint32Array): Uint32Array {
  const times = context.derive(waitTimes);
  const parts = context.derive(knownParts);
  return at.filter((i) => parts.every((part) => !Number.isNaN(times[part][i] as number)));
}
