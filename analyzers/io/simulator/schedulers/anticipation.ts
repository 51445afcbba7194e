import { endSector } from '../requests.ts';
import type { SchedulerHost } from '../scheduler.ts';
import { jiffies, jiffy } from '../scheduler.ts';
import { addSample, createRunningMean, type RunningMean } from './choose-request.ts';

/** HZ/50 jiffies, ns; a think time counts as one jiffy less at most. */
const MAX_THINK_TIME = 20e6;
/** 50 % of 256. */
const HALF = 128;

/** What is known of a process. Think times in ns, seeks in sectors. */
interface Process {
  readonly think: RunningMean;
  readonly seek: RunningMean;
  lastEnd: number;
  lastPosition: number;
  /** Requests with the scheduler; those in the driver do not count, as it activates what it looks at. */
  queued: number;
  /** Has had a request; has had one completed; has ended. */
  started: boolean;
  running: boolean;
  exited: boolean;
}

/**
 * Whom the scheduler waits for, and why it stops: the states of as-iosched.c.
 *
 *     off ──wait()──► request (its last one is in flight) ──completed──► next (timer runs) ──► finished
 */
export interface Anticipation {
  waiting(): boolean;
  /** Is it better to wait for the process just served than to serve this request (-1: nothing)? */
  shouldWait(row: number): boolean;
  wait(): void;
  sent(row: number, sync: boolean): void;
  arrived(row: number): void;
  absorbed(row: number): void;
  completed(row: number): void;
  timedOut(): void;
  exited(task: number): void;
}

/** `expire` is the longest wait, ns. Source: as-iosched.c, as_can_anticipate(), as_can_break_anticipation(). */
export function createAnticipation(
  host: SchedulerHost,
  expire: number,
  lastSector: () => number,
): Anticipation {
  const { requests, hz } = host;
  const processes = new Map<number, Process>();
  let status: 'off' | 'request' | 'next' | 'finished' = 'off';
  /** Process of the last request sent, when that was synchronous. */
  let whom: Process | undefined;
  let finished = false;
  let started = 0;
  /** Chances, of 256: that a process without history ends or times out, that nobody near comes in place of one that ended. */
  let exitChance = 0;
  let exitNoCooperation = 0;
  /** Of processes that had none yet. */
  let newThink = 0;
  let newSeek = 0;
  const tick = jiffy(hz);
  const longestThink = MAX_THINK_TIME - tick;
  const now = (): number => jiffies(host.now(), hz);
  const risen = (chance: number): number => Math.floor((7 * chance + 256) / 8);
  const fallen = (chance: number): number => Math.floor((7 * chance) / 8);

  const processOf = (task: number): Process => {
    let process = processes.get(task);
    if (process === undefined) {
      process = {
        think: createRunningMean(),
        seek: createRunningMean(),
        lastEnd: 0,
        lastPosition: 0,
        queued: 0,
        started: false,
        running: false,
        exited: false,
      };
      processes.set(task, process);
    }
    return process;
  };
  /** as_update_iohist() */
  const observe = (process: Process, row: number): void => {
    const from = requests.sector[row] as number;
    if (process.started || process.running) {
      const { think, seek } = process;
      const idle = process.running && process.queued === 0;
      const thought = idle ? Math.min(now() - process.lastEnd, longestThink) : 0;
      if (think.samples === 0) {
        newThink = (7 * newThink + thought) / 8;
        exitChance = fallen(exitChance);
      }
      addSample(think, thought);
      const distance = Math.abs(from - process.lastPosition);
      if (seek.samples === 0) newSeek = (7 * newSeek + distance) / 8;
      const most = seek.mean * 4 + (seek.samples <= 60 ? 2 * 1024 * 1024 : 2 * 1024 * 64);
      addSample(seek, Math.min(distance, most));
    }
    process.lastPosition = endSector(requests, row);
    process.started = true;
  };
  /** as_close_req() */
  const close = (process: Process, row: number): boolean => {
    const last = lastSector();
    const next = requests.sector[row] as number;
    const delay = status === 'off' || !finished ? 0 : Math.floor((now() - started) / 1e6);
    // The kernel holds ms against jiffies here.
    if (delay > 20 || delay > expire / tick) return true;
    const reach = 8192 * 2 ** delay;
    if (last <= next + reach / 2 && next <= last + reach) return true;
    return (process.seek.samples === 0 ? newSeek : process.seek.mean) > Math.abs(next - last);
  };
  const canBreak = (row: number): boolean => {
    if (whom === undefined) return true;
    if (row >= 0 && requests.sync[row] === 1 && processes.get(requests.task[row] as number) === whom) {
      return true;
    }
    if (finished && now() >= started + expire) return true;
    if (whom.queued > 0) return true;
    if (row >= 0 && requests.sync[row] === 1 && close(whom, row)) {
      if (whom.exited) {
        if (whom.think.samples === 0) exitChance = risen(exitChance);
        exitNoCooperation = fallen(exitNoCooperation);
      }
      observe(whom, row);
      return true;
    }
    if (whom.exited) {
      if (whom.think.samples === 0) exitChance = risen(exitChance);
      if (exitNoCooperation > HALF) return true;
    }
    if (whom.think.samples === 0) return newThink > expire || exitChance * exitNoCooperation > HALF * 256;
    return whom.think.mean > expire;
  };
  const waitNext = (): void => {
    status = 'next';
    host.setTimer(started + expire);
  };
  const stop = (): void => {
    if (status === 'next') host.setTimer(Number.POSITIVE_INFINITY);
    status = 'finished';
    host.kick();
  };
  return {
    waiting: () => status === 'request' || status === 'next',
    shouldWait: (row) => whom !== undefined && status !== 'finished' && !canBreak(row),
    wait: () => {
      if (finished) waitNext();
      else status = 'request';
    },
    sent: (row, sync) => {
      if (status === 'next') host.setTimer(Number.POSITIVE_INFINITY);
      status = 'off';
      finished = false;
      const process = processOf(requests.task[row] as number);
      whom = sync ? process : undefined;
      process.queued--;
    },
    arrived: (row) => {
      const process = processOf(requests.task[row] as number);
      if (requests.sync[row] === 1) observe(process, row);
      process.queued++;
      if ((status === 'request' || status === 'next') && canBreak(row)) stop();
    },
    absorbed: (row) => {
      processOf(requests.task[row] as number).queued--;
    },
    completed: (row) => {
      const process = processOf(requests.task[row] as number);
      if (process === whom) {
        started = now();
        finished = true;
        if (status === 'request') waitNext();
      }
      if (requests.sync[row] === 0) return;
      process.running = true;
      process.lastEnd = now();
    },
    timedOut: () => {
      if (status !== 'request' && status !== 'next') return;
      status = 'finished';
      if (whom?.think.samples === 0) exitChance = risen(exitChance);
      if (whom?.exited === true) exitNoCooperation = risen(exitNoCooperation);
      host.kick();
    },
    exited: (task) => {
      processOf(task).exited = true;
    },
  };
}
