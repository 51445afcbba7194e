import type { Metric } from '../../model/metric.ts';
import type { SavedProfile, SavedRun } from '../../model/saved-run.ts';

/** A path of functions, outermost first, `module!name` or `name`, and its self weight in ns. */
export type Paths = Readonly<Record<string, number>>;

export interface RunSketch {
  readonly name: string;
  readonly paths?: Paths;
  /** ns a sample. */
  readonly period?: number;
  readonly event?: string;
  readonly unit?: SavedProfile['unit'];
  readonly interval?: number;
  readonly duration?: number;
  readonly host?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly results?: Readonly<Record<string, number>>;
  readonly metrics?: readonly Metric[];
  readonly lost?: number;
  readonly blocks?: SavedProfile['blocks'];
  /** `file:line` by function name. */
  readonly source?: Readonly<Record<string, string>>;
}

/** A saved run drawn by hand: `{'main;lib.so!parse': 5e6}` under one process. */
export function savedRun(sketch: RunSketch): SavedRun {
  const { name, paths, duration = 1, host = {}, labels = {}, results = {}, metrics = [], lost = 0 } = sketch;
  const profile = paths === undefined ? undefined : profileOf(paths, sketch);
  return {
    format: 'vtune-run',
    version: 1,
    generator: { name: 'vtune', version: 'test' },
    run: {
      name,
      labels,
      host,
      duration,
      samples: profile?.samples ?? 0,
      events:
        profile === undefined
          ? []
          : [{ name: profile.event, unit: profile.unit, samples: profile.samples, weight: profile.weight }],
    },
    lost,
    metrics: [
      ...metrics,
      ...Object.entries(results).map(
        ([key, value]): Metric => ({
          id: 'run.result',
          labels: { name: key },
          value: key.endsWith('_s') ? value * 1e9 : value,
          unit: key.endsWith('_s') ? 'ns' : 'count',
          better: key.endsWith('_s') ? 'lower' : 'neither',
          n: 1,
        }),
      ),
    ],
    profiles: profile === undefined ? [] : [profile],
  };
}

function profileOf(
  paths: Paths,
  { period = 1e6, event = 'cpu-clock', unit = 'ns', interval = 0, blocks, source }: RunSketch,
): SavedProfile {
  const names = ['all', 'bench'];
  const modules = [''];
  const functions = { name: names, module: [0, 0], kind: [0, 0] };
  const ids = new Map<string, number>();
  const idOf = (text: string): number => {
    let id = ids.get(text);
    if (id === undefined) {
      const [module, name] = text.includes('!') ? text.split('!') : ['app', text];
      let at = modules.indexOf(module as string);
      if (at < 0) at = modules.push(module as string) - 1;
      id = names.push(name as string) - 1;
      functions.module.push(at);
      functions.kind.push(1);
      ids.set(text, id);
    }
    return id;
  };
  // A tree of maps first: nodes are written in pre-order.
  interface Node {
    self: number;
    readonly below: Map<number, Node>;
  }
  const root: Node = { self: 0, below: new Map() };
  for (const [path, weight] of Object.entries(paths)) {
    let at = root;
    for (const frame of path.split(';')) {
      const id = idOf(frame);
      let next = at.below.get(id);
      if (next === undefined) {
        next = { self: 0, below: new Map() };
        at.below.set(id, next);
      }
      at = next;
    }
    at.self += weight;
  }
  const nodes = { depth: [0, 1], function: [0, 1], self: [0, 0] };
  const write = (node: Node, depth: number): void => {
    for (const [id, child] of node.below) {
      nodes.depth.push(depth);
      nodes.function.push(id);
      nodes.self.push(child.self);
      write(child, depth + 1);
    }
  };
  write(root, 2);
  const weight = nodes.self.reduce((sum, value) => sum + value, 0);
  return {
    event,
    unit,
    isTime: true,
    samples: Math.round(weight / period),
    weight,
    squares: weight * period,
    interval,
    tree: {
      functions:
        source === undefined ? functions : { ...functions, source: names.map((each) => source[each] ?? '') },
      modules,
      nodes,
    },
    ...(blocks === undefined ? {} : { blocks }),
  };
}

/** Runs of one group from sample counts per function, as `simulateCounts` makes them. */
export function runsOfCounts(group: string, counts: readonly Float64Array[], period = 1e6): SavedRun[] {
  return counts.map((own, run) =>
    savedRun({
      name: `${group}-${run}`,
      period,
      host: { command: '/usr/bin/perf record -g -- ./bench' },
      paths: Object.fromEntries(Array.from(own, (count, fn) => [`main;f${fn}`, count * period])),
    }),
  );
}
