import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { shortName } from '../../model/symbol-name.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { functionCosts } from '../derived/function-costs.ts';
import { type FunctionRow, functions } from '../derived/functions.ts';
import { groupsBy } from '../derived/groups.ts';
import { leafFunctions } from '../derived/leaf.ts';
import { estimateGroupShares, estimateStackShare, profile, type Share } from '../derived/profile.ts';
import { needsSamples } from '../needs.ts';
import { caveatsOf, hotFunctionActions, meaningOf } from './hot-function-advice.ts';
import {
  eventTable,
  functionTable,
  groupTable,
  type HotFunction,
  MOST_ROWS,
  moduleTable,
} from './hotspot-tables.ts';

/** A function is worth a card of its own from this share of the busy time on. */
const NOTABLE = 0.05;
const MOST_CARDS = 3;

/** Where the time goes: functions, modules, processes, threads, CPUs, events. */
export const hotspots = defineAnalyzer({
  id: 'cpu/hotspots',
  question: 'Which functions, modules, processes, threads and CPUs does the time go to?',
  needs: [needsSamples],
  metrics: [
    {
      id: 'cpu.function.self.share',
      unit: 'share',
      labels: ['function', 'module', 'event'],
      about: 'Share of busy weight whose innermost frame is the function; the largest 50.',
    },
    {
      id: 'cpu.function.total.share',
      unit: 'share',
      labels: ['function', 'module', 'event'],
      about: 'Share of busy weight with the function anywhere in the stack; recursion counts once.',
    },
    {
      id: 'cpu.module.self.share',
      unit: 'share',
      labels: ['module', 'event'],
      about: 'Share of busy weight executing in the module.',
    },
    {
      id: 'cpu.process.share',
      unit: 'share',
      labels: ['process', 'event'],
      about: 'Share of busy weight of processes with this name.',
    },
  ],
  run(context) {
    const { event, weight } = context.derive(profile);
    const rows = hotFunctions(context);
    const groups = groupsBy(context);
    const label = { event: event.name };
    return {
      metrics: [
        ...rows.flatMap(({ fn, self, total }) => [
          shareMetric('cpu.function.self.share', { function: fn.name, module: fn.module, ...label }, self),
          shareMetric('cpu.function.total.share', { function: fn.name, module: fn.module, ...label }, total),
        ]),
        ...groups.module
          .slice(0, MOST_ROWS)
          .map((g) => shareMetric('cpu.module.self.share', { module: g.name, ...label }, g)),
        ...groups.process
          .slice(0, MOST_ROWS)
          .map((g) => shareMetric('cpu.process.share', { process: g.name, ...label }, g)),
      ],
      findings: weight > 0 ? cards(context, rows) : [],
      sections: [
        functionTable(context, rows),
        moduleTable(context),
        groupTable(
          'cpu/hotspots/processes',
          `Processes by ${event.name}`,
          'process',
          groups.process,
          context,
        ),
        groupTable('cpu/hotspots/threads', `Threads by ${event.name}`, 'thread', groups.thread, context),
        groupTable('cpu/hotspots/cpus', `CPUs by busy ${event.name}`, 'CPU', groups.cpu, context),
        eventTable(context),
      ].filter((section) => section.rows.length > 0),
    };
  },
});

/** The functions largest by self or by total, by self. */
function hotFunctions(context: Context): HotFunction[] {
  const { rows: all, ofFrame } = context.derive(functions);
  const costs = context.derive(functionCosts);
  const ids = all.map((_, id) => id).filter((id) => (costs.total[id] as number) > 0);
  const bySelf = [...ids]
    .sort((a, b) => (costs.self[b] as number) - (costs.self[a] as number) || a - b)
    .slice(0, MOST_ROWS);
  const { stack } = context.trace.tables.samples.columns;
  const leaves = context.derive(leafFunctions);
  const groupOf = new Int32Array(all.length).fill(-1);
  bySelf.forEach((id, position) => {
    groupOf[id] = position;
  });
  const selves = estimateGroupShares(context, bySelf.length, (row) =>
    stack[row] === 0 ? -1 : (groupOf[leaves[stack[row] as number] as number] as number),
  );
  return bySelf.map((id, position) => ({
    fn: all[id] as FunctionRow,
    self: selves[position] as Share,
    total: estimateStackShare(context, stacksHolding(context, ofFrame, id)),
  }));
}

/** 1 for every stack with the function in it. */
function stacksHolding(context: Context, ofFrame: Uint32Array, id: number): Uint8Array {
  const { length, columns } = context.trace.tables.stacks;
  const flags = new Uint8Array(length);
  for (let row = 1; row < length; row++) {
    const own = ofFrame[columns.frame[row] as number] === id;
    flags[row] = own || flags[columns.parent[row] as number] === 1 ? 1 : 0;
  }
  return flags;
}

function cards(context: Context, rows: readonly HotFunction[]): Finding[] {
  const { event, weight, rows: samples } = context.derive(profile);
  return rows
    .filter(({ fn, self }) => self.low >= NOTABLE / 2 && self.share >= NOTABLE && fn.hasSymbol)
    .slice(0, MOST_CARDS)
    .map(({ fn, self, total }) => ({
      id: `cpu/hotspots/${fn.name}`,
      severity: 'note',
      claim: `${shortName(fn.name)} itself takes ${formatShare(self.share)} of the ${event.whole}${meaningOf(fn)}`,
      share: self.share,
      confidence: {
        n: self.n,
        low: self.low,
        high: self.high,
        why: `${formatCount(self.n)} of ${formatCount(samples.length)} samples of ${event.name}; the interval allows for neighbouring samples being alike`,
      },
      evidence: [
        {
          label: 'call paths to it',
          section: `cpu/flame/${event.name}`,
          selection: { frame: fn.name },
          formula: `${formatValue(self.weight, event.unit)} of ${formatValue(weight, event.unit)} = ${formatShare(self.share)}; with what it calls ${formatShare(total.share)}`,
        },
        { label: 'functions', section: 'cpu/hotspots/functions', selection: { frame: fn.name } },
      ],
      actions: hotFunctionActions(fn),
      caveats: caveatsOf(fn, event.name),
    }));
}

function shareMetric(id: string, labels: Record<string, string>, { share, low, high, n }: Share): Metric {
  return { id, labels, value: share, unit: 'share', better: 'neither', n, low, high };
}
