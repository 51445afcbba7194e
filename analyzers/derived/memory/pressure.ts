import { printedGroup } from '../../../model/group-series.ts';
import type { Context } from '../../context.ts';
import { gaugeOf, printedOf } from '../cgroup/printed.ts';
import { elapsedBetweenCopies } from '../counters/elapsed.ts';
import { rateOf } from '../counters/increase.ts';
import { entitiesOf, lastValue, readingsOf } from '../counters/readings.ts';

/** Part of the time in which some, or all, tasks of a group (the host: '') waited for a resource. */
export interface Stalled {
  readonly resource: string;
  readonly cgroup: string;
  readonly tasks: 'some' | 'full';
  /** Share of the time between the first and the last reading; NaN without two readings with times. */
  readonly share: number;
  /** Largest share of ten seconds as the kernel averaged it, with a decay; NaN when not read. */
  readonly avg10: number;
  /** Intervals between readings. */
  readonly n: number;
  /** Total at the last reading, ns since boot or since the group was made; NaN where only shares were printed. */
  readonly total: number;
}

const resources = ['cpu', 'memory', 'io', 'irq'] as const;
const NS = 1e9;

/** All that was read of pressure stall information (Documentation/accounting/psi.rst). Totals decide, averages are beside them. */
export function stalledTimes(context: Context): readonly Stalled[] {
  const found: Stalled[] = [];
  for (const resource of resources) {
    for (const tasks of ['some', 'full'] as const) {
      found.push(...one(context, resource, tasks, '', `pressure ${tasks}`, 'pressure', resource));
      for (const cgroup of entitiesOf(context, 'cgroup')) {
        const own = one(context, resource, tasks, cgroup, `pressure ${resource} ${tasks}`, 'cgroup', cgroup);
        found.push(...(own.length > 0 ? own : printed(context, resource, tasks, cgroup)));
      }
    }
  }
  return found;
}

/** Stalls of a group for a resource. */
export function stalledOf(
  context: Context,
  resource: string,
  tasks: 'some' | 'full',
  cgroup: string,
): Stalled | undefined {
  return context
    .derive(stalledTimes)
    .find((each) => each.resource === resource && each.tasks === tasks && each.cgroup === cgroup);
}

/** Shares below printed, each of the interval before it: their mean is that of the whole. */
function printed(
  context: Context,
  resource: (typeof resources)[number],
  tasks: 'some' | 'full',
  cgroup: string,
): Stalled[] {
  if (resource === 'irq') return [];
  const shares = gaugeOf(printedOf(context, printedGroup.pressure(resource, tasks), cgroup));
  if (shares === undefined) return [];
  const { mean: share, n } = shares;
  return [{ resource, cgroup, tasks, share, avg10: Number.NaN, n, total: Number.NaN }];
}

function one(
  context: Context,
  resource: string,
  tasks: 'some' | 'full',
  cgroup: string,
  name: string,
  entity: string,
  entityName: string,
): Stalled[] {
  const readings = readingsOf(context, name, entity, entityName);
  if (readings === undefined) return [];
  const rate = rateOf(readings, [], context.derive(elapsedBetweenCopies));
  const averages = readingsOf(context, `${name} avg10`, entity, entityName)?.values ?? [];
  return [
    {
      resource,
      cgroup,
      tasks,
      share: rate === undefined ? Number.NaN : Math.min(1, rate.value / NS),
      avg10: averages.length === 0 ? Number.NaN : Math.max(...averages),
      n: rate?.n ?? 0,
      total: lastValue(readings),
    },
  ];
}
