import type { Action } from '../../../model/finding.ts';
import { formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { cgroupSetting, cgroupSettings } from '../../derived/cgroup-cpu/limits.ts';
import { type MemoryCgroup, memoryCgroups } from '../../derived/memory/cgroups.ts';
import type { Stalled } from '../../derived/memory/pressure.ts';
import { traceRequests } from '../../io/capture.ts';
import { isHarmlessPath, limitAction, limitFile } from '../limit-action.ts';

const MIB = 2 ** 20;
/** Part of what the largest group uses from which it is slowed down to spare the others (heuristic). */
const SLOWED = 0.9;
const DEFAULT_WEIGHT = '100';

/** What can be done about a stall of the host or of a group. */
export function stallActions(context: Context, stalled: Stalled): Action[] {
  const { resource, cgroup } = stalled;
  if (cgroup === '') return ofHost(context, resource);
  if (!isHarmlessPath(cgroup)) return [];
  if (resource === 'memory') return moreMemory(context, cgroup);
  return resource === 'io'
    ? [weight(context, cgroup, 'io'), traceRequests('')]
    : [weight(context, cgroup, 'cpu')];
}

function ofHost(context: Context, resource: string): Action[] {
  const who: Action = {
    text: 'See which groups stall',
    run: `find /sys/fs/cgroup -name ${resource}.pressure -exec grep -H some {} + | sort -t= -k2 -rn | head`,
    verify: `cat /proc/pressure/${resource}`,
    risk: 'none',
  };
  if (resource === 'memory') return [...slowLargest(context), who];
  return resource === 'io' ? [who, traceRequests('')] : [who];
}

/** The group's own limit raised; without one, what protects it from the reclaim of others. */
function moreMemory(context: Context, cgroup: string): Action[] {
  const group = context.derive(memoryCgroups).find((each) => each.cgroup === cgroup);
  if (group === undefined)
    return [
      {
        text: 'Copy the limits and counts of the group: they say which limit it met',
        run: `for f in current max high events stat; do F=/sys/fs/cgroup${cgroup}/memory.$f; cat $F > $(echo $F | cut -c2- | tr / @); done`,
        verify: `cat ${pressureFile(context, cgroup, 'memory')}`,
        risk: 'none',
      },
    ];
  const name = group.high < group.max || Number.isNaN(group.max) ? 'high' : 'max';
  const limit = name === 'high' ? group.high : group.max;
  const version = limitFile(context, cgroup, 2).path.endsWith('limit_in_bytes') ? 1 : 2;
  return Number.isFinite(limit)
    ? [limitAction(context, cgroup, version, limit, limit * 1.5, name)]
    : [
        setMemory(
          context,
          group,
          'low',
          group.workingSet,
          'Protect what the group uses from the reclaim of others',
        ),
      ];
}

/** Slows the largest group down before the host reclaims from everybody. */
function slowLargest(context: Context): Action[] {
  const [largest] = context
    .derive(memoryCgroups)
    .filter(({ cgroup }) => cgroup !== '/' && isHarmlessPath(cgroup) && isSecond(context, cgroup))
    .sort((a, b) => b.usage - a.usage);
  if (largest === undefined) return [];
  return [
    setMemory(
      context,
      largest,
      'high',
      largest.usage * SLOWED,
      `Slow ${largest.cgroup} down, the largest group (${formatValue(largest.usage, 'bytes')}), before the host reclaims from everybody; 90 % of its use is a heuristic`,
    ),
  ];
}

function setMemory(
  context: Context,
  { cgroup }: MemoryCgroup,
  name: 'high' | 'low',
  bytes: number,
  text: string,
): Action {
  const none = name === 'high' ? 'max' : '0';
  const path = `/sys/fs/cgroup${cgroup}/memory.${name}`;
  const was = cgroupSetting(context, cgroup, `memory.${name}`)?.text ?? none;
  const value = String(Math.ceil(bytes / MIB) * MIB);
  const unit = unitOf(cgroup);
  const property = name === 'high' ? 'MemoryHigh' : 'MemoryLow';
  return {
    text,
    run: `echo ${value} > ${path}`,
    undo: `echo ${was} > ${path}`,
    verify: `cat ${pressureFile(context, cgroup, 'memory')} /proc/pressure/memory`,
    persist:
      unit === undefined ? `${property}= of its unit` : `systemctl set-property ${unit} ${property}=${value}`,
    risk: 'low',
    setting: { path, value, was },
  };
}

/** Twice the share of the group when others want the same. */
function weight(context: Context, cgroup: string, of: 'cpu' | 'io'): Action {
  const first = of === 'cpu' ? cgroupSetting(context, cgroup, 'cpu.shares') : undefined;
  const was =
    (first ?? cgroupSetting(context, cgroup, `${of}.weight`))?.text.replace(/^default\s+/, '') ?? '';
  const now = /^\d+$/.test(was) ? was : first === undefined ? DEFAULT_WEIGHT : '1024';
  const value = String(Math.min(Number(now) * 2, first === undefined ? 10_000 : 262_144));
  const path = first?.path ?? `/sys/fs/cgroup${cgroup}/${of}.weight`;
  const unit = unitOf(cgroup);
  const property = `${of === 'cpu' ? 'CPU' : 'IO'}Weight`;
  return {
    text: `Give the group twice the weight, which acts while others want the ${of === 'cpu' ? 'CPUs' : 'device'}, too${of === 'io' ? ' (needs bfq or io.cost)' : ''}`,
    run: `echo ${value} > ${path}`,
    undo: `echo ${now} > ${path}`,
    verify: `cat ${pressureFile(context, cgroup, of)}`,
    persist:
      unit === undefined ? `${property}= of its unit` : `systemctl set-property ${unit} ${property}=${value}`,
    risk: 'low',
    setting: { path, value, was: now },
  };
}

function unitOf(cgroup: string): string | undefined {
  return /\/([\w@:.-]+\.(?:service|slice|scope))$/.exec(cgroup)?.[1];
}

const isSecond = (context: Context, cgroup: string): boolean =>
  ![...(context.derive(cgroupSettings).get(cgroup)?.values() ?? [])].some(({ version }) => version === 1);

/** Pressure is of version 2; beside hierarchies of version 1 that one is mounted apart. */
function pressureFile(context: Context, cgroup: string, resource: string): string {
  return `/sys/fs/cgroup${isSecond(context, cgroup) ? '' : '/unified'}${cgroup}/${resource}.pressure`;
}
