import type { DiskModel } from '../../../../model/simulation.ts';
import type { Device, DeviceHost } from '../device.ts';
import { createFifo, push, remove } from '../fifo.ts';
import { createGeometry } from './geometry.ts';

/** A disk: one head, served in order of arrival, or the request it reaches first (`reorders`). */
export function createDisk(model: DiskModel, host: DeviceHost): Device {
  const { requests } = host;
  const geometry = createGeometry(model);
  const overhead = model.overhead * 1000;
  const waiting = createFifo();
  let serving = -1;
  let head = 0;
  /** What the read-ahead buffer holds, bytes; the disk goes on reading from `aheadSince` on until it is full. */
  let aheadFrom = 0;
  let aheadTo = 0;
  let aheadSince = 0;
  /** End of the last service, ns. */
  let ended = 0;
  /** Where the last service began, bytes. */
  let started = 0;
  let busy = 0;

  const position = (row: number): number => (requests.sector[row] as number) * 512;
  const length = (row: number): number => (requests.sectors[row] as number) * 512;
  /** Media bytes in the buffer at `now`. */
  const filledTo = (now: number): number => {
    if (aheadTo === aheadFrom) return aheadTo;
    const rate = 1 / geometry.transfer(aheadFrom, 1);
    return Math.min(aheadTo, aheadFrom + (now - aheadSince) * rate);
  };
  /** Until the first sector is under the head. What follows at once on the
   * same track loses no turn; behind a boundary between tracks the skew leaves time for the overhead. */
  const access = (row: number, now: number): number => {
    const from = position(row);
    const seek = geometry.seek(head, from, requests.write[row] === 1);
    const goesOn = from === head && now === ended && geometry.sameTrack(started, from);
    return overhead + seek + (goesOn ? 0 : geometry.rotation(from, now + overhead + seek));
  };
  /** Takes the request the head reaches first. */
  const choose = (now: number): number => {
    if (!model.reorders) return waiting.head;
    let best = waiting.head;
    let least = Number.POSITIVE_INFINITY;
    for (let row = waiting.head; row >= 0; row = requests.next[row] as number) {
      const time = access(row, now);
      if (time < least) {
        least = time;
        best = row;
      }
    }
    return best;
  };
  const serve = (): void => {
    const row = choose(host.now());
    if (row < 0) return;
    remove(waiting, requests, row);
    serving = row;
    const now = host.now();
    const [from, bytes] = [position(row), length(row)];
    let time: number;
    if (requests.write[row] === 0 && from >= aheadFrom && from + bytes <= filledTo(now)) {
      time = overhead + bytes / (model.interfaceRate / 1000);
    } else {
      time = access(row, now) + geometry.transfer(from, bytes);
      head = from + bytes;
      started = from;
      const ahead = requests.write[row] === 0 ? Math.min(model.readAhead, model.bytes - head) : 0;
      aheadFrom = head;
      aheadTo = head + ahead;
      aheadSince = now + time;
    }
    busy += time;
    ended = now + time;
    host.finishAt(row, now + time);
  };
  return {
    rotational: true,
    submit: (row) => {
      push(waiting, requests, row);
      if (serving < 0) serve();
    },
    finished: (row) => {
      if (row === serving) serving = -1;
      serve();
    },
    busy: () => busy,
  };
}
