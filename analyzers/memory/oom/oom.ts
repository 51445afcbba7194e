import type { Section } from '../../../model/section.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import { killsAt, type OomPlace, oomPlaces, oomWasWatched } from '../../derived/memory/oom-kills.ts';
import { oomReports } from '../../derived/memory/oom-reports.ts';
import { COUNTS_SECTION, oomFinding } from './findings.ts';
import { oomScores, scoresTable } from './scores.ts';
import { taskTable } from './table.ts';

/** What the OOM killer killed, and why just that. */
export const oomKills = defineAnalyzer({
  id: 'memory/oom',
  question: 'What did the OOM killer kill, and why?',
  needs: [
    {
      missing:
        'the kernel log, or counts of kills (memory.events, memory.oom_control, oom_kill of /proc/vmstat)',
      captureWith: 'dmesg > dmesg.txt   # or journalctl -k -o short-monotonic',
      met: (_, context) => context.derive(oomWasWatched) || context.derive(oomScores).length > 0,
    },
  ],
  metrics: [
    {
      id: 'memory.oom.kills',
      unit: 'count',
      labels: ['cgroup'],
      about:
        'Tasks killed: by reports in the kernel log, or more where files counted more; cgroup is empty where the whole machine was out of memory.',
    },
  ],
  run(context) {
    const places = context.derive(oomPlaces);
    const reports = context.derive(oomReports);
    return {
      metrics: places.map((place) => ({
        id: 'memory.oom.kills',
        labels: { cgroup: place.cgroup },
        value: killsAt(place),
        unit: 'count',
        better: 'lower',
        n: Math.max(1, place.reports.length, ...place.counted.map(({ n }) => n)),
      })),
      findings: places.map((place) => oomFinding(context, place)),
      sections: [
        ...(reports.length > 0 ? [taskTable(context, reports)] : []),
        ...countsTable(places),
        ...scoresTable(context),
      ],
    };
  },
});

function countsTable(places: readonly OomPlace[]): Section[] {
  const rows = places.flatMap(({ counted }) =>
    counted.map(({ cgroup, file, gained, ever, atLimit, n }) => ({
      cells: [cgroup || 'host', file, gained, ever, atLimit, n],
    })),
  );
  if (rows.length === 0) return [];
  return [
    {
      kind: 'table',
      id: COUNTS_SECTION,
      title: 'Kills counted',
      note: 'A group counts its tasks that were killed, whoever’s limit it was; what it was out of memory for at its own limit stands beside it.',
      columns: [
        { name: 'of', unit: 'text' },
        { name: 'file', unit: 'text' },
        { name: 'between the copies', unit: 'count' },
        { name: 'ever', unit: 'count' },
        { name: 'at its own limit', unit: 'count' },
        { name: 'copies', unit: 'count' },
      ],
      rows,
      of: rows.length,
    },
  ];
}
