import type { SavedTree } from '../../model/saved-run.ts';
import type { MeasuredRun } from './exposure.ts';
import { commonFunctionName, commonModuleName, commonProcessName } from './symbols.ts';

/** Names in the second group that stand for others in the first: `bench-new` → `bench-main`. */
export interface Aliases {
  readonly modules: ReadonlyMap<string, string>;
  readonly processes: ReadonlyMap<string, string>;
}

export const noAliases: Aliases = { modules: new Map(), processes: new Map() };

/** Part of the cost of both that functions of the same name must have in common. */
const ALIKE = 0.5;
/** Modules and processes below this share of the cost are left alone. */
const LEAST_SHARE = 0.01;

/** Cost of named functions, by the module or process they belong to. */
type Contents = Map<string, Map<string, number>>;

/**
 * Two builds of one program often differ in the name of its file, and with it of its process: what
 * stands on one side only, and holds the same functions at about the same cost as something that
 * stands on the other side only, is taken for it.
 */
export function findAliases(before: readonly MeasuredRun[], after: readonly MeasuredRun[]): Aliases {
  const [a, b] = [contentsOf(before), contentsOf(after)];
  return { modules: pairUp(a.modules, b.modules), processes: pairUp(a.processes, b.processes) };
}

function contentsOf(runs: readonly MeasuredRun[]): { modules: Contents; processes: Contents } {
  const [modules, processes]: [Contents, Contents] = [new Map(), new Map()];
  for (const { profile, scale } of runs) addTree(profile.tree, scale, modules, processes);
  return { modules, processes };
}

function addTree(
  { functions, modules, nodes }: SavedTree,
  scale: number,
  byModule: Contents,
  byProcess: Contents,
): void {
  const names = functions.name.map((name) =>
    name.startsWith('[') || name.startsWith('(') ? '' : commonFunctionName(name),
  );
  const moduleNames = functions.module.map((module) => commonModuleName(modules[module] ?? ''));
  let process = '';
  nodes.depth.forEach((depth, node) => {
    const fn = nodes.function[node] as number;
    if (depth === 1) process = commonProcessName(functions.name[fn] ?? '');
    const cost = (nodes.self[node] as number) * scale;
    if (depth < 2 || !(cost > 0)) return;
    add(byModule, moduleNames[fn] as string, names[fn] as string, cost);
    add(byProcess, process, names[fn] as string, cost);
  });
}

function add(contents: Contents, owner: string, name: string, cost: number): void {
  let own = contents.get(owner);
  if (own === undefined) {
    own = new Map();
    contents.set(owner, own);
  }
  own.set(name, (own.get(name) ?? 0) + cost);
}

/** Owners of the second that are the best match of one of the first, and it theirs. */
function pairUp(a: Contents, b: Contents): Map<string, string> {
  const gone = large(a).filter((name) => !b.has(name));
  const come = large(b).filter((name) => !a.has(name));
  const best = (own: Map<string, number>, others: readonly string[], from: Contents): string | undefined => {
    const rated = others
      .map((name) => ({ name, alike: likeness(own, from.get(name) as Map<string, number>) }))
      .filter(({ alike }) => alike >= ALIKE)
      .sort((x, y) => y.alike - x.alike || (x.name < y.name ? -1 : 1));
    return rated[0]?.name;
  };
  const pairs = new Map<string, string>();
  for (const name of come) {
    const found = best(b.get(name) as Map<string, number>, gone, a);
    if (found !== undefined && best(a.get(found) as Map<string, number>, come, b) === name) {
      pairs.set(name, found);
    }
  }
  return pairs;
}

function large(contents: Contents): string[] {
  const costs = [...contents].map(([name, own]) => [name, sumOf(own)] as const);
  const whole = costs.reduce((sum, [, cost]) => sum + cost, 0);
  return costs.filter(([, cost]) => cost >= whole * LEAST_SHARE).map(([name]) => name);
}

/** Part of the cost that functions of one name have on both sides, 0..1; what has no name is like nothing. */
function likeness(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  const [wholeA, wholeB] = [sumOf(a), sumOf(b)];
  let alike = 0;
  for (const [name, cost] of a) {
    if (name !== '') alike += Math.min(cost / wholeA, (b.get(name) ?? 0) / wholeB);
  }
  return alike;
}

function sumOf(costs: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const cost of costs.values()) sum += cost;
  return sum;
}
