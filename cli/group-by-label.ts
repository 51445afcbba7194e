import { knobs } from '../model/knobs.ts';
import type { SavedRun } from '../model/saved-run.ts';
import type { RunGroup } from '../workers/compare-task.ts';
import { usage } from './compare-groups.ts';

/**
 * Runs by the values of these labels, groups in the order in which their first run was given. Without
 * labels: by the scheduler where runs differ in it, else by the one label in which they do.
 */
export function splitByLabel(groups: readonly RunGroup[], asked: readonly string[]): RunGroup[] {
  const runs = groups.flatMap((group) => group.runs);
  const by = asked.length > 0 ? asked : [labelThatDiffers(runs)];
  const found = new Map<string, SavedRun[]>();
  for (const run of runs) {
    const name = by.map((label) => valueText(run, label, by.length > 1)).filter((text) => text !== '');
    if (name.length === 0) {
      throw usage(
        `${run.run.name} does not tell its ${by.join(' and ')}; it tells ${toldBy(run)}. Copy the knob's own file beside the dumps (grep -H . /sys/block/*/queue/scheduler > settings.txt), or name it in vtune.json: {"labels": {"${by[0]}": "…"}}`,
      );
    }
    const key = name.join(' ');
    const own = found.get(key);
    if (own === undefined) found.set(key, [run]);
    else own.push(run);
  }
  if (found.size < 2)
    throw usage(
      `all ${runs.length} runs have the ${by.join(' and ')} ${[...found.keys()][0]}: nothing to compare`,
    );
  return [...found].map(([name, own]) => ({ name, runs: own }));
}

/** Of several labels each but the first is named: `bfq low_latency=0`. */
function valueText({ run }: SavedRun, label: string, several: boolean): string {
  const value = run.labels[label];
  if (value === undefined) return '';
  return several && label !== 'scheduler' ? `${label}=${value}` : value;
}

function toldBy({ run }: SavedRun): string {
  const names = Object.keys(run.labels);
  return names.length === 0 ? 'nothing' : names.join(', ');
}

function labelThatDiffers(runs: readonly SavedRun[]): string {
  const names = new Set(runs.flatMap(({ run }) => Object.keys(run.labels)));
  const differing = [...names].filter((name) => {
    const values = runs.map(({ run }) => run.labels[name]);
    return values.every((value) => value !== undefined) && new Set(values).size > 1;
  });
  // A scheduler brings its own number of requests and tunables: what differs with it is not another choice.
  const [first, ...others] = differing.includes(knobs[0]?.name ?? '')
    ? [knobs[0]?.name as string]
    : differing;
  if (first === undefined)
    throw usage('the runs tell no label in which they differ; name one with --group-by');
  if (others.length > 0) throw usage(`the runs differ in ${differing.join(', ')}: choose with --group-by`);
  return first;
}
