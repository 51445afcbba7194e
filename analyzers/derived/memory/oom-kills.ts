import { memorySeries } from '../../../model/memory-series.ts';
import type { Context } from '../../context.ts';
import { increaseOf } from '../counters/increase.ts';
import { entitiesOf, lastValue, type Readings, readingsOf } from '../counters/readings.ts';
import { type OomReport, oomReports } from './oom-reports.ts';

/** Kills as a file counts them. */
export interface CountedKills {
  /** Empty for the host: oom_kill of /proc/vmstat counts every kill there was. */
  readonly cgroup: string;
  /** `memory.events`, `memory.oom_control`, `/proc/vmstat`. */
  readonly file: string;
  /** Between the copies; NaN with one copy. */
  readonly gained: number;
  /** Since the group was made, or since boot. */
  readonly ever: number;
  readonly n: number;
  /** How often the group itself was out of memory at its limit (`oom` of memory.events); NaN = not told (version 1). */
  readonly atLimit: number;
}

/** What was killed for one reason: a group at its limit, or the machine (cgroup ''). */
export interface OomPlace {
  readonly cgroup: string;
  /** From the kernel's log, in its order; may be empty. */
  readonly reports: readonly OomReport[];
  /** What files count of the same kills; may be empty. */
  readonly counted: readonly CountedKills[];
}

export const isOfGroup = ({ constraint }: OomReport): boolean => constraint === 'MEMCG';
const isWithin = (group: string, above: string): boolean =>
  group === above || above === '/' || group.startsWith(`${above}/`);
/** Kills of the capture, or, of one copy, all there ever were. */
const killsOf = ({ gained, ever }: CountedKills): number => (Number.isNaN(gained) ? ever : gained);

/** Were kills counted or reported at all, if only to say that there were none? */
export function oomWasWatched(context: Context): boolean {
  return (
    context.derive(oomReports).length > 0 ||
    hostCount(context) !== undefined ||
    groupCounts(context).length > 0
  );
}

/** Every place at which tasks were killed: what the log says and what files count of one kill belong together. */
export function oomPlaces(context: Context): readonly OomPlace[] {
  const places = new Map<string, { reports: OomReport[]; counted: CountedKills[] }>();
  const at = (cgroup: string) => {
    const found = places.get(cgroup) ?? { reports: [], counted: [] };
    places.set(cgroup, found);
    return found;
  };
  for (const report of context.derive(oomReports))
    at(isOfGroup(report) ? report.cgroup : '').reports.push(report);
  for (const counted of leaves(groupCounts(context))) {
    const told = [...places].find(([, { reports }]) =>
      reports.some((report) => explains(report, counted.cgroup)),
    );
    if (told !== undefined) told[1].counted.push(counted);
    else if (killsOf(counted) > 0) at(counted.cgroup).counted.push(counted);
  }
  const host = hostCount(context);
  if (host !== undefined && killsOf(host) > 0) {
    const known = [...places.values()].reduce((sum, place) => sum + killsAt(place), 0);
    const [only] = places.values();
    if (places.has('') || killsOf(host) > known) {
      // Since boot says nothing of this capture where nothing else does.
      if (places.has('') || host.gained > known) at('').counted.push(host);
    } else if (places.size === 1 && only !== undefined) only.counted.push(host);
  }
  return [...places].map(([cgroup, place]) => ({ cgroup, ...place }));
}

/** Kills at a place: as many as the log names, or more where files counted more within the capture. */
export function killsAt({ reports, counted }: Omit<OomPlace, 'cgroup'>): number {
  const logged = reports.reduce((sum, { killed }) => sum + killed.length, 0);
  const groups = counted.filter(({ cgroup }) => cgroup !== '');
  const files = (groups.length > 0 ? groups : counted).reduce((sum, each) => sum + killsOf(each), 0);
  return reports.length === 0 ? files : Math.max(logged, groups.length > 0 ? files : 0);
}

/** The kills a group counts are of its tasks, whoever's limit it was; its parents count them, too. */
function explains(report: OomReport, cgroup: string): boolean {
  const of = report.victimCgroup || report.cgroup;
  return of !== '' && (isWithin(of, cgroup) || (isOfGroup(report) && isWithin(cgroup, report.cgroup)));
}

/** Without the groups whose kills are those of groups below them. */
function leaves(all: readonly CountedKills[]): CountedKills[] {
  return all.filter((each) => {
    const below = all.filter(
      ({ cgroup }) => cgroup !== each.cgroup && isWithin(cgroup, each.cgroup) && each.cgroup !== '',
    );
    const direct = below.filter(
      ({ cgroup }) => !below.some((other) => other.cgroup !== cgroup && isWithin(cgroup, other.cgroup)),
    );
    return below.length === 0 || killsOf(each) > direct.reduce((sum, child) => sum + killsOf(child), 0);
  });
}

function groupCounts(context: Context): CountedKills[] {
  return entitiesOf(context, 'cgroup').flatMap((cgroup): CountedKills[] => {
    const read = (key: string): Readings | undefined =>
      readingsOf(context, memorySeries.event(key), 'cgroup', cgroup);
    const kills = read('oom_kill');
    const atLimit = read('oom');
    // Only memory.events has both.
    const file = atLimit === undefined ? 'memory.oom_control' : 'memory.events';
    return kills === undefined ? [] : [count(cgroup, file, kills, atLimit)];
  });
}

function hostCount(context: Context): CountedKills | undefined {
  const kills = readingsOf(context, memorySeries.vmstat('oom_kill'));
  return kills === undefined ? undefined : count('', '/proc/vmstat', kills, undefined);
}

function count(cgroup: string, file: string, kills: Readings, atLimit: Readings | undefined): CountedKills {
  return {
    cgroup,
    file,
    gained: increaseOf(kills)?.value ?? Number.NaN,
    ever: lastValue(kills),
    n: kills.values.length,
    atLimit: increaseOf(atLimit)?.value ?? lastValue(atLimit),
  };
}
