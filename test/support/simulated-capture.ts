import type { IssuedRequests } from '../../analyzers/io/simulator/fit/issued-requests.ts';
import { defaultHost } from '../../analyzers/io/simulator/host.ts';
import { simulate, type WatchedRequest } from '../../analyzers/io/simulator/simulate.ts';
import type { DeviceModel, TaskModel } from '../../model/simulation.ts';

const quick = { ...defaultHost, turnaround: 10_000 };

/** One task of random 4 KiB operations on a device nobody shares, under none, on a quick host. */
export function loop(device: DeviceModel, depth: number, of: Partial<TaskModel> = {}): TaskModel {
  return {
    name: 'loop',
    pattern: 'random',
    write: false,
    bytes: 4096,
    offset: 0,
    range: device.bytes,
    depth,
    sync: true,
    buffered: false,
    priorityClass: 2,
    priorityLevel: 4,
    thinkTime: 0,
    start: 0,
    ...of,
  };
}

/** Operations a second of these tasks. */
export function rateOf(device: DeviceModel, tasks: readonly TaskModel[], seed = 1): number {
  const workload = { name: 'loops', duration: 3e8, tasks };
  const outcome = simulate({ workload, device, scheduler: 'none', host: quick, seed });
  return outcome.tasks.reduce((sum, { rate }) => sum + rate, 0);
}

/** What a tracer would have seen of them: the first `most` requests as the driver got them. */
export function captureOf(
  device: DeviceModel,
  tasks: readonly TaskModel[],
  most: number,
  seed = 1,
): IssuedRequests {
  const issued: { readonly at: WatchedRequest; done: number }[] = [];
  const open = new Map<string, { done: number }[]>();
  simulate({
    workload: { name: 'loops', duration: 3e9, tasks: tasks.map((task) => ({ ...task, operations: most })) },
    device,
    scheduler: 'none',
    host: quick,
    seed,
    watch: (event) => {
      const key = `${event.task} ${event.sector}`;
      if (event.what === 'issue') {
        const request = { at: event, done: Number.NaN };
        issued.push(request);
        open.set(key, [...(open.get(key) ?? []), request]);
        return;
      }
      const request = open.get(key)?.shift();
      if (request !== undefined) request.done = event.time;
    },
  });
  const seen = issued.filter(({ done }) => !Number.isNaN(done)).slice(0, most);
  const start = seen[0]?.at.time ?? 0;
  return {
    issue: Float64Array.from(seen, ({ at }) => at.time - start),
    latency: Float64Array.from(seen, ({ at, done }) => done - at.time),
    sector: Float64Array.from(seen, ({ at }) => at.sector),
    sectors: Int32Array.from(seen, ({ at }) => at.sectors),
    write: Uint8Array.from(seen, ({ at }) => (at.write ? 1 : 0)),
  };
}
