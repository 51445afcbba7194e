/** One number of one job. */
export interface FioReading {
  /** `fio read iops`, `fio write latency p99` … */
  readonly name: string;
  readonly unit: string;
  readonly job: string;
  readonly value: number;
}

type Json = Readonly<Record<string, unknown>>;

const operations = ['read', 'write', 'trim'] as const;

/** What each job of a parsed report says of what it did; undefined when it is no report of fio. Jobs of one name are numbered. */
export function fioReadings(report: unknown): FioReading[] | undefined {
  if (!isObject(report) || !Array.isArray(report.jobs)) return undefined;
  return labelled(report.jobs).flatMap(({ job, label }) =>
    operations.flatMap((op) => (isObject(job[op]) ? operationReadings(label, op, job[op]) : [])),
  );
}

/** An option of a job, as its file says it or as the global section does. */
export interface FioOption {
  readonly job: string;
  readonly option: string;
  readonly value: string;
}

/** Options that tell which requests are a job's. */
const telling = [
  'rw',
  'readwrite',
  'bs',
  'blocksize',
  'offset',
  'size',
  'direct',
  'ioengine',
  'iodepth',
  'prioclass',
  'filename',
];

/** Options of each job, under the names `fioReadings` gives the jobs. */
export function fioOptions(report: unknown): FioOption[] {
  if (!isObject(report) || !Array.isArray(report.jobs)) return [];
  const shared = isObject(report['global options']) ? report['global options'] : {};
  return labelled(report.jobs).flatMap(({ job, label }) => {
    const own = isObject(job['job options']) ? job['job options'] : {};
    return Object.entries({ ...shared, ...own })
      .filter(([option]) => telling.includes(option))
      .map(([option, value]) => ({ job: label, option, value: String(value) }));
  });
}

/** Jobs of one name are numbered. */
function labelled(jobs: readonly unknown[]): { job: Json; label: string }[] {
  const seen = new Map<string, number>();
  return jobs.filter(isObject).map((job) => {
    const name = String(job.jobname ?? 'job');
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return { job, label: times === 1 ? name : `${name} #${times}` };
  });
}

function operationReadings(job: string, op: string, figures: Json): FioReading[] {
  const total = Number(figures.total_ios ?? 0);
  // fio before 2.2 does not say how many; then a rate above 0 does.
  if (total === 0 && !(Number(figures.iops) > 0)) return [];
  const reading = (what: string, unit: string, value: number): FioReading[] =>
    Number.isFinite(value) ? [{ name: `fio ${op} ${what}`, unit, job, value }] : [];
  return [
    ...reading('ios', 'count', total),
    ...reading('iops', '1/s', Number(figures.iops)),
    ...reading('bytes', 'bytes', Number(figures.io_bytes)),
    // ms in every version.
    ...reading('runtime', 'ns', Number(figures.runtime) * 1e6),
    ...submissionReadings(figures, reading),
    ...latencyReadings(figures, reading),
  ];
}

/** Time in the submitting call, `slat_ns`: 0 for engines that submit and wait in one call. */
function submissionReadings(
  { slat_ns: submission }: Json,
  reading: (what: string, unit: string, value: number) => FioReading[],
): FioReading[] {
  return isObject(submission) ? reading('submission mean', 'ns', Number(submission.mean)) : [];
}

/** Completion latency: `clat_ns` since fio 3.0, `clat` in µs before. */
function latencyReadings(
  figures: Json,
  reading: (what: string, unit: string, value: number) => FioReading[],
): FioReading[] {
  const scale = isObject(figures.clat_ns) ? 1 : 1000;
  const latency = isObject(figures.clat_ns) ? figures.clat_ns : figures.clat;
  if (!isObject(latency)) return [];
  const figure = (key: string): number => Number(latency[key] ?? Number.NaN) * scale;
  return [
    ...reading('latency mean', 'ns', figure('mean')),
    ...reading('latency p50', 'ns', percentile(latency, 50) * scale),
    ...reading('latency p99', 'ns', percentile(latency, 99) * scale),
    ...reading('latency max', 'ns', figure('max')),
  ];
}

/** `"99.000000": 227540992`; from the bins of json+ when that one was not asked for; NaN when neither tells. */
function percentile(latency: Json, wanted: number): number {
  const listed = isObject(latency.percentile) ? latency.percentile : {};
  for (const [key, value] of Object.entries(listed)) if (Number(key) === wanted) return Number(value);
  if (!isObject(latency.bins)) return Number.NaN;
  const bins = Object.entries(latency.bins)
    .map(([value, count]) => [Number(value), Number(count)] as const)
    .sort((a, b) => a[0] - b[0]);
  const total = bins.reduce((sum, [, count]) => sum + count, 0);
  let seen = 0;
  for (const [value, count] of bins) {
    seen += count;
    if (seen >= (total * wanted) / 100) return value;
  }
  return Number.NaN;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
