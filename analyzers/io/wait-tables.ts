import type { BarsSection, TableSection } from '../../model/section.ts';
import { formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { meanOf, quantileOf, type RequestGroup, shareOf, totalsOf } from '../derived/io/request-groups.ts';
import { requestModel } from '../derived/io/requests.ts';
import { knownParts, type WaitPart, waitParts, waitTimes, wholeRequests } from '../derived/io/wait-parts.ts';

const MOST_ROWS = 100;

export const partNames: Readonly<Record<WaitPart, string>> = {
  tag: 'waiting for a tag (queue → getrq)',
  plug: 'plugged or on the way (getrq → insert)',
  scheduler: 'in the scheduler (insert → issue)',
  device: 'in the device (issue → complete)',
};

/** Time of all completed requests, split by where they were. */
export function partBars(context: Context): BarsSection {
  const times = context.derive(waitTimes);
  const at = wholeRequests(context, Uint32Array.from(context.derive(requestModel).completed.keys()));
  const totals = totalsOf(times, at);
  return {
    kind: 'bars',
    id: 'io/waits/parts',
    title: 'Where completed requests spent their time',
    note: `Summed over the requests of which every part is known; ${times.fromQueue ? 'from the queueing of the first bio' : 'from the first event seen, since queueing was not recorded: waits for tags are not in it'}. Intervals are by batch means.`,
    unit: 'ns',
    rows: context
      .derive(knownParts)
      .filter(() => at.length > 0)
      .map((part) => {
        const { value: share, low, high, n } = shareOf(times, part, at);
        return {
          label: partNames[part],
          value: totals[part],
          share,
          ...(Number.isNaN(low) ? {} : { low, high }),
          n,
        };
      })
      .sort((a, b) => b.value - a.value),
  };
}

interface TableHead {
  readonly id: string;
  readonly title: string;
  readonly heads: readonly string[];
  readonly note: string;
}

/** One row a group: how many, how much, how long, and the mean time in each part. */
export function groupTable(
  context: Context,
  { id, title, heads, note }: TableHead,
  groups: readonly RequestGroup[],
): TableSection {
  const times = context.derive(waitTimes);
  return {
    kind: 'table',
    id,
    title,
    note,
    columns: [
      ...heads.map((name) => ({ name, unit: 'text' as const })),
      { name: 'requests', unit: 'count' },
      { name: 'bytes', unit: 'bytes' },
      { name: 'mean latency', unit: 'ns' },
      { name: 'p50', unit: 'ns' },
      { name: 'p99', unit: 'ns' },
      { name: 'p99 95 % CI', unit: 'text' },
      { name: 'longest', unit: 'ns' },
      ...waitParts.map((part) => ({ name: `mean ${part}`, unit: 'ns' as const })),
    ],
    rows: groups.slice(0, MOST_ROWS).map((group) => {
      const p99 = quantileOf(group, 0.99);
      return {
        cells: [
          ...group.labels,
          group.at.length,
          group.bytes,
          meanOf(times.latency, group.at).value,
          quantileOf(group, 0.5).value,
          p99.value,
          intervalText(p99.low, p99.high),
          group.latencies.at(-1) ?? 0,
          ...waitParts.map((part) => cellOf(meanOf(times[part], group.at).value)),
        ],
      };
    }),
    of: groups.length,
  };
}

/** `1.2 ms – 3 ms`, `at least 1.2 ms` where nothing bounds it from above, empty where nothing bounds it. */
export function intervalText(low: number, high: number): string {
  if (Number.isNaN(low)) return Number.isNaN(high) ? '' : `at most ${formatValue(high, 'ns')}`;
  if (Number.isNaN(high)) return `at least ${formatValue(low, 'ns')}`;
  return `${formatValue(low, 'ns')} – ${formatValue(high, 'ns')}`;
}

/** A cell of what may not be known: empty then. */
export function cellOf(value: number): number | string {
  return Number.isFinite(value) ? value : '';
}
