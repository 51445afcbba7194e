import type { SsdModel } from '../../../../model/simulation.ts';
import type { Device, DeviceHost } from '../device.ts';

/**
 * Flash as a k-server queue: every channel serves one page operation at a time; writes end when they are in
 * the write buffer, and wait for room when that is full. Good for what a scheduler does to queues; it knows
 * nothing of garbage collection or mapping caches.
 */
export function createSsd(model: SsdModel, host: DeviceHost): Device {
  const { requests } = host;
  /** ns at which each channel, and the interface, are free again. */
  const channelFree = new Float64Array(model.channels);
  let interfaceFree = 0;
  /** Programmes on their way to flash: when each leaves room in the buffer, oldest first. */
  const slots = Math.max(1, Math.floor(model.writeBuffer / model.pageBytes));
  const leaves = new Float64Array(slots);
  let slot = 0;
  let inFlight = 0;
  let busySince = 0;
  let busy = 0;
  const overhead = model.overhead * 1000;
  const channelPage = model.pageBytes / (model.channelRate / 1000);
  const interfacePage = model.pageBytes / (model.interfaceRate / 1000);

  const onChannel = (byte: number, from: number, time: number): number => {
    const channel = Math.floor(byte / model.stripe) % model.channels;
    const end = Math.max(from, channelFree[channel] as number) + time + channelPage;
    channelFree[channel] = end;
    return end;
  };
  return {
    rotational: false,
    submit: (row) => {
      const now = host.now();
      if (inFlight++ === 0) busySince = now;
      const write = requests.write[row] === 1;
      const from = (requests.sector[row] as number) * 512;
      const to = from + (requests.sectors[row] as number) * 512;
      let done = now + overhead;
      const firstPage = Math.floor(from / model.pageBytes) * model.pageBytes;
      for (let page = firstPage; page < to; page += model.pageBytes) {
        if (write) {
          const room = Math.max(now + overhead, leaves[slot] as number);
          interfaceFree = Math.max(interfaceFree, room) + interfacePage;
          leaves[slot] = onChannel(page, interfaceFree, model.programPage * 1000);
          slot = (slot + 1) % slots;
          done = Math.max(done, interfaceFree + model.bufferedWrite * 1000);
        } else {
          interfaceFree =
            Math.max(interfaceFree, onChannel(page, now + overhead, model.readPage * 1000)) + interfacePage;
          done = Math.max(done, interfaceFree);
        }
      }
      host.finishAt(row, done);
    },
    finished: (row) => {
      if (--inFlight === 0) busy += host.now() - busySince;
      return row;
    },
    busy: () => busy,
  };
}
