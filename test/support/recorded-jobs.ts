import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedJob } from '../../analyzers/io/simulator/fit/cross-error.ts';

interface Direction {
  readonly total_ios: number;
  readonly bw_bytes: number;
  readonly clat_ns: { readonly percentile?: Readonly<Record<string, number>> };
}
type Options = Readonly<Record<string, string>>;
interface Job {
  readonly jobname: string;
  readonly read: Direction;
  readonly write: Direction;
  readonly 'job options'?: Options;
}

/** What fio measured, job by job, as fio.json in a folder says. */
export function recordedJobs(folder: string): RecordedJob[] {
  const text = readFileSync(join(folder, 'fio.json'), 'utf8');
  const report = JSON.parse(text.slice(text.indexOf('{'))) as {
    readonly jobs: readonly Job[];
    readonly 'global options'?: Options;
  };
  return report.jobs.map(({ jobname, read, write, ...job }) => {
    const of = read.total_ios > 0 ? read : write;
    return {
      job: jobname,
      n: of.total_ios,
      byteRate: of.bw_bytes,
      p99: of.clat_ns.percentile?.['99.000000'] ?? Number.NaN,
      buffered: (job['job options']?.direct ?? report['global options']?.direct) !== '1',
    };
  });
}
