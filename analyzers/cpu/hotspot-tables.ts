import type { TableSection } from '../../model/section.ts';
import { moduleName } from '../../model/symbol-name.ts';
import { formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { functionCosts } from '../derived/function-costs.ts';
import { type FunctionRow, functions } from '../derived/functions.ts';
import { type Group, groupsBy } from '../derived/groups.ts';
import { leafModules } from '../derived/leaf.ts';
import { estimateStackShare, profile, type Share } from '../derived/profile.ts';

/** Rows of a hotspot table: beyond these nobody reads on. */
export const MOST_ROWS = 50;
const MOST_MODULES = 25;

export interface HotFunction {
  readonly fn: FunctionRow;
  readonly self: Share;
  readonly total: Share;
}

/** Functions with self and total, each row selecting its function everywhere. */
export function functionTable(context: Context, rows: readonly HotFunction[]): TableSection {
  const { event } = context.derive(profile);
  const { rows: all } = context.derive(functions);
  const costs = context.derive(functionCosts);
  return {
    kind: 'table',
    id: 'cpu/hotspots/functions',
    title: `Functions by their own ${event.name}`,
    note: 'Self: the function itself was executing. Total: it was somewhere in the stack; recursion counts once. ± is half the 95 % interval of self.',
    columns: [
      { name: 'function', unit: 'text' },
      { name: 'module', unit: 'text' },
      { name: 'kind', unit: 'text' },
      { name: 'self', unit: event.unit },
      { name: 'self share', unit: 'share' },
      { name: '±', unit: 'share' },
      { name: 'total', unit: event.unit },
      { name: 'total share', unit: 'share' },
      { name: 'samples', unit: 'count' },
    ],
    rows: rows.map(({ fn, self, total }) => ({
      cells: [
        fn.name,
        moduleName(fn.module),
        fn.kind,
        self.weight,
        self.share,
        (self.high - self.low) / 2,
        total.weight,
        total.share,
        self.n,
      ],
      selection: { frame: fn.name },
    })),
    of: all.filter((_, id) => (costs.total[id] as number) > 0).length,
  };
}

/** Self: executing in the module. Total: somewhere in the stack, which may be so for several modules at once. */
export function moduleTable(context: Context): TableSection {
  const { event } = context.derive(profile);
  const { module } = groupsBy(context);
  return {
    kind: 'table',
    id: 'cpu/hotspots/modules',
    title: `Modules by their own ${event.name}`,
    note: 'Self: executing in the module. Total: one of its functions was somewhere in the stack.',
    columns: [
      { name: 'module', unit: 'text' },
      { name: 'self', unit: event.unit },
      { name: 'self share', unit: 'share' },
      { name: '±', unit: 'share' },
      { name: 'total', unit: event.unit },
      { name: 'total share', unit: 'share' },
      { name: 'samples', unit: 'count' },
    ],
    rows: module.slice(0, MOST_MODULES).map(({ key, name, weight, share, low, high, n }) => {
      const total = estimateStackShare(context, stacksInModule(context, key));
      return { cells: [name, weight, share, (high - low) / 2, total.weight, total.share, n] };
    }),
    of: module.length,
  };
}

/** 1 for every stack with a frame of the module (a string id) in it. */
function stacksInModule(context: Context, module: number): Uint8Array {
  const { stacks } = context.trace.tables;
  const modules = context.derive(leafModules);
  const flags = new Uint8Array(stacks.length);
  for (let row = 1; row < stacks.length; row++) {
    flags[row] = modules[row] === module || flags[stacks.columns.parent[row] as number] === 1 ? 1 : 0;
  }
  return flags;
}

/** Processes, threads or CPUs. */
export function groupTable(
  id: string,
  title: string,
  what: string,
  groups: readonly Group[],
  context: Context,
): TableSection {
  const { event } = context.derive(profile);
  return {
    kind: 'table',
    id,
    title,
    columns: [
      { name: what, unit: 'text' },
      { name: event.name, unit: event.unit },
      { name: 'share', unit: 'share' },
      { name: '±', unit: 'share' },
      { name: 'samples', unit: 'count' },
    ],
    rows: groups.slice(0, MOST_ROWS).map(({ name, weight, share, low, high, n }) => ({
      cells: [name, weight, share, (high - low) / 2, n],
      ...(what === 'thread' ? { selection: { thread: name } } : {}),
    })),
    of: groups.length,
  };
}

export function eventTable(context: Context): TableSection {
  const events = groupsBy(context).event;
  return {
    kind: 'table',
    id: 'cpu/hotspots/events',
    title: 'Events in the capture',
    note: 'Different events measure different things; they are never added up.',
    columns: [
      { name: 'event', unit: 'text' },
      { name: 'samples', unit: 'count' },
      { name: 'amount', unit: 'text' },
    ],
    rows: events.map(({ name, samples, weight, unit }) => ({
      cells: [name, samples, formatValue(weight, unit)],
      selection: { event: name },
    })),
    of: events.length,
  };
}
