import { formatCount } from '../../model/units.ts';
import type { Need } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { countedChannel, phaseChannels } from './model.ts';
import { FEWEST_WINDOWS, windowGrid } from './window-grid.ts';

const longer = 'perf record -F 499 -a -g -- sleep 30 && perf script --header > perf.txt';

/** Not asked for is not missing: the analysis was told to leave phases out. */
export const needsPhasesWanted: Need = {
  missing: 'wish to see phases: the analysis was run with --no-phases',
  captureWith: 'vtune analyze PATH   # without --no-phases',
  met: (_, { options }) => options.phases !== false,
};

/** Something with times: samples, switches, requests, or readings of counters. */
export const needsTimedObservations: Need = {
  missing: 'samples, context switches, requests or counters with times',
  captureWith: longer,
  met: (_, context) => context.derive(windowGrid) !== undefined,
};

/** Enough windows to tell a phase from chance. */
export const needsWindows: Need = {
  missing: (context) => {
    const grid = context.derive(windowGrid);
    return `${FEWEST_WINDOWS} windows to tell a phase from chance: ${formatCount(grid?.observations ?? 0)} ${grid?.of ?? 'observations'} make ${formatCount(grid?.windows ?? 0)}, so the run is too short or too thinly sampled`;
  },
  captureWith: longer,
  met: (_, context) => {
    const grid = context.derive(windowGrid);
    return grid !== undefined && grid.windows >= FEWEST_WINDOWS && context.derive(phaseChannels).length > 0;
  },
};

/** Counts, which are as they are by chance; times of threads in states are not. */
export const needsCountedThings: Need = {
  missing: 'samples, or requests of block devices, by which windows could be told apart',
  captureWith: longer,
  met: (_, context) => countedChannel(context) !== undefined,
};

/** Whether an analysis will factorise something, so that TensorFlow.js is worth loading. */
export function wantsTensors(context: Context): boolean {
  return [needsPhasesWanted, needsTimedObservations, needsWindows, needsCountedThings].every(({ met }) =>
    met(context.trace, context),
  );
}
