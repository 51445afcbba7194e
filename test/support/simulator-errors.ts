import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hdd } from '../../analyzers/io/simulator/devices/built-in.ts';
import type { ErrorRow } from '../../analyzers/io/simulator/error-row.ts';
import { parseFioJob } from '../../analyzers/io/simulator/fio-job.ts';
import { forecast } from '../../analyzers/io/simulator/forecast.ts';
import { defaultHost } from '../../analyzers/io/simulator/host.ts';
import { orderInterval } from '../../analyzers/stats/order-statistics.ts';
import { type RecordedRun, recordedRuns } from './recorded-runs.ts';
import { tarMembers } from './tar-members.ts';

interface Direction {
  readonly total_ios: number;
  readonly iops: number;
  readonly clat_ns: { readonly percentile: Readonly<Record<string, number>> };
}
interface Job {
  readonly jobname: string;
  readonly read: Direction;
  readonly write: Direction;
}

/** Enough that the mean of a starved task does not hang on one of them. */
const seeds = Array.from({ length: 20 }, (_, i) => i + 1);

/** Every job of every recorded run below `captures`, simulated, beside fio's own figures. */
export async function errorRows(captures: string): Promise<ErrorRow[]> {
  const rows: ErrorRow[] = [];
  for (const run of recordedRuns) rows.push(...(await rowsOf(captures, run)));
  return rows;
}

async function rowsOf(captures: string, run: RecordedRun): Promise<ErrorRow[]> {
  const { scheduler, settings, writeEstimates } = run;
  const text = readFileSync(join(captures, 'workloads', `${run.workload}.fio`), 'utf8');
  const workload = { ...parseFioJob(text, run.workload), duration: run.seconds * 1e9 };
  const host = { ...defaultHost, writeEstimates };
  const { tasks } = forecast({ workload, device: hdd, scheduler, settings, host }, seeds);
  const fio = readFileSync(join(captures, run.path, 'fio.json'), 'utf8');
  const { jobs } = JSON.parse(fio.slice(fio.indexOf('{'))) as { jobs: readonly Job[] };
  const logs = await tarMembers(join(captures, run.path, 'fio_clat_logs.tgz'), /clat/);
  return jobs.map(({ jobname, read, write }, i) => {
    const measured = read.total_ios > 0 ? read : write;
    const log = [...logs].find(([name]) => name.endsWith(`clat.${i + 1}.log`))?.[1];
    const { low, high } = orderInterval(latenciesOf(log?.toString() ?? ''), 0.99);
    const task = tasks[i];
    return {
      scheduler,
      settings,
      run: run.name,
      heldOut: run.heldOut,
      job: jobname,
      n: measured.total_ios,
      rate: [rounded(task?.rate.mean), rounded(measured.iops)],
      p99: [rounded((task?.p99.mean ?? Number.NaN) / 1e6), rounded(milliseconds(measured))],
      p99Interval: [
        Number.isNaN(low) ? null : rounded(low / 1e6),
        Number.isNaN(high) ? null : rounded(high / 1e6),
      ],
    };
  });
}

function milliseconds({ clat_ns }: Direction): number {
  return (clat_ns.percentile['99.000000'] ?? Number.NaN) / 1e6;
}

/** Second column of fio's latency log, ns, ascending. */
function latenciesOf(log: string): Float64Array {
  const lines = log.split('\n').filter((line) => line !== '');
  return Float64Array.from(lines, (line) => Number(line.split(',')[1])).sort();
}

/** Four significant digits: more would only make generated files differ. */
function rounded(value = Number.NaN): number {
  return Number(value.toPrecision(4));
}
