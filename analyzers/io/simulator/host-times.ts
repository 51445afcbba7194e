import type { HostModel, Workload } from '../../../model/simulation.ts';
import type { Random } from '../../stats/random.ts';

/** Times the host's CPUs take, ns, drawn anew every time. */
export interface HostTimes {
  /** From the completion of a task's operation to its next submission. */
  turnaround(): number;
  /** From the wake-up of a task that waits for a tag to its next try. */
  wake(): number;
  /** To copy so many sectors into the page cache. */
  copy(sectors: number): number;
  /** Has a task woken elsewhere than before? `away`: it is not on the CPU it likes best. */
  moves(away: boolean): boolean;
  /** Any CPU, and any but one. */
  cpu(): number;
  otherCpu(than: number): number;
  /** Ticks a sleep lasts longer than asked for. */
  lateness(): number;
  /** From the end of the service to the completion. */
  reply(mean: number): number;
}

/**
 * Who gets a free tag is a race between the task whose request completed and the one that was woken. On an
 * otherwise idle host the woken one mostly wins; where buffered writers and the flusher keep CPUs busy it runs
 * as late as the other. The two means were chosen so that rates without a scheduler agree with what fio measured
 * on the modelled disk: that agreement is a fit, no test of the model.
 */
export function createHostTimes(host: HostModel, workload: Workload, random: Random): HostTimes {
  const exponential = (mean: number): number => -Math.log(1 - random.next()) * mean;
  const busy = workload.tasks.some(({ buffered }) => buffered);
  const wakeMean = host.turnaround * (busy ? 1.5 : 1);
  return {
    turnaround: () => host.turnaround * 0.5 + exponential(host.turnaround * 0.5),
    wake: () => host.turnaround * 0.1 + exponential(wakeMean),
    copy: (sectors) => (sectors / 8) * (host.copyPage * 0.75 + exponential(host.copyPage * 0.25)),
    moves: (away) => host.cpus > 1 && random.next() < (away ? host.returnCpu : host.leaveCpu),
    cpu: () => Math.floor(random.next() * host.cpus),
    otherCpu: (than) => (than + 1 + Math.floor(random.next() * (host.cpus - 1))) % host.cpus,
    lateness: () => (random.next() < host.lateTimers ? 1 : 0),
    reply: (mean) => (mean === 0 ? 0 : mean * 0.6 + exponential(mean * 0.4)),
  };
}
