import { formatCount, formatValue } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { fioThreads, isDirect, type MatchedJob } from './fio-threads.ts';
import { firstSeen } from './request-table.ts';
import { requestModel } from './requests.ts';

/** Within these fio and the block layer say the same. */
export const RATE_WITHIN = 0.02;
export const P99_WITHIN = 0.05;

/** What fio says of a job beside what the block layer says of its requests; gaps are relative to fio, NaN = not known. */
export interface Agreement extends MatchedJob {
  readonly rate: number;
  readonly mean: number;
  readonly p99: number;
  /** ns from the first event to the last completion. */
  readonly span: number;
  /** Mean ns until there was a request: what fio counts as submission where submitting waits. */
  readonly tag: number;
  readonly rateGap: number;
  readonly p99Gap: number;
  /** `agrees`, `differs`: of a direct job whose thread is known. */
  readonly state: 'agrees' | 'differs' | 'buffered' | 'not matched';
  readonly why: string;
}

export function fioAgreement(context: Context): Agreement[] {
  return context.derive(fioThreads).map((matched) => judge(context, matched));
}

function judge(context: Context, matched: MatchedJob): Agreement {
  const { job, rows } = matched;
  const nothing = {
    rate: Number.NaN,
    mean: Number.NaN,
    p99: Number.NaN,
    span: Number.NaN,
    tag: Number.NaN,
    rateGap: Number.NaN,
    p99Gap: Number.NaN,
  };
  if (!isDirect(job.options))
    return { ...matched, ...nothing, state: 'buffered', why: bufferedText(context, matched) };
  if (rows.length === 0) {
    const why = `no thread’s requests fit its options (operation, size, offset, class) in about the number of its ${formatCount(job.ios)} IOs`;
    return { ...matched, ...nothing, state: 'not matched', why };
  }
  const { columns } = context.derive(requestModel).requests;
  const latencies = Float64Array.from(
    rows,
    (row) => (columns.complete[row] as number) - firstSeen(columns, row),
  ).sort();
  const first = rows.reduce(
    (least, row) => Math.min(least, firstSeen(columns, row)),
    Number.POSITIVE_INFINITY,
  );
  const span = (columns.complete[rows.at(-1) as number] as number) - first;
  const rate = (rows.length / span) * 1e9;
  const mean = meanOf(latencies);
  // As fio counts (stat.c, calc_clat_percentiles): the first value with that part of all at or below it.
  const p99 = latencies[Math.ceil(latencies.length * 0.99) - 1] as number;
  const tag = meanOf(rows.map((row) => (columns.getrq[row] as number) - firstSeen(columns, row)));
  const figures = { rate, mean, p99, span, tag, rateGap: rate / job.iops - 1, p99Gap: p99 / job.p99 - 1 };
  const agrees = Math.abs(figures.rateGap) <= RATE_WITHIN && Math.abs(figures.p99Gap) <= P99_WITHIN;
  return {
    ...matched,
    ...figures,
    state: agrees ? 'agrees' : 'differs',
    why: agrees ? '' : whyText(matched, figures),
  };
}

/** Where the block layer cannot see what fio saw, with the size of it. */
function whyText(
  { job, rows }: MatchedJob,
  {
    mean,
    span,
    rateGap,
    p99Gap,
    rate,
    tag,
  }: Pick<Agreement, 'mean' | 'span' | 'rateGap' | 'p99Gap' | 'rate' | 'tag'>,
): string {
  const parts: string[] = [];
  if (rows.length !== job.ios)
    parts.push(`the trace holds ${formatCount(rows.length)} of its ${formatCount(job.ios)} IOs`);
  const outside = job.runtime - span;
  if (Math.abs(rateGap) > RATE_WITHIN && outside > 0)
    parts.push(
      `fio’s clock ran for ${formatValue(outside, 'ns')} in which the job had no request in the block layer (opening the file, dropping its pages): over fio’s own time the rate is ${formatValue((rows.length / job.runtime) * 1e9, '1/s')}`,
    );
  const depth = Number(job.options.get('iodepth') ?? 1);
  if (Math.abs(p99Gap) > P99_WITHIN && depth > 1) {
    // Little's law on both sides.
    const held = (job.iops * (job.mean + (Number.isNaN(job.submission) ? 0 : job.submission))) / 1e9;
    const inside = (rate * mean) / 1e9;
    parts.push(
      `fio held ${formatValue(held, 'requests')} on average (${formatValue(job.iops, '1/s')} × ${formatValue(job.mean + job.submission, 'ns')}), the block layer ${formatValue(inside, 'requests')} (× ${formatValue(mean, 'ns')}, of which ${formatValue(tag, 'ns')} for a tag): the others were done, and fio, asleep in io_submit for a tag (${formatValue(job.submission, 'ns')} a submission), had not collected them`,
    );
  } else if (Math.abs(p99Gap) > P99_WITHIN)
    parts.push(`fio measures ${formatValue(job.mean - mean, 'ns')} more on average outside the block layer`);
  return parts.join('; ');
}

function bufferedText(context: Context, { job }: MatchedJob): string {
  const { requests, completed } = context.derive(requestModel);
  const { op, bytes } = requests.columns;
  const written = completed.reduce((sum, row) => sum + (op[row] === 2 ? (bytes[row] as number) : 0), 0);
  return job.op === 'write'
    ? `buffered: the page cache answers, and write-back sends the pages later under other names. fio wrote ${formatValue(job.bytes, 'bytes')}, all writes the devices completed are ${formatValue(written, 'bytes')}`
    : 'buffered: the page cache answers what it holds, and read-ahead asks for more than the job does';
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}
