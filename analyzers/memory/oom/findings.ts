import type { Evidence, Finding, KnobVerdict } from '../../../model/finding.ts';
import { formatCount, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { type MemoryCgroup, memoryCgroups } from '../../derived/memory/cgroups.ts';
import { type CountedKills, isOfGroup, killsAt, type OomPlace } from '../../derived/memory/oom-kills.ts';
import type { OomReport } from '../../derived/memory/oom-reports.ts';
import { pressureEvidence } from '../psi/evidence.ts';
import { countedActions, reportedActions } from './actions.ts';
import { reportCaveats } from './caveats.ts';
import { pointsFormula, ranking, whyChosen } from './choice.ts';
import { OOM_SECTION } from './table.ts';

export const COUNTS_SECTION = 'memory/oom/counts';

/** One finding for one reason of kills: the report in the log leads, what files count stands beside it. */
export function oomFinding(context: Context, place: OomPlace): Finding {
  const report = place.reports.at(-1);
  return report === undefined ? counted(context, place) : reported(context, place, report);
}

function reported(context: Context, place: OomPlace, report: OomReport): Finding {
  const { cgroup, reports } = place;
  const ranked = ranking(context, report);
  const [victim = { pid: 0, comm: '?' }] = report.killed;
  const kills = killsAt(place);
  const logged = reports.reduce((sum, { killed }) => sum + killed.length, 0);
  const where = isOfGroup(report)
    ? `the control group ${cgroup || '(not named)'} reached its limit of ${formatValue(report.limit, 'bytes')}`
    : placeOf(report);
  const rank = ranked.findIndex(({ pid }) => pid === victim.pid);
  const knob = verdictOf(context, place);
  return {
    id: `memory/oom/${cgroup || 'host'}`,
    severity: isOfGroup(report) ? 'warning' : 'critical',
    claim: `${victim.comm} (${victim.pid}) was killed as ${where}${kills === 1 ? '' : `; ${formatCount(kills)} tasks were killed in all`}`,
    share: 1,
    confidence: {
      n: reports.length,
      low: 1,
      high: 1,
      why: 'the kernel said so in its log; the ring buffer may have lost earlier reports',
      bounds: true,
    },
    evidence: [
      {
        label: whyChosen(ranked, rank, report),
        section: OOM_SECTION,
        selection: {},
        formula: pointsFormula(ranked[rank], ranked[rank === 0 ? 1 : 0]),
      },
      ...place.counted.map(countEvidence),
      ...pressureEvidence(context, 'memory', cgroup),
    ],
    actions: reportedActions(context, cgroup, report),
    caveats: [
      ...reportCaveats(report, ranked, rank),
      ...(kills > logged
        ? [
            `The log names ${formatCount(logged)} of ${formatCount(kills)} kills: the ring buffer has lost reports.`,
          ]
        : []),
    ],
    ...(knob === undefined ? {} : { verdict: knob }),
  };
}

/** Killed by the counts of files, with no report to say who. */
function counted(context: Context, place: OomPlace): Finding {
  const { cgroup, counted: counts } = place;
  const kills = killsAt(place);
  const group = groupOf(context, cgroup);
  const own = counts.find((each) => each.cgroup === cgroup);
  // `oom_kill` counts tasks of the group whoever's limit it was; `oom` counts its own limit.
  const elsewhere = own !== undefined && own.atLimit === 0;
  const limit = elsewhere ? Number.NaN : (group?.max ?? Number.NaN);
  const tasks = `${formatCount(kills)} ${kills === 1 ? 'task' : 'tasks'}`;
  const were = kills === 1 ? 'was' : 'were';
  const knob = elsewhere ? undefined : verdictOf(context, place);
  return {
    id: `memory/oom/${cgroup || 'host'}`,
    severity: 'warning',
    claim:
      cgroup === ''
        ? `${tasks} ${were} killed for want of memory; the log that names ${kills === 1 ? 'it' : 'them'} is not in the capture`
        : elsewhere
          ? `${tasks} of ${cgroup} ${were} killed, and not at its own limit: a group above it or the whole machine was out of memory`
          : `${tasks} of ${cgroup} ${were} killed at its limit${Number.isFinite(limit) ? ` of ${formatValue(limit, 'bytes')}` : ''}; the log that names ${kills === 1 ? 'it' : 'them'} is not in the capture`,
    share: 1,
    confidence: {
      n: Math.max(1, ...counts.map(({ n }) => n)),
      low: 1,
      high: 1,
      why: counts.some(({ gained }) => gained > 0)
        ? 'counted by the kernel between the copies'
        : 'one copy only: counted since the group was made, not within the capture',
      bounds: true,
    },
    evidence: [...counts.map(countEvidence), ...pressureEvidence(context, 'memory', cgroup)],
    actions: countedActions(context, cgroup, limit),
    caveats: [
      ...(own?.file === 'memory.oom_control'
        ? ['Version 1 does not tell whose limit it was: a kill of the whole machine is counted, too.']
        : []),
      'Who was killed, and why just that, only the log tells.',
    ],
    ...(knob === undefined ? {} : { verdict: knob }),
  };
}

function countEvidence({ cgroup, file, gained, ever, atLimit }: CountedKills): Evidence {
  const within = Number.isNaN(gained) ? '' : ` between the copies ${formatCount(gained)},`;
  const limit = Number.isNaN(atLimit) ? '' : `; out of memory at its own limit ${formatCount(atLimit)} times`;
  return {
    label: cgroup === '' ? `${file}: all kills of the host` : `${file} of ${cgroup}`,
    section: COUNTS_SECTION,
    selection: {},
    formula: `oom_kill:${within} ${cgroup === '' ? 'since boot' : 'since the group was made'} ${formatCount(ever)}${limit}`,
  };
}

function placeOf(report: OomReport): string {
  if (report.constraint === 'CPUSET') return 'the memory nodes of its cpuset were full';
  if (report.constraint === 'MEMORY_POLICY') return 'the memory nodes of its policy were full';
  const pages = report.ramPages * report.pageSize;
  return Number.isNaN(pages)
    ? 'the whole machine was out of memory'
    : `the whole machine was out of memory (${formatValue(pages, 'bytes')} of RAM)`;
}

function groupOf(context: Context, cgroup: string): MemoryCgroup | undefined {
  return context.derive(memoryCgroups).find((group) => group.cgroup === cgroup);
}

/** The limit of a group at which tasks are killed does harm. */
function verdictOf(context: Context, { cgroup }: OomPlace): KnobVerdict | undefined {
  const group = groupOf(context, cgroup);
  if (cgroup === '' || group === undefined) return undefined;
  const { gained, max } = group.events;
  const met = gained.max > 0 ? gained.max : max;
  return {
    knob: 'memory.max',
    state: 'worse',
    ...(Number.isNaN(met) ? {} : { mechanism: `limit met ${formatCount(met)} times` }),
    why: 'tasks were killed',
  };
}
