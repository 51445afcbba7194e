import type { SmallFlamesSection } from '../../model/section.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { buildCallTree } from '../derived/call-tree.ts';
import { functions } from '../derived/functions.ts';
import { leafFunctions } from '../derived/leaf.ts';
import { profile } from '../derived/profile.ts';
import { OTHERS } from './channel.ts';
import { phaseModel } from './model.ts';
import type { OddModel } from './odd-model.ts';
import { windowOf } from './window-grid.ts';

const SMALL_TREE = 150;
const MOST_NAMES = 4;

/** What the run is mixed from, when it is more than one thing: each component as a small flame graph. */
export function componentsSection(context: Context, { channel, factors }: OddModel): SmallFlamesSection[] {
  const { rank, loadings, components } = factors;
  if (rank < 2) return [];
  const { columns, rows } = channel.counts;
  const all = loadings.reduce((a, b) => a + b, 0);
  const items = Array.from({ length: rank }, (_, k) => {
    let weight = 0;
    let windows = 0;
    for (let row = 0; row < rows; row++) {
      const own = loadings[row * rank + k] as number;
      weight += own;
      const whole = loadings.subarray(row * rank, (row + 1) * rank).reduce((a, b) => a + b, 0);
      if (own > whole / 2) windows++;
    }
    const shares = components.subarray(k * columns, (k + 1) * columns);
    const names = [...shares.keys()]
      .sort((a, b) => (shares[b] as number) - (shares[a] as number) || a - b)
      .slice(0, MOST_NAMES)
      .map((column) => `${channel.names[column] ?? ''} ${formatShare(shares[column] as number)}`);
    return {
      weight,
      label: `Component ${k + 1}: ${names[0] ?? ''}`,
      facts: [
        `${formatShare(weight / all)} of the ${channel.counted}; most of ${formatCount(windows)} of ${formatCount(rows)} windows`,
        names.join(', '),
      ],
      changes: [],
      ...(channel.name === 'functions' ? componentTree(context, channel.names, factors, k) : {}),
    };
  });
  return [
    {
      kind: 'small-flames',
      id: 'phases/odd-windows/components',
      title: `What the run is mixed from: ${rank} components`,
      note: `Non-negative matrix factorisation (Kullback–Leibler) of ${formatCount(rows)} windows × ${formatCount(columns)} ${channel.name}, by ${context.tensors.backend}. Every sample is shared out among the components by how likely each is to have made it.`,
      unit: context.derive(profile).event.unit,
      items: items.sort((a, b) => b.weight - a.weight).map(({ weight: _, ...item }) => item),
    },
  ];
}

/** Samples weighted by how much of them is this component's. */
function componentTree(context: Context, names: readonly string[], factors: OddModel['factors'], k: number) {
  const grid = context.derive(phaseModel)?.grid;
  const { rows } = context.derive(profile);
  if (grid === undefined || rows.length === 0) return {};
  const { rank, loadings, components } = factors;
  const width = components.length / rank;
  const { time, stack, weight } = context.trace.tables.samples.columns;
  const leaf = context.derive(leafFunctions);
  const { rows: named } = context.derive(functions);
  const columnOf = new Map(names.map((name, column) => [name, column] as const));
  const others = columnOf.get(OTHERS) ?? -1;
  const columnOfFunction = named.map(({ name }) => columnOf.get(name) ?? others);
  const part = (row: number): number => {
    const window = windowOf(grid, time[row] as number);
    const column = columnOfFunction[leaf[stack[row] as number] as number] as number;
    if (window < 0 || column < 0) return 0;
    let [own, all] = [0, 0];
    for (let each = 0; each < rank; each++) {
      const expected =
        (loadings[window * rank + each] as number) * (components[each * width + column] as number);
      all += expected;
      if (each === k) own = expected;
    }
    return all > 0 ? (own / all) * (weight[row] as number) : 0;
  };
  return { tree: buildCallTree(context, rows, SMALL_TREE, false, part).tree };
}
