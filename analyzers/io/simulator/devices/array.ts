import type { ArrayModel } from '../../../../model/simulation.ts';
import type { Device, DeviceHost } from '../device.ts';
import { createFifo, push, shift } from '../fifo.ts';
import { createRequests, giveBackRequest, type Requests, takeRequest } from '../requests.ts';
import { createDisk } from './disk.ts';

/** Turns of the spindles are spread by this share of one from each to the next: the golden ratio, so none coincide. */
const PHASE = 0.618033988749895;

/**
 * Disks behind one queue, striped (RAID 0). A request goes to every disk its bytes lie on, as one part for each: what
 * lies on a disk is in one piece, however many stripes it spans. It is done when all parts are done and its bytes have
 * passed the link to the host, which takes them while disks work on it, one request after the other.
 *
 *     request   ▕ 0 ▏ 1 ▏ 2 ▏ 3 ▏ 4 ▕        stripes
 *     disk 0    ▕ 0 ▏ 3 ▕                     one part
 *     disk 1        ▕ 1 ▏ 4 ▕
 *     disk 2            ▕ 2 ▕
 */
export function createArray(model: ArrayModel, host: DeviceHost): Device {
  const { requests } = host;
  const { spindles, stripe } = model;
  const parts: Requests = createRequests(model.queueDepth * spindles);
  /** Of a part: the row it belongs to. Of a row: parts not done. */
  const rowOf = new Int32Array(parts.capacity);
  const spindleOf = new Int32Array(parts.capacity);
  const partsLeft = new Int32Array(requests.capacity);
  const begun = new Float64Array(requests.capacity);
  /** Beyond what it takes at once; the block layer gives it no more than that. */
  const waiting = createFifo();
  let linkFree = 0;
  let inFlight = 0;
  let busySince = 0;
  let busy = 0;

  const disks = Array.from({ length: spindles }, (_, spindle) =>
    createDisk(
      model.disk,
      {
        requests: parts,
        now: host.now,
        // Parts are told from requests by standing behind them.
        finishAt: (part, time) => host.finishAt(requests.capacity + part, time),
      },
      (spindle * PHASE) % 1,
    ),
  );
  /** Where byte `at` of the array lies on its disk. */
  const onDisk = (at: number): number => {
    const chunk = Math.floor(at / stripe);
    return Math.floor(chunk / spindles) * stripe + (at - chunk * stripe);
  };
  const submitPart = (row: number, spindle: number, from: number, bytes: number): void => {
    const part = takeRequest(parts);
    parts.sector[part] = from / 512;
    parts.sectors[part] = bytes / 512;
    parts.write[part] = requests.write[row] as number;
    parts.issued[part] = host.now();
    rowOf[part] = row;
    spindleOf[part] = spindle;
    disks[spindle]?.submit(part);
  };
  const begin = (row: number): void => {
    begun[row] = host.now();
    if (inFlight++ === 0) busySince = host.now();
    const from = (requests.sector[row] as number) * 512;
    const to = from + (requests.sectors[row] as number) * 512;
    const first = Math.floor(from / stripe);
    const last = Math.floor((to - 1) / stripe);
    const touched = Math.min(spindles, last - first + 1);
    partsLeft[row] = touched;
    for (let i = 0; i < touched; i++) {
      const chunk = first + i;
      // The last chunk of the request that lies on the same disk.
      const lastChunk = chunk + Math.floor((last - chunk) / spindles) * spindles;
      const start = onDisk(Math.max(from, chunk * stripe));
      const end = onDisk(Math.min(to, (lastChunk + 1) * stripe) - 1) + 1;
      submitPart(row, chunk % spindles, start, end - start);
    }
  };
  return {
    rotational: true,
    submit: (row) => {
      if (inFlight < model.queueDepth) begin(row);
      else push(waiting, requests, row);
    },
    finished: (subject) => {
      if (subject >= requests.capacity) {
        const part = subject - requests.capacity;
        const row = rowOf[part] as number;
        giveBackRequest(parts, part);
        disks[spindleOf[part] as number]?.finished(part);
        partsLeft[row] = (partsLeft[row] as number) - 1;
        if ((partsLeft[row] as number) > 0) return -1;
        const now = host.now();
        const transfer = ((requests.sectors[row] as number) * 512) / (model.interfaceRate / 1000);
        linkFree = Math.max(now, Math.max(linkFree, begun[row] as number) + transfer);
        if (linkFree > now) {
          host.finishAt(row, linkFree);
          return -1;
        }
        return ended(row);
      }
      return ended(subject);
    },
    busy: () => busy,
  };

  function ended(row: number): number {
    if (--inFlight === 0) busy += host.now() - busySince;
    const next = shift(waiting, requests);
    if (next >= 0) begin(next);
    return row;
  }
}
