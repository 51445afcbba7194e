import type { DiskModel } from '../../../../model/simulation.ts';
import type { Device, DeviceHost } from '../device.ts';
import { createFifo, push, remove } from '../fifo.ts';
import { createGeometry } from './geometry.ts';

/**
 * A disk: one head, served in order of arrival, or the request it reaches first (`reorders`) among the oldest
 * `queueDepth`; one that has waited too long goes first. `phase` is where the platter stands at 0, in turns.
 */
export function createDisk(model: DiskModel, host: DeviceHost, phase = 0): Device {
  const { requests } = host;
  const geometry = createGeometry(model, phase);
  const longestWait = longestWaitOf(model) * 1000;
  const overhead = model.overhead * 1000;
  const waiting = createFifo();
  let serving = -1;
  let head = 0;
  /** What is read ahead: from where, since when, and up to where the disk goes on without being asked. Bytes, ns. */
  let aheadFrom = 0;
  let aheadTo = 0;
  let aheadSince = 0;
  /** End of the last service, ns; nothing goes on from before the first. */
  let ended = -1;
  /** Where the last service began, bytes. */
  let started = 0;
  let busy = 0;

  const position = (row: number): number => (requests.sector[row] as number) * 512;
  const length = (row: number): number => (requests.sectors[row] as number) * 512;
  /** When what is read ahead reaches this byte. */
  const passes = (byte: number): number => aheadSince + geometry.transfer(aheadFrom, byte - aheadFrom);
  /**
   * Time (ns) to serve a read from what is read ahead, -1 when it is not there. One the head is just about to read counts
   * as there: it waits for the media, not for a turn.
   */
  const fromAhead = (from: number, to: number, now: number): number => {
    if (aheadTo === aheadFrom || from < aheadFrom || from > aheadTo) return -1;
    if (passes(from) > now + overhead) return -1;
    const reading = passes(aheadTo) >= now;
    if (to > aheadTo && !reading) return -1;
    // The head goes on to as far ahead of this as it was of the last.
    if (reading) aheadTo = Math.max(aheadTo, Math.min(to + model.readAhead, model.bytes));
    return Math.max(overhead + (to - from) / (model.interfaceRate / 1000), passes(to) - now);
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
    const oldest = waiting.head;
    if (!model.reorders || oldest < 0) return oldest;
    if (now - (requests.issued[oldest] as number) > longestWait) return oldest;
    let best = oldest;
    let least = Number.POSITIVE_INFINITY;
    let seen = 0;
    for (let row = oldest; row >= 0 && seen < model.queueDepth; row = requests.next[row] as number) {
      seen++;
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
    const read = requests.write[row] === 0;
    let time = read ? fromAhead(from, from + bytes, now) : -1;
    if (time < 0) {
      time = access(row, now) + geometry.transfer(from, bytes);
      head = from + bytes;
      started = from;
      aheadFrom = head;
      aheadTo = read ? Math.min(head + model.readAhead, model.bytes) : head;
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
      return row;
    },
    busy: () => busy,
  };
}

/**
 * µs after which a disk that reorders takes a request first. Drives keep their rule to themselves; unless it is said,
 * the wait that a full queue served in order has at most, so that reordering never makes it much worse than that.
 */
export function longestWaitOf(model: DiskModel): number {
  if (model.longestWait !== undefined) return model.longestWait;
  const turn = 60e6 / model.rotationsPerMinute;
  return model.queueDepth * (model.overhead + model.fullSeek + model.writeSettle + turn);
}
