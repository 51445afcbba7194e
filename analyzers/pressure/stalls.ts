import type { Context } from '../context.ts';
import { elapsedBetweenCopies } from '../derived/counters/elapsed.ts';
import { increaseOf, stepsOf } from '../derived/counters/increase.ts';
import { entitiesOf, type Readings, readingsOf } from '../derived/counters/readings.ts';

export const resources = ['cpu', 'memory', 'io', 'irq'] as const;
export type Resource = (typeof resources)[number];
export type Tasks = 'some' | 'full';

/** Time lost to waiting for one resource, of the host or of a control group. */
export interface Stall {
  readonly resource: Resource;
  readonly tasks: Tasks;
  /** Empty for the host. */
  readonly cgroup: string;
  /** Share of the time between the first and the last reading, from totals. */
  readonly share: number;
  /** ns stalled, ns observed. */
  readonly stalled: number;
  readonly duration: number;
  /** Largest share of one interval. */
  readonly worst: number;
  readonly n: number;
  readonly resets: number;
}

/** Every PSI total that was read at least twice, host first. */
export function stalls(context: Context): readonly Stall[] {
  const elapsed = context.derive(elapsedBetweenCopies);
  const ofHost = resources.flatMap((resource) =>
    (['some', 'full'] as const).flatMap((tasks) =>
      stallOf(readingsOf(context, `pressure ${tasks}`, 'pressure', resource), resource, tasks, '', elapsed),
    ),
  );
  const ofGroups = entitiesOf(context, 'cgroup').flatMap((cgroup) =>
    resources.flatMap((resource) =>
      (['some', 'full'] as const).flatMap((tasks) =>
        stallOf(
          readingsOf(context, `pressure ${resource} ${tasks}`, 'cgroup', cgroup),
          resource,
          tasks,
          cgroup,
          elapsed,
        ),
      ),
    ),
  );
  return [...ofHost, ...ofGroups];
}

function stallOf(
  readings: Readings | undefined,
  resource: Resource,
  tasks: Tasks,
  cgroup: string,
  elapsed: number | undefined,
): Stall[] {
  const gained = increaseOf(readings);
  if (readings === undefined || gained === undefined) return [];
  const duration = Number.isNaN(gained.duration) ? (elapsed ?? 0) : gained.duration;
  if (!(duration > 0)) return [];
  const { starts, ends, increases } = stepsOf(readings);
  let worst = 0;
  increases.forEach((value, i) => {
    const share = value / ((ends[i] as number) - (starts[i] as number));
    if (share > worst) worst = share;
  });
  // The kernel averages over up to 2 s: totals may run ahead of the clock a little.
  const share = Math.min(1, gained.value / duration);
  return [
    {
      resource,
      tasks,
      cgroup,
      share,
      stalled: gained.value,
      duration,
      worst: worst > 0 ? Math.min(1, worst) : share,
      n: gained.n,
      resets: gained.resets,
    },
  ];
}
