import { endSector } from '../requests.ts';
import type { SchedulerHost } from '../scheduler.ts';
import { jiffies } from '../scheduler.ts';
import { addSample, createRunningMean, type RunningMean } from './choose-request.ts';

const MAX_THINK_TIME = 20e6;

/** What is known of a process. */
interface Process {
  readonly think: RunningMean;
  readonly seek: RunningMean;
  lastEnd: number;
  lastPosition: number;
  queued: number;
  inFlight: number;
  exited: boolean;
  active: boolean;
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
  /** Chance, of 256, that a process ends while it is waited for, and what new processes do. */
  let exitChance = 0;
  let exitNoCooperation = 0;
  const newThink = createRunningMean();
  const newSeek = createRunningMean();
  const now = (): number => jiffies(host.now(), hz);

  const processOf = (task: number): Process => {
    let process = processes.get(task);
    if (process === undefined) {
      process = {
        think: createRunningMean(),
        seek: createRunningMean(),
        lastEnd: 0,
        lastPosition: 0,
        queued: 0,
        inFlight: 0,
        exited: false,
        active: false,
      };
      processes.set(task, process);
    }
    return process;
  };
  const observe = (process: Process, row: number): void => {
    if (process.queued === 0 && process.inFlight === 0 && process.lastEnd > 0) {
      const think = Math.min(now() - process.lastEnd, MAX_THINK_TIME);
      if (process.think.samples === 0) addSample(newThink, think);
      addSample(process.think, think);
    }
    const from = requests.sector[row] as number;
    const { seek } = process;
    const clamp = seek.mean * 4 + (seek.samples <= 60 ? 2 * 1024 * 1024 : 2 * 1024 * 64);
    const distance = process.active ? Math.min(Math.abs(from - process.lastPosition), clamp) : 0;
    if (process.active) {
      if (seek.samples === 0) addSample(newSeek, distance);
      addSample(seek, distance);
    }
    process.lastPosition = endSector(requests, row);
    process.active = true;
  };
  const close = (process: Process, row: number): boolean => {
    const last = lastSector();
    const next = requests.sector[row] as number;
    const delay =
      (status !== 'request' && status !== 'next') || !finished ? 0 : Math.floor((now() - started) / 1e6);
    if (delay > 20 || delay * 1e6 > expire) return true;
    const reach = 8192 * 2 ** delay;
    if (last <= next + reach / 2 && next <= last + reach) return true;
    const distance = Math.abs(next - last);
    return (process.seek.samples === 0 ? newSeek.mean : process.seek.mean) > distance;
  };
  const canBreak = (row: number): boolean => {
    if (whom === undefined) return true;
    if (row >= 0 && requests.sync[row] === 1 && processes.get(requests.task[row] as number) === whom) {
      return true;
    }
    if (finished && now() >= started + expire) return true;
    if (whom.queued > 0 || whom.inFlight > 0) return true;
    if (row >= 0 && requests.sync[row] === 1 && close(whom, row)) return true;
    if (whom.exited) {
      if (whom.think.samples === 0) exitChance = Math.floor((7 * exitChance + 256) / 8);
      exitNoCooperation = Math.floor((7 * exitNoCooperation + 256) / 8);
      return true;
    }
    if (whom.think.samples === 0) {
      return newThink.mean > expire || exitChance * exitNoCooperation > 128 * 256;
    }
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
    shouldWait: (row) => whom !== undefined && status !== 'finished' && !breakUnlessInFlight(row),
    wait: () => {
      if (finished) waitNext();
      else status = 'request';
    },
    sent: (row, sync) => {
      status = 'off';
      finished = false;
      whom = sync ? processOf(requests.task[row] as number) : undefined;
      const process = processOf(requests.task[row] as number);
      process.queued--;
      process.inFlight++;
    },
    arrived: (row) => {
      const process = processOf(requests.task[row] as number);
      if (requests.sync[row] === 1) observe(process, row);
      if ((status === 'request' || status === 'next') && canBreak(row)) stop();
      process.queued++;
    },
    absorbed: (row) => {
      processOf(requests.task[row] as number).queued--;
    },
    completed: (row) => {
      const process = processOf(requests.task[row] as number);
      process.inFlight--;
      process.lastEnd = now();
      if (process !== whom || requests.sync[row] === 0) return;
      started = now();
      finished = true;
      if (status === 'request') waitNext();
    },
    timedOut: () => {
      if (status !== 'next') return;
      status = 'finished';
      if (whom?.think.samples === 0) exitChance = Math.floor((7 * exitChance) / 8);
      host.kick();
    },
    exited: (task) => {
      processOf(task).exited = true;
    },
  };

  /** While the last request of the process is in flight its next one cannot have come: that alone breaks nothing. */
  function breakUnlessInFlight(row: number): boolean {
    if (whom === undefined) return true;
    if (finished || whom.inFlight !== 1) return canBreak(row);
    whom.inFlight = 0;
    const breaks = canBreak(row);
    whom.inFlight = 1;
    return breaks;
  }
}
