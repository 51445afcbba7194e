import type { Report } from '../../model/report.ts';
import {
  SAVED_RUN_FORMAT,
  SAVED_RUN_VERSION,
  type SavedBlocks,
  type SavedProfile,
  type SavedRun,
} from '../../model/saved-run.ts';
import type { Context } from '../context.ts';
import { buildCallTree } from '../derived/call-tree.ts';
import { type EventSummary, profileEvents } from '../derived/event-summary.ts';
import { idleSamples } from '../derived/idle.ts';
import { profile } from '../derived/profile.ts';
import { sampleInterval } from '../derived/sample-interval.ts';

/** Nodes kept of the primary event and of each other one; the smallest subtrees beyond are folded together. */
const MOST_NODES = 20_000;
const MOST_NODES_OTHERS = 3000;
const MOST_EVENTS = 4;
/** Functions whose weight is kept per block of time, and the share from which on. */
const MOST_BLOCK_FUNCTIONS = 200;
const LEAST_BLOCK_SHARE = 0.001;
/** Fewer blocks say nothing of spread. */
const FEWEST_BLOCKS = 4;

/** What of a run is worth keeping for later comparisons. */
export function saveRun(context: Context, report: Report): SavedRun {
  const [run] = report.runs;
  if (run === undefined) throw new Error('a report without a run');
  const lost = report.imports.reduce((sum, row) => sum + row.lost, 0);
  const tried = lost + context.trace.tables.samples.length;
  return {
    format: SAVED_RUN_FORMAT,
    version: SAVED_RUN_VERSION,
    generator: report.generator,
    run,
    lost: tried > 0 ? lost / tried : 0,
    metrics: report.metrics,
    profiles: context
      .derive(profileEvents)
      .slice(0, MOST_EVENTS)
      .map((event, position) => saveProfile(context, event, position === 0)),
  };
}

function saveProfile(context: Context, event: EventSummary, primary: boolean): SavedProfile {
  const { event: events, weight } = context.trace.tables.samples.columns;
  const idle = context.derive(idleSamples);
  const rows = Uint32Array.from(events.keys()).filter((row) => events[row] === event.id && idle[row] === 0);
  const { tree, nodeOfRow } = buildCallTree(context, rows, primary ? MOST_NODES : MOST_NODES_OTHERS);
  const { depth, function: functions, self } = tree.nodes;
  let [sum, squares] = [0, 0];
  for (const row of rows) {
    sum += weight[row] as number;
    squares += (weight[row] as number) ** 2;
  }
  const functionOfRow = nodeOfRow.map((node) => functions[node] as number);
  const blocks = primary ? saveBlocks(context, functionOfRow, tree.functions.name.length) : undefined;
  return {
    event: event.name,
    unit: event.unit,
    isTime: event.isTime,
    // Where weights count samples, as in folded stacks, a row is as many samples of one.
    samples: event.unit === 'samples' ? Math.round(sum) : rows.length,
    weight: sum,
    squares: event.unit === 'samples' ? sum : squares,
    interval: sampleInterval(context, event.id),
    tree: { functions: tree.functions, modules: tree.modules, nodes: { depth, function: functions, self } },
    ...(blocks === undefined ? {} : { blocks }),
  };
}

/** Weights of the primary event per block of time; undefined when there are too few blocks. */
function saveBlocks(context: Context, functionOfRow: Uint32Array, count: number): SavedBlocks | undefined {
  const { rows, block, blocks, weight: whole } = context.derive(profile);
  if (blocks < FEWEST_BLOCKS || rows.length !== functionOfRow.length) return undefined;
  const { weight } = context.trace.tables.samples.columns;
  const parts = Array.from({ length: count }, () => 0);
  rows.forEach((row, i) => {
    const fn = functionOfRow[i] as number;
    parts[fn] = (parts[fn] as number) + (weight[row] as number);
  });
  const largest = [...parts.keys()]
    .filter((fn) => (parts[fn] as number) >= whole * LEAST_BLOCK_SHARE)
    .sort((a, b) => (parts[b] as number) - (parts[a] as number) || a - b)
    .slice(0, MOST_BLOCK_FUNCTIONS);
  const place = new Map(largest.map((fn, at) => [fn, at] as const));
  const all = new Float64Array(blocks);
  const selves = largest.map(() => new Float64Array(blocks));
  rows.forEach((row, i) => {
    const b = block[i] as number;
    const w = weight[row] as number;
    all[b] = (all[b] as number) + w;
    const own = selves[place.get(functionOfRow[i] as number) ?? -1];
    if (own !== undefined) own[b] = (own[b] as number) + w;
  });
  return {
    whole: [...all],
    functions: largest.map((fn, at) => ({ function: fn, self: [...(selves[at] as Float64Array)] })),
  };
}
