import { cgroupCpu } from '../../../model/cpu-series.ts';
import { containerIdFact } from '../../../model/group-series.ts';
import { memorySeries } from '../../../model/memory-series.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { entitiesOf, readingsOf } from '../counters/readings.ts';

/** Digits of a container's id that docker prints. */
const SHORT_ID = 12;

/**
 * Control groups and containers with readings, in order of first appearance. A container that was read by its name
 * and by the path of its control group is told once: where the kernel's counts are, else by its name.
 */
export function groupsRead(context: Context): readonly string[] {
  const all = entitiesOf(context, 'cgroup');
  const ids = context.derive(containerIds);
  const left = new Set<string>();
  for (const [container, id] of ids) {
    const path = all.find((group) => group !== container && group.includes(id));
    if (path === undefined || !all.includes(container)) continue;
    left.add(hasCounts(context, path) ? container : path);
  }
  return all.filter((group) => !left.has(group));
}

function hasCounts(context: Context, group: string): boolean {
  return [cgroupCpu.usage, cgroupCpu.accountedUsage, memorySeries.usage].some(
    (name) => readingsOf(context, name, 'cgroup', group) !== undefined,
  );
}

/** First digits of the ids of containers, by what the container is called among control groups. */
function containerIds({ trace }: Context): ReadonlyMap<string, string> {
  const prefix = containerIdFact('');
  const { key, value } = trace.tables.facts.columns;
  const found = new Map<string, string>();
  for (let row = 0; row < trace.tables.facts.length; row++) {
    const name = decodeString(trace.strings, key[row] as number);
    if (name.startsWith(prefix))
      found.set(
        name.slice(prefix.length),
        decodeString(trace.strings, value[row] as number).slice(0, SHORT_ID),
      );
  }
  return found;
}
