import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hdd } from '../../analyzers/io/simulator/devices/built-in.ts';
import type { ErrorRow } from '../../analyzers/io/simulator/error-row.ts';
import { parseFioJob } from '../../analyzers/io/simulator/fio-job.ts';
import { forecast } from '../../analyzers/io/simulator/forecast.ts';
import { defaultHost } from '../../analyzers/io/simulator/host.ts';
import { simulate } from '../../analyzers/io/simulator/simulate.ts';
import { orderInterval } from '../../analyzers/stats/order-statistics.ts';
import type { TaskModel } from '../../model/simulation.ts';
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

/** ms, ascending: latencies of some of a run's tasks together. */
export interface PooledLatencies {
  readonly run: RecordedRun;
  readonly simulated: Float64Array;
  readonly measured: Float64Array;
}

/** Latencies of the mixed test's tasks that are chosen, of all seeds and of the recording. */
export async function pooledLatencies(
  captures: string,
  chosen: (task: TaskModel) => boolean,
): Promise<PooledLatencies[]> {
  const found: PooledLatencies[] = [];
  for (const run of recordedRuns.filter(({ workload }) => workload === 'w1')) {
    const setup = setupOf(captures, run);
    const tasks = setup.workload.tasks.flatMap((task, i) => (chosen(task) ? [i] : []));
    const latencies: number[] = [];
    const finished = (task: number, latency: number): void => {
      if (tasks.includes(task)) latencies.push(latency / 1e6);
    };
    for (const seed of seeds) simulate({ ...setup, seed, finished });
    const logs = await Promise.all(tasks.map((task) => logged(captures, run, task)));
    found.push({
      run,
      simulated: Float64Array.from(latencies).sort(),
      measured: Float64Array.from(logs.flatMap((log) => Array.from(log, (latency) => latency / 1e6))).sort(),
    });
  }
  return found;
}

function setupOf(
  captures: string,
  { scheduler, settings, workload: name, seconds, writeEstimates }: RecordedRun,
) {
  const text = readFileSync(join(captures, 'workloads', `${name}.fio`), 'utf8');
  const workload = { ...parseFioJob(text, name), duration: seconds * 1e9 };
  return { workload, device: hdd, scheduler, settings, host: { ...defaultHost, writeEstimates } };
}

/** ns, ascending. */
async function logged(captures: string, run: RecordedRun, job: number): Promise<Float64Array> {
  const logs = await tarMembers(join(captures, run.path, 'fio_clat_logs.tgz'), /clat/);
  const log = [...logs].find(([name]) => name.endsWith(`clat.${job + 1}.log`))?.[1];
  return latenciesOf(log?.toString() ?? '');
}

async function rowsOf(captures: string, run: RecordedRun): Promise<ErrorRow[]> {
  const { scheduler, settings } = run;
  const { tasks } = forecast(setupOf(captures, run), seeds);
  const fio = readFileSync(join(captures, run.path, 'fio.json'), 'utf8');
  const { jobs } = JSON.parse(fio.slice(fio.indexOf('{'))) as { jobs: readonly Job[] };
  const logs = await Promise.all(jobs.map((_, i) => logged(captures, run, i)));
  return jobs.map(({ jobname, read, write }, i) => {
    const measured = read.total_ios > 0 ? read : write;
    const { low, high } = orderInterval(logs[i] ?? [], 0.99);
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
