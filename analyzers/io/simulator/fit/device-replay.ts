import type { DeviceModel } from '../../../../model/simulation.ts';
import { createDevice } from '../device.ts';
import { createRequests, takeRequest } from '../requests.ts';
import { type IssuedRequests, inOrderOfEnds } from './issued-requests.ts';
import { replayLoops } from './replay-loops.ts';

/** How far a model is from a drive: root mean square distance of the two latency curves, over the mean measured. */
export interface Demerit {
  readonly read: number;
  readonly write: number;
  /** Both, by the number of requests; NaN without any. */
  readonly all: number;
  readonly reads: number;
  readonly writes: number;
}

/**
 * Latencies (ns) a modelled device gives captured requests. A disk serves one at a time, so each begins when it was
 * issued and the one before was done, as captured. Flash serves many: there each is issued as long after a completion
 * as it was captured. Issued at fixed times, what a model is too slow would add up from request to request, which in
 * the loop they are taken from it does not.
 */
export function replayCaptured(model: DeviceModel, issued: IssuedRequests): Float64Array {
  return model.kind === 'disk' ? replayServices(model, issued) : replayLoops(model, issued);
}

function replayServices(model: DeviceModel, { issue, latency, ...issued }: IssuedRequests): Float64Array {
  const end = issue.map((time, i) => time + (latency[i] as number));
  const order = inOrderOfEnds({ issue, latency });
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
  let behind = Number.NaN;
  for (const i of order) {
    const start = Math.max(issue[i] as number, free);
    const goesOn = (issue[i] as number) <= free && issued.sector[i] === behind;
    // What waited for the one before and lies behind it loses no time between, however long the model took for that.
    now = goesOn ? finished : start;
    requests.sector[row] = issued.sector[i] as number;
    requests.sectors[row] = issued.sectors[i] as number;
    requests.write[row] = issued.write[i] as number;
    device.submit(row);
    device.finished(row);
    modelled[i] = finished - now + start - (issue[i] as number) + reply;
    behind = (issued.sector[i] as number) + (issued.sectors[i] as number);
    free = Math.max(free, (end[i] as number) - reply);
  }
  return modelled;
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
