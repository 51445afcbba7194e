import {
  type ErrorRow,
  errorOf,
  promisedLimits,
  withinInterval,
} from '../../analyzers/io/simulator/error-row.ts';
import { orderInterval } from '../../analyzers/stats/order-statistics.ts';
import type { PooledLatencies } from './simulator-errors.ts';

/** The tables of docs/simulator.md: a summary by scheduler, and a line a job. */
export function errorTables(rows: readonly ErrorRow[]): string {
  const groups = new Map<string, ErrorRow[]>();
  for (const row of rows) {
    const name = nameOf(row);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  const summary = [...groups].map(([name, of]) => {
    const [rates, tails] = [of.map(({ rate }) => errorOf(rate)), of.map(({ p99 }) => errorOf(p99))];
    const met = (kept: (row: ErrorRow) => boolean): string => `${of.filter(kept).length} of ${of.length}`;
    const promised = promisedLimits(of[0] as ErrorRow);
    return [
      name,
      spread(rates),
      `${met((row) => Math.abs(errorOf(row.rate)) <= promised.rate)} within ${promised.rate * 100} %`,
      spread(tails),
      Number.isNaN(promised.p99)
        ? 'nothing promised'
        : `${met((row) => Math.abs(errorOf(row.p99)) <= promised.p99)} within ${promised.p99 * 100} %`,
      met((row) => withinInterval(row) !== false),
    ];
  });
  const jobs = [...groups].flatMap(([name, of]) =>
    of.map((row) => [
      `${name.replace(', repeat', '')}; ${row.run}; ${row.job}`,
      String(row.n),
      `${row.rate.join(', ')}`,
      percent(errorOf(row.rate)),
      `${row.p99.map((value) => value.toFixed(1)).join(', ')}`,
      percent(errorOf(row.p99)),
      intervalOf(row),
      { true: 'yes', false: 'no', undefined: 'cannot say' }[`${withinInterval(row)}`],
    ]),
  );
  return [
    table(
      [
        'scheduler',
        'rate: mean, largest error',
        '',
        'p99: mean, largest error',
        '',
        "p99 where fio's may lie",
      ],
      summary,
    ),
    table(
      [
        'scheduler; run; job',
        'n',
        'rate: simulated, measured (1/s)',
        'error',
        'p99: simulated, measured (ms)',
        'error',
        '95 % interval of the measured (ms)',
        'within it',
      ],
      jobs,
    ),
  ].join('\n\n');
}

/** The value that a share `q` does not exceed, as fio counts: one that was there, nothing between two. */
function atRank(sorted: Float64Array, q: number): number {
  return sorted[Math.ceil(q * sorted.length) - 1] ?? Number.NaN;
}

/** Below this a write to the cache did not sleep: half a tick. */
const ASLEEP = 2;

/** How the buffered writer's latencies are spread, simulated and measured. */
export function writerTable(latencies: readonly PooledLatencies[]): string {
  const quantiles = [0.5, 0.9, 0.95, 0.99, 0.999];
  const rows = latencies.map(({ run, simulated, measured }) => {
    const asleep = (of: Float64Array): string =>
      percent(of.filter((each) => each > ASLEEP).length / of.length);
    return [
      nameOf(run),
      String(measured.length),
      `${asleep(simulated)}, ${asleep(measured)}`,
      ...quantiles.map((q) => `${atRank(simulated, q).toFixed(1)}, ${atRank(measured, q).toFixed(1)}`),
    ];
  });
  return table(
    ['scheduler', 'n', 'slept: simulated, measured', ...quantiles.map((q) => `p${q * 100}`)],
    rows,
  );
}

/** The four random readers of the mixed test are equal: together they have operations enough for a p99. */
export function readerTable(latencies: readonly PooledLatencies[]): string {
  const quantiles = [0.5, 0.9, 0.95, 0.99];
  const rows = latencies.map(({ run, simulated, measured }) => {
    const { low, high } = orderInterval(measured, 0.99);
    const p99: ErrorRow['p99'] = [atRank(simulated, 0.99), atRank(measured, 0.99)];
    const p99Interval = [low, high].map((each) => (Number.isNaN(each) ? null : each)) as [number, number];
    return [
      nameOf(run),
      String(measured.length),
      ...quantiles.map((q) => `${atRank(simulated, q).toFixed(0)}, ${atRank(measured, q).toFixed(0)}`),
      percent(errorOf(p99)),
      intervalOf({ p99Interval }),
    ];
  });
  const named = quantiles.map((q) => `p${q * 100}`);
  return table(['scheduler', 'n', ...named, 'error of p99', '95 % interval of the measured'], rows);
}

function nameOf({
  scheduler,
  settings,
  heldOut,
}: Pick<ErrorRow, 'scheduler' | 'settings' | 'heldOut'>): string {
  const tuned = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
  return [scheduler, ...tuned, ...(heldOut ? ['repeat'] : [])].join(', ');
}

function spread(errors: readonly number[]): string {
  const sizes = errors.map(Math.abs);
  return `${percent(sizes.reduce((a, b) => a + b, 0) / sizes.length)}, ${percent(Math.max(...sizes))}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1).replace('-', '−')} %`;
}

function intervalOf({ p99Interval: [low, high] }: Pick<ErrorRow, 'p99Interval'>): string {
  if (low === null && high === null) return 'none';
  if (high === null) return `from ${low?.toFixed(1)}`;
  return low === null ? `to ${high.toFixed(1)}` : `${low.toFixed(1)} to ${high.toFixed(1)}`;
}

function table(head: readonly string[], rows: readonly (readonly (string | undefined)[])[]): string {
  const line = (cells: readonly (string | undefined)[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
