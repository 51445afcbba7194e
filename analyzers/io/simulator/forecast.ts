import type {
  SchedulerPrediction,
  SeedSpread,
  TaskForecast,
  TaskPrediction,
} from '../../../model/simulation.ts';
import { type SimulationSetup, simulate } from './simulate.ts';

export type Forecast = Pick<SchedulerPrediction, 'tasks' | 'rate' | 'byteRate' | 'busy' | 'writeBackRate'>;

/** Simulates once per seed; the spread says what chance does, not how wrong the model is. */
export function forecast(setup: Omit<SimulationSetup, 'seed'>, seeds: readonly number[]): Forecast {
  const runs = seeds.map((seed) => simulate({ ...setup, seed }));
  const total = (key: 'rate' | 'byteRate'): SeedSpread =>
    spread(runs.map(({ tasks }) => tasks.reduce((sum, task) => sum + task[key], 0)));
  return {
    tasks: setup.workload.tasks.map(({ name }, i) =>
      overSeeds(
        name,
        runs.map(({ tasks }) => tasks[i] as TaskPrediction),
      ),
    ),
    rate: total('rate'),
    byteRate: total('byteRate'),
    ...(setup.workload.tasks.some(({ buffered }) => buffered)
      ? { writeBackRate: spread(runs.map(({ writeBackRate }) => writeBackRate)) }
      : {}),
    busy: spread(runs.map(({ busy, end }) => (end === 0 ? 0 : busy / end))),
  };
}

function overSeeds(task: string, runs: readonly TaskPrediction[]): TaskForecast {
  const of = (key: Exclude<keyof TaskPrediction, 'task'>): SeedSpread => spread(runs.map((run) => run[key]));
  return {
    task,
    n: runs.reduce((sum, { n }) => sum + n, 0),
    rate: of('rate'),
    byteRate: of('byteRate'),
    latencyMean: of('mean'),
    p50: of('p50'),
    p99: of('p99'),
    max: of('max'),
  };
}

/** Of the runs that have the figure. */
function spread(values: readonly number[]): SeedSpread {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return { mean: Number.NaN, low: Number.NaN, high: Number.NaN };
  return {
    mean: known.reduce((sum, value) => sum + value, 0) / known.length,
    low: Math.min(...known),
    high: Math.max(...known),
  };
}
