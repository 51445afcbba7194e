import type { Context } from '../context.ts';
import { counted, type PerfEvent, perfEvents } from './perf-events.ts';

/** Events of which the first that was counted is taken; those of a second list are added to it. */
interface RatioRule {
  readonly id: string;
  readonly what: string;
  readonly unit: 'count' | 'share';
  readonly of: readonly string[];
  /** Counted beside the first and added to it. */
  readonly plus?: readonly string[];
  readonly over: readonly string[];
  readonly times: number;
  readonly better: 'higher' | 'lower';
}

const instructions = ['instructions', 'inst_retired.any'];
const cycles = ['cycles', 'cpu-cycles', 'cpu_clk_unhalted.thread'];

/** Ratios of hardware counters: what is counted over what, and how many times. */
const rules: readonly RatioRule[] = [
  {
    id: 'cpu.ipc',
    what: 'instructions per cycle',
    unit: 'count',
    of: instructions,
    over: cycles,
    times: 1,
    better: 'higher',
  },
  {
    id: 'cpu.llc.mpki',
    what: 'last-level cache misses per thousand instructions',
    unit: 'count',
    of: ['LLC-load-misses', 'cache-misses'],
    over: instructions,
    times: 1000,
    better: 'lower',
  },
  {
    id: 'cpu.dtlb.mpki',
    what: 'data TLB misses per thousand instructions',
    unit: 'count',
    of: ['dTLB-load-misses', 'dtlb_load_misses.miss_causes_a_walk'],
    over: instructions,
    times: 1000,
    better: 'lower',
  },
  {
    // Loads and stores have a page walker's cycles each; before Skylake the event is called walk_duration.
    id: 'cpu.dtlb.walk_share',
    what: 'cycles with a page walk for data under way',
    unit: 'share',
    of: ['dtlb_load_misses.walk_active', 'dtlb_load_misses.walk_duration'],
    plus: ['dtlb_store_misses.walk_active', 'dtlb_store_misses.walk_duration'],
    over: cycles,
    times: 1,
    better: 'lower',
  },
];

/** One ratio with the counts it is made of. */
export interface HardwareRatio {
  readonly rule: RatioRule;
  readonly value: number;
  readonly of: PerfEvent & { readonly name: string };
  readonly over: PerfEvent & { readonly name: string };
  /** Share of the time in which the scarcest event was counted; NaN = not told. */
  readonly running: number;
}

/** Ratios of the events perf stat counted. Those that ran too short a time are in it, too: see LEAST_RUNNING. */
export function hardwareRatios(context: Context): readonly HardwareRatio[] {
  const events = context.derive(perfEvents);
  return rules.flatMap((rule): HardwareRatio[] => {
    const [first, over] = [counted(events, rule.of), counted(events, rule.over)];
    if (first === undefined || over === undefined || !(over.value > 0)) return [];
    const second = counted(events, rule.plus ?? []);
    const of =
      second === undefined
        ? first
        : {
            name: `${first.name} + ${second.name}`,
            value: first.value + second.value,
            running: least(first.running, second.running),
            n: first.n,
          };
    return [
      {
        rule,
        value: (of.value * rule.times) / over.value,
        of,
        over,
        running: least(of.running, over.running),
      },
    ];
  });
}

function least(a: number, b: number): number {
  return Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b);
}
