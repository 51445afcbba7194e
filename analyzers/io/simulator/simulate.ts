import type {
  DeviceModel,
  HostModel,
  SchedulerName,
  TaskPrediction,
  Workload,
  WriteEstimates,
} from '../../../model/simulation.ts';
import { Random } from '../../stats/random.ts';
import type { BlockLayer, LayerHost } from './block-layer.ts';
import { createDevice } from './device.ts';
import { createEventQueue, dropFirst, schedule } from './event-queue.ts';
import { createHostTimes } from './host-times.ts';
import { createLatencyHistogram } from './latency-histogram.ts';
import { createLegacyLayer } from './layers/legacy.ts';
import { createMultiQueueLayer } from './layers/multi-queue.ts';
import { createNoSchedulerLayer } from './layers/no-scheduler.ts';
import { createMerger } from './merging.ts';
import { createPageCache } from './page-cache/page-cache.ts';
import { createPlugs, legacyPlug, multiQueuePlug, type PlugRules, type Plugs } from './plug.ts';
import { predictTask } from './prediction.ts';
import { createRequests } from './requests.ts';
import type { Scheduler, SchedulerHost } from './scheduler.ts';
import { schedulers } from './schedulers/index.ts';
import { createTasks } from './tasks.ts';

export interface SimulationSetup {
  readonly workload: Workload;
  readonly device: DeviceModel;
  readonly scheduler: SchedulerName;
  /** Tunables that differ from the defaults. */
  readonly settings?: Readonly<Record<string, number>>;
  readonly host: HostModel;
  readonly seed: number;
  /** Called with every request given to the device, for tests and for drawing. */
  readonly watch?: (event: WatchedRequest) => void;
  /** Called with the row of the task and the latency (ns) of every operation completed. */
  readonly finished?: (task: number, latency: number) => void;
}

export interface WatchedRequest {
  readonly what: 'issue' | 'complete';
  readonly time: number;
  readonly task: number;
  readonly sector: number;
  readonly sectors: number;
  readonly write: boolean;
}

export interface SimulationOutcome {
  readonly tasks: readonly TaskPrediction[];
  /** ns until the last completion. */
  readonly end: number;
  /** ns in which the device served something. */
  readonly busy: number;
  /** Requests given to the device, and pieces merged into others. */
  readonly requests: number;
  readonly merged: number;
  readonly submitted: number;
  /** Bytes a second written back, until tasks submit no more. */
  readonly writeBackRate: number;
  readonly events: number;
  /** What the next run on this device begins with. */
  readonly writeEstimates: WriteEstimates;
}

const SUBMIT = 0;
const DEVICE = 1;
const REPLY = 2;
const TIMER = 3;
const RUN = 4;
const WRITER = 5;
const RESUME = 6;

/**
 * Runs a workload on a device under one scheduler: a discrete-event simulation in ns. Deterministic: the same
 * setup gives the same outcome on every machine.
 */
export function simulate(setup: SimulationSetup): SimulationOutcome {
  const { workload, device: model, host, seed } = setup;
  const queue = createEventQueue();
  const pieces = roomFor(setup);
  const requests = createRequests(pieces);
  let now = 0;
  let inDriver = 0;
  let issued = 0;
  let events = 0;
  /** Only the last timer set counts. */
  let timerSerial = 0;
  let runPending = false;
  const times = createHostTimes(host, workload, new Random(seed ^ 0x5eed));
  const clock = (): number => now;

  const device = createDevice(model, {
    requests,
    now: clock,
    finishAt: (row, time) => schedule(queue, time, DEVICE, row),
  });
  const watched = (what: 'issue' | 'complete', row: number): void =>
    setup.watch?.({
      what,
      time: now,
      task: requests.task[row] as number,
      sector: requests.sector[row] as number,
      sectors: requests.sectors[row] as number,
      write: requests.write[row] === 1,
    });
  const runLater = (delay: number): void => {
    if (delay === 0 && runPending) return;
    if (delay === 0) runPending = true;
    schedule(queue, now + delay, RUN, delay === 0 ? 1 : 0);
  };
  const layerHost: LayerHost = {
    now: clock,
    depth: model.queueDepth,
    hz: host.hz,
    inDriver: () => inDriver,
    issue: (row) => {
      inDriver++;
      issued++;
      requests.issued[row] = now;
      watched('issue', row);
      device.submit(row);
    },
    resume: (task, when) => schedule(queue, now + (when === 'woken' ? times.wake() : 0), RESUME, task),
    runLater,
  };
  const definition = schedulers[setup.scheduler];
  const tags = host.requests || (definition === undefined ? model.queueDepth : defaultTags(setup));
  const schedulerHost: SchedulerHost = {
    requests,
    hz: host.hz,
    rotational: device.rotational,
    cpus: host.cpus,
    depth: model.queueDepth,
    schedulerTags: tags,
    now: clock,
    inDriver: () => inDriver,
    setTimer: (at) => {
      timerSerial++;
      if (at < Number.POSITIVE_INFINITY) schedule(queue, Math.max(now, at), TIMER, timerSerial);
    },
    kick: () => runLater(0),
  };
  const scheduler = definition?.create(schedulerHost, { ...definition.defaults, ...setup.settings });
  const layer = layerFor(scheduler, tags);
  const cache = createPageCache(host, workload.tasks.length, times.lateness);
  const tasks = createTasks({
    workload,
    requests,
    layer,
    cache,
    maxSectors: host.maxSectorsKb * 2,
    seed,
    times,
    perCpu: scheduler?.perCpu === true,
    now: clock,
    wakeAt: (task, time) => schedule(queue, time, SUBMIT, task),
    writeAt: (task, time) => schedule(queue, time, WRITER, task),
    ended: (task) => scheduler?.taskEnded?.(task),
    finished: (task, latency) => setup.finished?.(task, latency),
    histograms: workload.tasks.map(createLatencyHistogram),
  });

  function layerFor(of: Scheduler | undefined, limit: number): BlockLayer {
    const maxSectors = host.maxSectorsKb * 2;
    const submitters = workload.tasks.length + 1;
    const plugs = (rules: PlugRules): Plugs =>
      createPlugs(requests, submitters, rules, host.noMerges === 2 ? 0 : maxSectors);
    if (of === undefined) return createNoSchedulerLayer(layerHost, plugs(multiQueuePlug));
    const merger = createMerger(requests, of, maxSectors, host.noMerges);
    if (of.layer === 'blk-mq')
      return createMultiQueueLayer(requests, of, merger, layerHost, limit, plugs(multiQueuePlug));
    const ofTasks = of.plugsQueue === true ? undefined : plugs(legacyPlug);
    return createLegacyLayer(requests, of, merger, layerHost, limit, submitters, ofTasks);
  }

  tasks.start();
  while (queue.length > 0) {
    const kind = queue.kind[0];
    const subject = queue.subject[0] as number;
    now = queue.time[0] as number;
    dropFirst(queue);
    events++;
    switch (kind) {
      case SUBMIT:
        tasks.submit(subject);
        break;
      case RESUME:
        tasks.resume(subject);
        break;
      case DEVICE: {
        const done = device.finished(subject);
        if (done >= 0) schedule(queue, now + times.reply(model.reply * 1000), REPLY, done);
        break;
      }
      case REPLY:
        inDriver--;
        watched('complete', subject);
        layer.completed(subject);
        tasks.completed(subject);
        break;
      case TIMER:
        if (subject === timerSerial) scheduler?.timer?.();
        break;
      case RUN:
        if (subject === 1) runPending = false;
        layer.run();
        break;
      case WRITER:
        tasks.write(subject);
        break;
    }
  }
  return {
    tasks: workload.tasks.map((task, i) => predictTask(task, tasks.histograms[i], tasks.lastCompletion(i))),
    end: now,
    busy: device.busy(),
    requests: issued,
    merged: layer.merges(),
    submitted: tasks.submitted(),
    writeBackRate: tasks.writeBackRate(),
    events,
    writeEstimates: cache.estimates(),
  };
}

/** 128 per direction of old; twice the device's depth, within 256, of blk-mq (blk_mq_init_sched). */
function defaultTags({ scheduler, host, device }: SimulationSetup): number {
  if (host.requests > 0) return host.requests;
  const legacy = ['noop', 'deadline', 'anticipatory', 'cfq'].includes(scheduler);
  return legacy ? 128 : 2 * Math.min(Math.max(device.queueDepth, 128), 128);
}

/** Most pieces that can be in flight at once: every operation of every task, and all dirty pages. */
function roomFor({ workload, host }: SimulationSetup): number {
  const pieceBytes = host.maxSectorsKb * 1024;
  let room = 16;
  for (const { depth, bytes, buffered, recorded, sizes } of workload.tasks) {
    const widest =
      recorded === undefined
        ? (sizes?.reduce((most, size) => Math.max(most, size.bytes), 0) ?? bytes)
        : recorded.sectors.reduce((a, b) => Math.max(a, b), 8) * 512;
    room += depth * (Math.ceil(widest / pieceBytes) + 1);
    const smallest = sizes?.reduce((least, size) => Math.min(least, size.bytes), bytes) ?? bytes;
    // Scattered writers make small dirty ranges.
    if (buffered) room += Math.ceil((2 * host.dirtyLimit) / Math.min(smallest, pieceBytes)) + 64;
  }
  return room;
}
