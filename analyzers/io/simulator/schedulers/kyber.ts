import { createFifo, type Fifo, push, remove, shift } from '../fifo.ts';
import type { SchedulerDefinition } from '../scheduler.ts';
import { jiffies } from '../scheduler.ts';
import { createLatencyBuckets, GOOD_BUCKETS } from './kyber-latency.ts';

/** Reads and writes; discards and flushes are not simulated. */
const TOKENS = [256, 128] as const;
const BATCH = [16, 8] as const;
/** Share of the scheduler's tags open to asynchronous requests. */
const ASYNC_SHARE = 0.75;
/** In `queue` of a request: it stands in no CPU's FIFO any more. */
const COLLECTED = 1;
/** Domains the kernel goes round, of which the last two never have requests here. */
const DOMAINS = 4;

/**
 * kyber: FIFOs of reads and writes, batches of each in turn, and as many in flight as keeps latencies within
 * their targets. Targets in ns. Each CPU fills a FIFO of its own; when all that was collected is dispatched, what
 * stands in them is collected again, CPU after CPU: who submits elsewhere waits behind everybody of lower CPUs, and
 * may be overtaken by who comes later. Source: block/kyber-iosched.c of Linux 6.1, kyber_flush_busy_kcqs().
 */
export const kyber: SchedulerDefinition = {
  defaults: { read_lat_nsec: 2e6, write_lat_nsec: 10e6 },
  create: (host, settings) => {
    const { requests, hz } = host;
    const { read_lat_nsec = 2e6, write_lat_nsec = 10e6 } = settings;
    const targets = [read_lat_nsec, write_lat_nsec] as const;
    const collected = [createFifo(), createFifo()] as const;
    /** By domain, then CPU. */
    const submitted = TOKENS.map(() => Array.from({ length: host.cpus }, createFifo));
    const waiting = [0, 0];
    const latencies = targets.map((target) => ({
      io: createLatencyBuckets(target),
      total: createLatencyBuckets(target),
      /** The last p99 that has not led to throttling; -1: none. */
      remembered: -1,
    }));
    const tokens: number[] = [...TOKENS];
    const inFlight = [0, 0];
    let domain = 0;
    let batching = 0;
    let waitsForToken = false;
    let timerSet = false;

    const take = (): number => {
      if ((waiting[domain] ?? 0) === 0) return -1;
      if ((inFlight[domain] as number) >= (tokens[domain] as number)) {
        waitsForToken = true;
        return -1;
      }
      inFlight[domain] = (inFlight[domain] as number) + 1;
      batching++;
      waiting[domain] = (waiting[domain] as number) - 1;
      const fifo = collected[domain as 0 | 1];
      if (fifo.length === 0) collect(domain as 0 | 1);
      return shift(fifo, requests);
    };
    const collect = (of: 0 | 1): void => {
      for (const fifo of submitted[of] ?? []) {
        for (let row = shift(fifo, requests); row >= 0; row = shift(fifo, requests)) {
          requests.queue[row] = COLLECTED;
          push(collected[of], requests, row);
        }
      }
    };
    const fifoOf = (row: number): Fifo => {
      const of = requests.write[row] as 0 | 1;
      if (requests.queue[row] === COLLECTED) return collected[of];
      return submitted[of]?.[requests.cpu[row] as number] as Fifo;
    };
    const resize = (): void => {
      const tick = jiffies(host.now(), hz);
      let bad = false;
      for (const { io } of latencies) if (io.percentile(90, tick) >= GOOD_BUCKETS) bad = true;
      for (const [each, latency] of latencies.entries()) {
        let p99 = latency.total.percentile(99, tick);
        if (bad) {
          if (p99 < 0) p99 = latency.remembered;
          latency.remembered = -1;
        } else if (p99 >= 0) latency.remembered = p99;
        if (p99 < 0 || !(bad || p99 >= GOOD_BUCKETS)) continue;
        const depth = Math.floor(((tokens[each] as number) * (p99 + 1)) / 4);
        tokens[each] = Math.min(TOKENS[each as 0 | 1], Math.max(1, depth));
      }
    };
    return {
      layer: 'blk-mq',
      perCpu: true,
      mergeWindow: 8,
      insert: (row) => {
        const of = requests.write[row] as 0 | 1;
        waiting[of] = (waiting[of] as number) + 1;
        push(fifoOf(row), requests, row);
      },
      dispatch: () => {
        if (batching < (BATCH[domain as 0 | 1] ?? 1)) {
          const row = take();
          if (row >= 0) return row;
        }
        batching = 0;
        for (let i = 0; i < DOMAINS; i++) {
          domain = (domain + 1) % DOMAINS;
          const row = take();
          if (row >= 0) return row;
        }
        return -1;
      },
      hasWork: () => (waiting[0] as number) + (waiting[1] as number) > 0,
      completed: (row) => {
        const each = requests.write[row] as 0 | 1;
        inFlight[each] = (inFlight[each] as number) - 1;
        latencies[each]?.io.add(host.now() - (requests.issued[row] as number));
        latencies[each]?.total.add(host.now() - (requests.inserted[row] as number));
        if (!timerSet) {
          timerSet = true;
          host.setTimer(jiffies(host.now(), hz) + 100e6);
        }
        if (waitsForToken) {
          waitsForToken = false;
          host.kick();
        }
      },
      timer: () => {
        timerSet = false;
        resize();
      },
      joined: (_, absorbed) => {
        const of = requests.write[absorbed] as 0 | 1;
        waiting[of] = (waiting[of] as number) - 1;
        remove(fifoOf(absorbed), requests, absorbed);
      },
      tagLimit: (_, sync) => (sync ? host.schedulerTags : Math.floor(host.schedulerTags * ASYNC_SHARE)),
    };
  },
};
