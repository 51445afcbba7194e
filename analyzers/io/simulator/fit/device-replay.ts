import type { DeviceModel } from '../../../../model/simulation.ts';
import { createDevice } from '../device.ts';
import { createEventQueue, dropFirst, schedule } from '../event-queue.ts';
import { createRequests, takeRequest } from '../requests.ts';

/** Requests as the driver got them, in the order of their issue: columns of equal length. */
export interface IssuedRequests {
  /** ns. */
  readonly issue: Float64Array;
  /** ns from issue to completion, as measured. */
  readonly latency: Float64Array;
  readonly sector: Float64Array;
  readonly sectors: Int32Array;
  readonly write: Uint8Array;
}

/** How far a model is from a drive: root mean square distance of the two latency curves, over the mean measured. */
export interface Demerit {
  readonly read: number;
  readonly write: number;
  /** Both, by the number of requests; NaN without any. */
  readonly all: number;
  readonly reads: number;
  readonly writes: number;
}

const ISSUE = 0;
const DONE = 1;

/**
 * Latencies (ns) a modelled device gives captured requests. A disk serves one at a time, so each begins when it was
 * issued and the one before was done, as captured: else what a model is too slow would add up from request to
 * request, which in the loop it is taken from it does not. Flash serves many; there requests come when they came.
 */
export function replayCaptured(model: DeviceModel, issued: IssuedRequests): Float64Array {
  return model.kind === 'disk' ? replayServices(model, issued) : replayOpenLoop(model, issued);
}

function replayServices(model: DeviceModel, { issue, latency, ...issued }: IssuedRequests): Float64Array {
  const end = issue.map((time, i) => time + (latency[i] as number));
  // A device that reorders serves in the order of completions.
  const order = Uint32Array.from(issue, (_, i) => i).sort(
    (a, b) => (end[a] as number) - (end[b] as number) || a - b,
  );
  const requests = createRequests(1);
  const row = takeRequest(requests);
  let now = 0;
  let finished = 0;
  const device = createDevice(model, {
    requests,
    now: () => now,
    finishAt: (_, time) => {
      finished = time;
    },
  });
  const modelled = new Float64Array(issue.length);
  const reply = model.reply * 1000;
  let free = 0;
  for (const i of order) {
    now = Math.max(issue[i] as number, free);
    requests.sector[row] = issued.sector[i] as number;
    requests.sectors[row] = issued.sectors[i] as number;
    requests.write[row] = issued.write[i] as number;
    device.submit(row);
    device.finished(row);
    modelled[i] = finished + reply - (issue[i] as number);
    free = Math.max(free, (end[i] as number) - reply);
  }
  return modelled;
}

/** Latencies (ns) when requests are issued at their times, whatever became of those before. */
export function replayOpenLoop(model: DeviceModel, issued: IssuedRequests): Float64Array {
  const count = issued.issue.length;
  const latency = new Float64Array(count);
  const requests = createRequests(count);
  const queue = createEventQueue();
  const indexOf = new Int32Array(count);
  let now = 0;
  const device = createDevice(model, {
    requests,
    now: () => now,
    finishAt: (row, time) => schedule(queue, time, DONE, row),
  });
  if (count > 0) schedule(queue, issued.issue[0] as number, ISSUE, 0);
  while (queue.length > 0) {
    const [kind, subject] = [queue.kind[0], queue.subject[0] as number];
    now = queue.time[0] as number;
    dropFirst(queue);
    if (kind === DONE) {
      const done = device.finished(subject);
      if (done < 0) continue;
      const index = indexOf[done] as number;
      latency[index] = now - (issued.issue[index] as number) + model.reply * 1000;
      continue;
    }
    const row = takeRequest(requests);
    indexOf[row] = subject;
    requests.sector[row] = issued.sector[subject] as number;
    requests.sectors[row] = issued.sectors[subject] as number;
    requests.write[row] = issued.write[subject] as number;
    requests.issued[row] = now;
    if (subject + 1 < count) schedule(queue, issued.issue[subject + 1] as number, ISSUE, subject + 1);
    device.submit(row);
  }
  return latency;
}

/**
 * The demerit figure of a model (Ruemmler & Wilkes, An introduction to disk drive modeling, IEEE Computer 1994):
 * root mean square of the horizontal distance between the distribution curves of modelled and measured
 * response times, as a share of the measured mean. 0 is perfect.
 */
export function demeritOf(model: DeviceModel, issued: IssuedRequests): Demerit {
  const modelled = replayCaptured(model, issued);
  const of = (write: 0 | 1): { figure: number; count: number } => {
    const pick = (from: Float64Array): Float64Array =>
      from.filter((_, i) => issued.write[i] === write).sort();
    const [a, b] = [pick(modelled), pick(issued.latency)];
    if (a.length === 0) return { figure: Number.NaN, count: 0 };
    let [squares, sum] = [0, 0];
    for (let i = 0; i < a.length; i++) {
      squares += ((a[i] as number) - (b[i] as number)) ** 2;
      sum += b[i] as number;
    }
    return { figure: Math.sqrt(squares / a.length) / (sum / a.length), count: a.length };
  };
  const [read, write] = [of(0), of(1)];
  const weighted = (each: typeof read): number => (each.count === 0 ? 0 : each.figure * each.count);
  return {
    read: read.figure,
    write: write.figure,
    all: (weighted(read) + weighted(write)) / (read.count + write.count),
    reads: read.count,
    writes: write.count,
  };
}

/** Requests [from, to) of the columns. */
export function sliceIssued(issued: IssuedRequests, from: number, to: number): IssuedRequests {
  return {
    issue: issued.issue.subarray(from, to),
    latency: issued.latency.subarray(from, to),
    sector: issued.sector.subarray(from, to),
    sectors: issued.sectors.subarray(from, to),
    write: issued.write.subarray(from, to),
  };
}
