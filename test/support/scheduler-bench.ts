import { createRequests, type Requests, takeRequest } from '../../analyzers/io/simulator/requests.ts';
import type { Scheduler, SchedulerHost } from '../../analyzers/io/simulator/scheduler.ts';
import { schedulers } from '../../analyzers/io/simulator/schedulers/index.ts';
import type { SchedulerName } from '../../model/simulation.ts';

/** Who submits. Defaults: task 0, CPU 0, best effort, level 4. */
export interface Submitter {
  readonly task?: number;
  readonly cpu?: number;
  readonly priorityClass?: 1 | 2 | 3;
  readonly priorityLevel?: number;
}

export interface BenchOptions {
  readonly settings?: Readonly<Record<string, number>>;
  readonly hz?: number;
  readonly rotational?: boolean;
}

/**
 * A scheduler alone, driven by hand. Requests are written as what they are, and read back the same way:
 *
 *     R100      read of 8 sectors from sector 100         W100   write nobody waits for
 *     R100+16   … of 16 sectors                           S100   write somebody waits for
 *
 * Time stands still but for `wait`.
 */
export interface SchedulerBench {
  readonly scheduler: Scheduler;
  readonly requests: Requests;
  /** Inserts requests in this order. */
  submit(art: string, by?: Submitter): void;
  /** Takes up to `most` requests; `-` where the scheduler yields none. */
  take(most: number): string;
  /** Takes and completes them one by one, as a device of depth 1 does. */
  serve(most: number): string;
  complete(art: string): void;
  /** Lets ms pass; the timer rings on its way. */
  wait(ms: number): void;
  /** ms of the timer that is set; Infinity: none. */
  timer(): number;
  /** Times the scheduler asked to be asked again. */
  kicks(): number;
}

/** Row of a request written as above. Throws Error for anything else. */
export function requestFromArt(requests: Requests, art: string, now: number, by: Submitter = {}): number {
  const match = /^([RWS])(\d+)(?:\+(\d+))?$/.exec(art);
  if (match === null) throw new Error(`not a request: ${art}`);
  const row = takeRequest(requests);
  requests.write[row] = match[1] === 'R' ? 0 : 1;
  requests.sync[row] = match[1] === 'W' ? 0 : 1;
  requests.sector[row] = Number(match[2]);
  requests.sectors[row] = Number(match[3] ?? 8);
  requests.pieceSectors[row] = requests.sectors[row] as number;
  requests.task[row] = by.task ?? 0;
  requests.cpu[row] = by.cpu ?? 0;
  requests.priorityClass[row] = by.priorityClass ?? 2;
  requests.priorityLevel[row] = by.priorityLevel ?? 4;
  requests.submitted[row] = now;
  requests.inserted[row] = now;
  return row;
}

export function requestToArt({ write, sync, sector, sectors }: Requests, row: number): string {
  const kind = write[row] === 0 ? 'R' : sync[row] === 1 ? 'S' : 'W';
  return `${kind}${sector[row]}${sectors[row] === 8 ? '' : `+${sectors[row]}`}`;
}

export function words(art: string): string[] {
  return art.split(/\s+/).filter((word) => word !== '');
}

export function schedulerBench(name: SchedulerName, options: BenchOptions = {}): SchedulerBench {
  const definition = schedulers[name];
  if (definition === undefined) throw new Error(`no scheduler ${name}`);
  const requests = createRequests(4096);
  const inDriver: number[] = [];
  let now = 1e9;
  let timerAt = Number.POSITIVE_INFINITY;
  let kicks = 0;
  const host: SchedulerHost = {
    requests,
    hz: options.hz ?? 1000,
    cpus: 2,
    rotational: options.rotational ?? true,
    depth: 1,
    schedulerTags: 256,
    now: () => now,
    inDriver: () => inDriver.length,
    setTimer: (at) => {
      timerAt = at;
    },
    kick: () => {
      kicks++;
    },
  };
  const scheduler = definition.create(host, { ...definition.defaults, ...options.settings });
  const takeOne = (): number => {
    const row = scheduler.dispatch();
    if (row >= 0) {
      requests.issued[row] = now;
      inDriver.push(row);
    }
    return row;
  };
  const completeRow = (row: number): void => {
    inDriver.splice(inDriver.indexOf(row), 1);
    scheduler.completed?.(row);
  };
  const taken = (most: number, each: (row: number) => void): string => {
    const out: string[] = [];
    while (out.length < most) {
      const row = takeOne();
      if (row < 0) {
        out.push('-');
        break;
      }
      out.push(requestToArt(requests, row));
      each(row);
    }
    return out.join(' ');
  };
  return {
    scheduler,
    requests,
    submit: (art, by) => {
      for (const word of words(art)) scheduler.insert(requestFromArt(requests, word, now, by));
    },
    take: (most) => taken(most, () => undefined),
    serve: (most) => taken(most, completeRow),
    complete: (art) => {
      for (const word of words(art)) {
        const row = inDriver.find((each) => requestToArt(requests, each) === word);
        if (row === undefined) throw new Error(`${word} is not in the driver`);
        completeRow(row);
      }
    },
    wait: (ms) => {
      const until = now + ms * 1e6;
      while (timerAt <= until) {
        now = Math.max(now, timerAt);
        timerAt = Number.POSITIVE_INFINITY;
        scheduler.timer?.();
      }
      now = until;
    },
    timer: () => (timerAt - now) / 1e6,
    kicks: () => kicks,
  };
}
