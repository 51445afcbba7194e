import type { History } from '../../model/history.ts';
import type { SavedRun } from '../../model/saved-run.ts';

/** More runs than these are not looked at: older ones say little of today, and the search grows with their square. */
export const MOST_RUNS = 250;

export interface OrderedRuns {
  readonly runs: readonly SavedRun[];
  readonly order: History['order'];
  /** Oldest runs beyond the newest `MOST_RUNS`. */
  readonly left: number;
}

/** Runs from the oldest to the newest: by the time they were recorded when all tell it, else by name, `run-2` before `run-10`. */
export function orderRuns(runs: readonly SavedRun[], asked: 'time' | 'name' | undefined): OrderedRuns {
  const time = ({ run }: SavedRun): number => Date.parse(run.host.captured ?? '');
  const silent = runs.filter((run) => Number.isNaN(time(run))).length;
  const byTime = asked !== 'name' && silent === 0;
  const sorted = [...runs].sort(
    (a, b) => (byTime ? time(a) - time(b) : 0) || compareNames(a.run.name, b.run.name),
  );
  const order = byTime
    ? ({ by: 'time', why: 'every run tells when it was recorded' } as const)
    : ({ by: 'name', why: whyName(asked, silent, runs.length) } as const);
  return { runs: sorted.slice(-MOST_RUNS), order, left: Math.max(0, sorted.length - MOST_RUNS) };
}

function whyName(asked: 'time' | 'name' | undefined, silent: number, runs: number): string {
  if (asked === 'name') return 'as asked';
  return `${silent === runs ? 'no run tells' : `${silent} of ${runs} runs do not tell`} when it was recorded`;
}

const names = new Intl.Collator('en', { numeric: true });

function compareNames(a: string, b: string): number {
  return names.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Names without the directory they have in common. */
export function ownNames(runs: readonly SavedRun[]): string[] {
  const full = runs.map(({ run }) => run.name);
  const [first = ''] = full;
  let common = first.lastIndexOf('/') + 1;
  while (common > 0 && !full.every((name) => name.startsWith(first.slice(0, common)))) {
    common = first.lastIndexOf('/', common - 2) + 1;
  }
  return full.map((name) => name.slice(common));
}
