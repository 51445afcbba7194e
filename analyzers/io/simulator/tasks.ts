import type { TaskModel, Workload } from '../../../model/simulation.ts';
import { Random } from '../../stats/random.ts';
import type { BlockLayer } from './block-layer.ts';
import type { HostTimes } from './host-times.ts';
import { addLatency, type LatencyHistogram } from './latency-histogram.ts';
import { createOperationSource, type OperationSource } from './operations.ts';
import type { PageCache } from './page-cache/page-cache.ts';
import { giveBackRequest, type Requests, takeRequest } from './requests.ts';

export interface TasksSetup {
  readonly workload: Workload;
  readonly requests: Requests;
  readonly layer: BlockLayer;
  readonly cache: PageCache;
  readonly maxSectors: number;
  readonly seed: number;
  readonly times: HostTimes;
  /** Whether it matters on which CPU a task is. */
  readonly perCpu: boolean;
  now(): number;
  wakeAt(task: number, time: number): void;
  writeAt(task: number, time: number): void;
  ended(task: number): void;
  finished?(task: number, latency: number): void;
  readonly histograms: readonly LatencyHistogram[];
}

export interface Tasks {
  readonly histograms: readonly LatencyHistogram[];
  start(): void;
  /** Lets a task that has thought submit what it can. */
  submit(task: number): void;
  /** Lets a task, or the flusher, that waited for a tag try again. */
  resume(task: number): void;
  /** A request is completed: all its pieces are. */
  completed(row: number): void;
  /** A buffered writer writes its next operation to the cache. */
  write(task: number): void;
  lastCompletion(task: number): number;
  submitted(): number;
  /** Bytes a second the flusher has written, from its first submission until tasks submit no more; 0 without any. */
  writeBackRate(): number;
}

/** What a buffered writer is at. */
const IDLE = 0;
const ASKING = 1;
const MAY_WRITE = 2;
const COPYING = 3;

/** Closed loops: a task submits again when what it had in flight is completed and it has thought. */
export function createTasks(setup: TasksSetup): Tasks {
  const { workload, requests, layer, cache, maxSectors, times, perCpu, now } = setup;
  const models: readonly TaskModel[] = workload.tasks;
  const flusher = models.length;
  const hasCache = models.some(({ buffered }) => buffered);
  const sources: OperationSource[] = models.map((model, i) =>
    createOperationSource(model, new Random(setup.seed * 1_000_003 + i)),
  );
  /** Operations: rows by task, as many as the task may have in flight. */
  const firstOperation = new Int32Array(flusher + 1);
  for (let task = 0; task < flusher; task++) {
    firstOperation[task + 1] = (firstOperation[task] as number) + (models[task] as TaskModel).depth;
  }
  const operations = firstOperation[flusher] as number;
  const began = new Float64Array(operations);
  const piecesLeft = new Int32Array(operations);
  const freeOperations = models.map((model, task) =>
    Array.from({ length: model.depth }, (_, i) => (firstOperation[task] as number) + i),
  );
  /** The operation a task is submitting, -1 between operations, and what of it is left. */
  const current = new Int32Array(flusher).fill(-1);
  const restSector = new Float64Array(flusher + 1);
  const restSectors = new Float64Array(flusher + 1);
  /** A piece that found no tag. */
  const held = new Int32Array(flusher + 1).fill(-1);
  const ended = new Uint8Array(flusher);
  /** Buffered writers: what they are at, and since when. */
  const phase = new Uint8Array(flusher);
  const writing = new Float64Array(flusher);
  const last = new Float64Array(flusher);
  const blocked = new Uint8Array(flusher + 1);
  /** The CPU each task likes best, and the one it is on. */
  const home = Uint8Array.from({ length: flusher + 1 }, () => (perCpu ? times.cpu() : 0));
  const cpu = home.slice();
  const batch = Int32Array.from(models, (model) => model.batch ?? 1);
  /** Operations submitted since the task last unplugged. */
  const batched = new Int32Array(flusher);
  let submitted = 0;
  /** Operations begun by tasks that keep to a rate, and the time each is woken for next. */
  const begun = new Float64Array(flusher);
  const awaited = new Float64Array(flusher);
  /** ns when the next operation of a task is due; it may be in the past. */
  const dueAt = (task: number, { mostRate, start }: TaskModel): number =>
    mostRate === undefined ? 0 : start + ((begun[task] as number) * 1e9) / mostRate;
  let flushedFrom = Number.NaN;
  let flushedSectors = 0;

  /** A task that has slept may go on elsewhere. */
  const wake = (task: number): void => {
    if (!perCpu) return;
    const away = cpu[task] !== home[task];
    if (!times.moves(away)) return;
    cpu[task] = away ? (home[task] as number) : times.otherCpu(home[task] as number);
  };
  const newPiece = (task: number, write: boolean, sync: boolean, model?: TaskModel): number => {
    const row = takeRequest(requests);
    const sectors = Math.min(maxSectors, restSectors[task] as number);
    requests.sector[row] = restSector[task] as number;
    requests.sectors[row] = sectors;
    requests.pieceSectors[row] = sectors;
    restSector[task] = (restSector[task] as number) + sectors;
    restSectors[task] = (restSectors[task] as number) - sectors;
    requests.write[row] = write ? 1 : 0;
    requests.sync[row] = sync ? 1 : 0;
    requests.task[row] = task;
    requests.cpu[row] = cpu[task] as number;
    requests.priorityClass[row] = model?.priorityClass ?? 2;
    requests.priorityLevel[row] = model?.priorityLevel ?? 4;
    requests.submitted[row] = now();
    return row;
  };
  /** Submits the rest of a task's operation; false when it has to wait. */
  const submitRest = (task: number, model: TaskModel): boolean => {
    const operation = current[task] as number;
    const { write, sync } = sources[task] as OperationSource;
    const pieceToCome = (held[task] as number) < 0 ? maxSectors : 0;
    const plugged = (batch[task] as number) > 1 || (restSectors[task] as number) > pieceToCome;
    while ((held[task] as number) >= 0 || (restSectors[task] as number) > 0) {
      if ((held[task] as number) < 0) {
        const row = newPiece(task, write, sync, model);
        requests.operation[row] = operation;
        piecesLeft[operation] = (piecesLeft[operation] as number) + 1;
        held[task] = row;
      }
      if (!layer.submit(held[task] as number, task, plugged)) {
        blocked[task] = 1;
        return false;
      }
      held[task] = -1;
      submitted++;
    }
    // An asynchronous operation counts from when it was accepted, as fio's completion latency does.
    if (model.depth > 1) began[operation] = now();
    piecesLeft[operation] = (piecesLeft[operation] as number) - 1;
    current[task] = -1;
    return true;
  };
  /** Completed operations of asynchronous tasks that they have not looked at, as rings of `depth`. */
  const unseen = models.map(({ depth }) => new Int32Array(depth));
  const unseenFrom = new Int32Array(flusher);
  const unseenCount = new Int32Array(flusher);
  const record = (task: number, latency: number): void => {
    addLatency(setup.histograms[task] as LatencyHistogram, latency);
    last[task] = now();
    setup.finished?.(task, latency);
  };
  const finish = (task: number, operation: number): void => {
    record(task, now() - (began[operation] as number));
    freeOperations[task]?.push(operation);
  };
  /**
   * An asynchronous task looks for completions only when it can submit no more, and takes one at a time: that
   * is how fio does it, and why its latencies include the wait for tags of operations behind. One that submits
   * several at once waits for as many, or for all it has in flight.
   */
  const reap = (task: number): boolean => {
    if (unseenCount[task] === 0) return false;
    const { depth } = models[task] as TaskModel;
    const inFlight = depth - (freeOperations[task]?.length ?? 0);
    const wanted = Math.min(batch[task] as number, Math.max(1, inFlight));
    if ((unseenCount[task] as number) < wanted) return false;
    for (let i = 0; i < wanted; i++) {
      const from = unseenFrom[task] as number;
      unseenFrom[task] = (from + 1) % depth;
      unseenCount[task] = (unseenCount[task] as number) - 1;
      finish(task, unseen[task]?.[from] as number);
    }
    return true;
  };
  const begin = (task: number): boolean => {
    if (ended[task] === 1) return false;
    const model = models[task] as TaskModel;
    if (model.mostRate !== undefined && now() < workload.duration) {
      const due = dueAt(task, model);
      if (due > now()) {
        while (reap(task));
        if (awaited[task] !== due) setup.wakeAt(task, Math.min(due, workload.duration));
        awaited[task] = due;
        return false;
      }
      begun[task] = (begun[task] as number) + 1;
    }
    if (now() >= workload.duration || !(sources[task] as OperationSource).next()) {
      ended[task] = 1;
      setup.ended(task);
      return false;
    }
    const operation = freeOperations[task]?.pop() as number;
    const { sector, sectors } = sources[task] as OperationSource;
    current[task] = operation;
    restSector[task] = sector;
    restSectors[task] = sectors;
    began[operation] = now();
    if (hasCache) cache.bypassed(now());
    // One more than its pieces, until all of them are submitted.
    piecesLeft[operation] = 1;
    return true;
  };
  /** Counts an operation of a batch: is it the last, or the last that fits? */
  const endsBatch = (task: number): boolean => {
    const count = (batched[task] as number) + 1;
    const ends = count === batch[task] || freeOperations[task]?.length === 0;
    batched[task] = ends ? 0 : count;
    return ends;
  };
  const submitTask = (task: number): void => {
    const model = models[task] as TaskModel;
    for (;;) {
      const full = (current[task] as number) < 0 && freeOperations[task]?.length === 0;
      if ((full || ended[task] === 1) && !reap(task) && full) break;
      if ((current[task] as number) < 0 && !begin(task)) break;
      const operation = current[task] as number;
      const accepted = submitRest(task, model);
      // One that submits several operations at once unplugs behind the last of them.
      if (batch[task] === 1 || !accepted || endsBatch(task)) layer.unplug(task, true);
      if (!accepted) return;
      if (piecesLeft[operation] === 0) finish(task, operation);
    }
    if ((batched[task] as number) === 0) return;
    batched[task] = 0;
    layer.unplug(task, true);
  };
  const flush = (): void => {
    for (;;) {
      if ((held[flusher] as number) < 0) {
        if (!cache.wantsFlush()) {
          layer.unplug(flusher, false);
          return;
        }
        restSectors[flusher] = cache.take(maxSectors, now());
        restSector[flusher] = cache.sector();
        held[flusher] = newPiece(flusher, true, false);
        if (Number.isNaN(flushedFrom)) flushedFrom = now();
      }
      if (!layer.submit(held[flusher] as number, flusher, true)) {
        blocked[flusher] = 1;
        layer.unplug(flusher, true);
        return;
      }
      held[flusher] = -1;
      submitted++;
    }
  };
  const startFlusher = (): void => {
    if (blocked[flusher] === 0 && cache.wantsFlush()) flush();
  };
  return {
    histograms: setup.histograms,
    start: () => {
      for (const [task, model] of models.entries()) {
        if (model.buffered) setup.writeAt(task, model.start);
        else setup.wakeAt(task, model.start + times.turnaround());
      }
    },
    submit: (task) => {
      if (blocked[task] === 1) return;
      wake(task);
      submitTask(task);
    },
    resume: (task) => {
      blocked[task] = 0;
      wake(task);
      if (task === flusher) flush();
      else submitTask(task);
    },
    completed: (row) => {
      for (let piece = row; piece >= 0; ) {
        const following = requests.chain[piece] as number;
        const task = requests.task[piece] as number;
        if (task === flusher) written(requests.pieceSectors[piece] as number);
        else completePiece(task, requests.operation[piece] as number);
        giveBackRequest(requests, piece);
        piece = following;
      }
      startFlusher();
    },
    write: (task) => {
      const model = models[task] as TaskModel;
      const source = sources[task] as OperationSource;
      if (phase[task] === COPYING) {
        record(task, now() - (writing[task] as number));
        phase[task] = IDLE;
        if (model.thinkTime > 0) {
          setup.writeAt(task, now() + model.thinkTime);
          return;
        }
      }
      if (phase[task] === IDLE) {
        if (now() >= workload.duration || !source.next()) return;
        writing[task] = now();
        phase[task] = ASKING;
      }
      if (phase[task] === ASKING) {
        const sleep = cache.pause(task, now());
        if (sleep > 0) phase[task] = MAY_WRITE;
        if (sleep !== 0) {
          setup.writeAt(task, now() + Math.abs(sleep));
          startFlusher();
          return;
        }
      }
      cache.dirty(task, source.sector, source.sectors, now());
      phase[task] = COPYING;
      setup.writeAt(task, now() + times.copy(source.sectors));
      startFlusher();
    },
    lastCompletion: (task) => last[task] as number,
    submitted: () => submitted,
    writeBackRate: () =>
      flushedSectors === 0 ? 0 : (flushedSectors * 512e9) / (workload.duration - flushedFrom),
  };

  function written(sectors: number): void {
    if (now() <= workload.duration) flushedSectors += sectors;
    cache.written(sectors, now());
  }

  function completePiece(task: number, operation: number): void {
    piecesLeft[operation] = (piecesLeft[operation] as number) - 1;
    if ((piecesLeft[operation] as number) > 0) return;
    const { depth } = models[task] as TaskModel;
    if (depth === 1) finish(task, operation);
    else {
      const slot = ((unseenFrom[task] as number) + (unseenCount[task] as number)) % depth;
      (unseen[task] as Int32Array)[slot] = operation;
      unseenCount[task] = (unseenCount[task] as number) + 1;
    }
    if (blocked[task] === 1) return;
    if (ended[task] === 1) {
      while (reap(task));
      return;
    }
    const think = (sources[task] as OperationSource).thinkTime;
    setup.wakeAt(task, now() + times.turnaround() + think);
  }
}
