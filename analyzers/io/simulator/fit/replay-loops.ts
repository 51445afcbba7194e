import type { DeviceModel } from '../../../../model/simulation.ts';
import { createDevice } from '../device.ts';
import { createEventQueue, dropFirst, schedule } from '../event-queue.ts';
import { createRequests, takeRequest } from '../requests.ts';
import { type IssuedRequests, inOrderOfEnds } from './issued-requests.ts';

const ISSUE = 0;
const DONE = 1;

/**
 * Latencies (ns) when each request is issued as long after the completion it followed as it was captured: the one
 * that was last when it was issued. As many are in flight as were, however fast or slow the model is.
 */
export function replayLoops(model: DeviceModel, issued: IssuedRequests): Float64Array {
  return replayAfter(model, issued, followed(issued));
}

/** Which completion each request followed; -1: none yet. */
function followed({ issue, latency }: IssuedRequests): Int32Array {
  const ends = inOrderOfEnds({ issue, latency });
  const found = new Int32Array(issue.length);
  let done = 0;
  for (let i = 0; i < issue.length; i++) {
    const endOf = (index: number): number => (issue[index] as number) + (latency[index] as number);
    while (done < ends.length && endOf(ends[done] as number) <= (issue[i] as number)) done++;
    found[i] = done === 0 ? -1 : (ends[done - 1] as number);
  }
  return found;
}

/** Latencies (ns) when each request is issued behind the completion of the one `after` names; −1: at its own time. */
export function replayAfter(model: DeviceModel, issued: IssuedRequests, after: Int32Array): Float64Array {
  const { issue } = issued;
  const count = issue.length;
  const latency = new Float64Array(count);
  const began = new Float64Array(count);
  const requests = createRequests(count);
  const queue = createEventQueue();
  const indexOf = new Int32Array(count);
  /** Requests that follow the completion of each: the first, and the one behind each. */
  const firstBehind = new Int32Array(count).fill(-1);
  const nextBehind = new Int32Array(count).fill(-1);
  for (let i = count - 1; i >= 0; i--) {
    const of = after[i] as number;
    if (of < 0) continue;
    nextBehind[i] = firstBehind[of] as number;
    firstBehind[of] = i;
  }
  let now = 0;
  const device = createDevice(model, {
    requests,
    now: () => now,
    finishAt: (row, time) => schedule(queue, time, DONE, row),
  });
  for (let i = 0; i < count; i++) if ((after[i] as number) < 0) schedule(queue, issue[i] as number, ISSUE, i);
  while (queue.length > 0) {
    const [kind, subject] = [queue.kind[0], queue.subject[0] as number];
    now = queue.time[0] as number;
    dropFirst(queue);
    if (kind === DONE) {
      const index = indexOf[subject] as number;
      const told = now + model.reply * 1000;
      latency[index] = told - (began[index] as number);
      device.finished(subject);
      const end = (issue[index] as number) + (issued.latency[index] as number);
      for (let i = firstBehind[index] as number; i >= 0; i = nextBehind[i] as number)
        schedule(queue, told + (issue[i] as number) - end, ISSUE, i);
      continue;
    }
    const row = takeRequest(requests);
    indexOf[row] = subject;
    requests.sector[row] = issued.sector[subject] as number;
    requests.sectors[row] = issued.sectors[subject] as number;
    requests.write[row] = issued.write[subject] as number;
    requests.issued[row] = now;
    began[subject] = now;
    device.submit(row);
  }
  return latency;
}
