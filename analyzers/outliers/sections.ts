import type { Section } from '../../model/section.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { CARDS, chanceText, type OutlierFacts, RUNS_TABLE, reasonOf } from './conclusions.ts';

const MOST_ROWS = 500;
const MOST_CARDS = 12;

/** The ranking, what differs in each odd run, and the kinds of runs there are. */
export function outlierSections({ runs, clusters, counted }: OutlierFacts): Section[] {
  const odd = runs.filter((run) => run.odd);
  return [
    {
      kind: 'table',
      id: RUNS_TABLE,
      title: `${formatCount(runs.length)} runs, the least usual first`,
      note: 'Elsewhere: the part of its samples that would have to be in other functions for it to be as the runs of its kind usually are.',
      columns: [
        { name: 'run', unit: 'text' },
        { name: 'odd', unit: 'text' },
        { name: 'elsewhere', unit: 'share' },
        { name: 'chance', unit: 'text' },
        ...(clusters.length > 1 ? [{ name: 'kind', unit: 'text' as const }] : []),
        { name: 'what differs most', unit: 'text' },
        { name: 'samples', unit: 'count' },
      ],
      rows: runs.slice(0, MOST_ROWS).map((run) => ({
        cells: [
          run.name,
          run.odd ? 'odd' : '',
          run.moved,
          chanceText(run.chance),
          ...(clusters.length > 1 ? [clusters[run.cluster]?.title ?? ''] : []),
          run.functions.length > 0 ? reasonOf(run) : '',
          run.samples,
        ],
      })),
      of: runs.length,
    },
    ...(odd.length === 0
      ? []
      : [
          {
            kind: 'small-flames' as const,
            id: CARDS,
            title: 'What differs in each odd run',
            note: `Elsewhere: the median of the runs of its kind. Samples of ${counted.event}.`,
            unit: 'samples' as const,
            items: odd.slice(0, MOST_CARDS).map((run) => ({
              label: run.name,
              facts: [
                `n = ${formatCount(run.samples)} samples, ${formatShare(run.moved)} of them elsewhere`,
                ...Object.entries(run.labels).map(([key, value]) => `${key}=${value}`),
              ],
              changes: run.functions.map(({ name, here, usual, low, high }) => ({
                name,
                sign: here > usual ? (1 as const) : (-1 as const),
                here,
                elsewhere: usual,
                low,
                high,
              })),
            })),
          },
        ]),
    ...(clusters.length < 2
      ? []
      : [
          {
            kind: 'bars' as const,
            id: 'outliers/clusters',
            title: `${formatCount(clusters.length)} kinds of runs`,
            note: 'k-means on √shares; how many there are by likelihood less a penalty.',
            unit: 'count' as const,
            rows: [...clusters]
              .sort((a, b) => b.runs - a.runs)
              .map(({ title, runs: n }) => ({ label: title, value: n, share: n / runs.length, n })),
          },
        ]),
  ];
}
