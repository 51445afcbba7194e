import type { SchedulerBench, Submitter } from './scheduler-bench.ts';

/** One task reads here and there, `service` ms each, until its queue is known for seeks: 20 of the last 32. */
export function seek(
  bench: SchedulerBench,
  by: Submitter & { readonly task: number },
  n = 24,
  service = 0,
): void {
  for (let i = 1; i <= n; i++) {
    const art = `R${by.task * 1e9 + i * 1e6}`;
    bench.submit(art, by);
    while (bench.take(1) === '-') bench.wait(1);
    bench.wait(service);
    bench.complete(art);
    bench.wait(1);
  }
}

/** The queue of the last request from this sector. */
export function queueOf({ requests }: SchedulerBench, sector: number): number | undefined {
  return requests.queue[requests.sector.lastIndexOf(sector)];
}
