import { changeText, intervalText, pText } from '../../model/change-text.ts';
import type { HistorySeries } from '../../model/history.ts';
import type { HistorySection, Section, TableSection } from '../../model/section.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import type { HistoryConclusions } from './conclusions.ts';
import { bounds, sectionId } from './findings.ts';

/** Functions drawn; those without a change are in the table only. */
const MOST_DRAWN = 12;

/** Changes in a table, every metric drawn, functions that changed drawn, and all series with their spread. */
export function historySections(conclusions: HistoryConclusions): Section[] {
  const { judged } = conclusions;
  const all = judged.map(({ series }) => series);
  // What never varied needs no drawing.
  const metrics = all.filter(({ kind, spread }) => kind === 'metric' && spread !== 0);
  const functions = all.filter(({ kind, changes }) => kind === 'function' && changes.length > 0);
  return [
    ...changeTable(conclusions),
    ...metrics.map((series) => drawing(series, conclusions)),
    ...functions.slice(0, MOST_DRAWN).map((series) => drawing(series, conclusions)),
    ...(all.length === 0 ? [] : [seriesTable(all)]),
  ];
}

function changeTable({ judged }: HistoryConclusions): TableSection[] {
  const rows = judged.flatMap(({ series }) =>
    series.changes.map((change, i) => ({
      run: change.run,
      cells: [
        change.name,
        series.title,
        change.state,
        change.lasting,
        formatValue(series.levels[i]?.mean ?? Number.NaN, series.unit),
        formatValue(series.levels[i + 1]?.mean ?? Number.NaN, series.unit),
        changeText(change.relative),
        intervalText(bounds(change)).replace('95 % CI ', ''),
        change.runs,
        pText(change.p),
      ],
    })),
  );
  if (rows.length === 0) return [];
  const names = ['first run', 'of', 'state', 'lasting', 'before', 'after', 'change', '95 % interval'];
  return [
    {
      kind: 'table',
      id: 'history/changes',
      title: 'Changes of level, in the order of the runs',
      note: 'E-divisive means: a change is where the runs before and behind are not of one distribution. Passing ones were taken back.',
      columns: [
        ...names.map((name) => ({ name, unit: 'text' as const })),
        { name: 'runs', unit: 'count' },
        { name: 'p', unit: 'text' },
      ],
      rows: rows.sort((a, b) => a.run - b.run).map(({ cells }) => ({ cells })),
      of: rows.length,
    },
  ];
}

function drawing(series: HistorySeries, { runs, work }: HistoryConclusions): HistorySection {
  const { changes, levels, values, unit, odd } = series;
  return {
    kind: 'history',
    id: sectionId(series),
    title: `${series.title}${series.kind === 'function' ? `, self cost ${work.text}` : ''}, run by run`,
    note: noteOf(series),
    unit,
    runs: runs.map(({ name }) => name),
    values,
    levels: levels.map(({ first, last, mean, low, high }) => ({ first, last, mean, low, high })),
    changes: changes.map(({ run, relative, state, lasting }) => ({
      run,
      text: changeText(relative),
      tone: state === 'regressed' ? 'worse' : state === 'improved' ? 'better' : 'neither',
      passing: lasting === 'passing',
    })),
    odd,
  };
}

function noteOf({ spread, detectable, values, odd, levels }: HistorySeries): string {
  if (levels.length === 0)
    return `Only ${values.filter((value) => value !== null).length} runs have a value: too few for a history.`;
  const strange = odd.length === 0 ? '' : ` ${odd.length} odd run${odd.length === 1 ? '' : 's'} ringed.`;
  const least =
    detectable === null
      ? ''
      : ` A lasting step of ${formatShare(detectable)} in their middle would be found.`;
  return `A dot is a run, a line the mean of a level with its 95 % interval. Runs spread ${spread === null ? '–' : formatShare(spread)} around their level.${least}${strange}`;
}

function seriesTable(all: readonly HistorySeries[]): TableSection {
  const names = ['of', 'is', 'newest level', 'changes', 'spread', 'found in the middle', 'odd runs'];
  return {
    kind: 'table',
    id: 'history/series',
    title: 'Everything that was looked at',
    note: 'Spread: standard deviation of runs around their level. Found in the middle: the lasting step that would be found four times in five.',
    columns: names.map((name) => ({ name, unit: 'text' as const })),
    rows: all.map((series) => ({
      cells: [
        series.title,
        series.kind === 'function' ? 'function' : series.role,
        formatValue(series.levels.at(-1)?.mean ?? Number.NaN, series.unit),
        series.levels.length === 0 ? 'too few runs' : String(series.changes.length),
        series.spread === null ? '–' : formatShare(series.spread),
        series.detectable === null || series.spread === 0 ? '–' : formatShare(series.detectable),
        String(series.odd.length),
      ],
    })),
    of: all.length,
  };
}
