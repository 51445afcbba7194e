import { decodeString } from '../../model/strings.ts';
import type { Unit } from '../../model/units.ts';
import type { Context } from '../context.ts';

export interface EventSummary {
  /** Row of the events table; 0 for samples whose event was not recorded. */
  readonly id: number;
  readonly name: string;
  readonly unit: Unit;
  readonly samples: number;
  /** Sum of weights, in the unit. */
  readonly weight: number;
  /** It tells where time goes: a clock, cycles, or samples of either. */
  readonly isTime: boolean;
  /** What shares are shares of, to follow `of the`: `busy time`, or `page-faults events`. */
  readonly whole: string;
  /** Its samples say where something happens: time, or call paths, or a counter's overflow. A bare log of a tracer does not. */
  readonly isProfile: boolean;
  /** Σw² of its samples: with the weight it gives the effective number of samples. */
  readonly squares: number;
}

/** Event name the folded importer gives to text that names none. */
export const FOLDED = 'folded';

const clocks = /^(?:cpu-clock|task-clock|v8-cpu-profile)\b/;
const timeLike =
  /^(?:samples$|cpu-clock|task-clock|(?:cpu[/_-]*)?(?:\w+\/)?(?:cycles|cpu-cycles)|ref-cycles)\b/;

/** Importers of tracers, which log every event instead of sampling. */
const tracers = new Set(['ftrace', 'function-graph', 'trace-dat']);
/** What tracers write behind an event: its stack, not an event of its own. */
const stackEvent = /^<(?:user )?stack trace>$/;
/** Switches and what goes with them: where threads slept, not where time went, stack or not. */
const switchEvent = /^(?:sched:)?sched_(?:switch|wak\w+|migrate_task|stat_\w+|process_\w+|blocked_reason)$/;
/** Events that have tables and analyzers of their own. */
const schedulerEvent = /^(?:sched|irq|task|workqueue|timer|power|raw_syscalls|syscalls):|^sched_/;

/** Events a profile can be made of, the primary one first. */
export function profileEvents(context: Context): readonly EventSummary[] {
  return context.derive(eventSummaries).filter(({ isProfile }) => isProfile);
}

/**
 * Events by how well they tell where time goes: clocks and cycles first, then by number of
 * samples. The first is the primary event: verdicts are about it, and others are never added to it.
 */
export function eventSummaries({ trace }: Context): readonly EventSummary[] {
  const { events, samples } = trace.tables;
  const count = new Float64Array(events.length);
  const weight = new Float64Array(events.length);
  const squares = new Float64Array(events.length);
  const withStack = new Float64Array(events.length);
  const sampled = new Float64Array(events.length);
  const isTracer = Uint8Array.from(trace.imports, ({ importer }) => (tracers.has(importer) ? 1 : 0));
  const { event, weight: weights, stack, source } = samples.columns;
  for (let row = 0; row < samples.length; row++) {
    const id = event[row] as number;
    const w = weights[row] as number;
    count[id] = (count[id] as number) + 1;
    if (stack[row] !== 0) withStack[id] = (withStack[id] as number) + 1;
    if (isTracer[source[row] as number] !== 1) sampled[id] = (sampled[id] as number) + 1;
    weight[id] = (weight[id] as number) + w;
    squares[id] = (squares[id] as number) + w * w;
  }
  const summaries: EventSummary[] = [];
  for (let id = 0; id < events.length; id++) {
    const own = events.columns.counted[id] as number;
    const n = (count[id] as number) + own;
    if (n === 0) continue;
    const name = decodeString(trace.strings, events.columns.name[id] as number) || 'samples';
    const total = (weight[id] as number) + own;
    const unit = unitOf(name, total !== n);
    const isTime = timeLike.test(name) || name === FOLDED;
    const isProfile =
      isTime ||
      (!stackEvent.test(name) &&
        !switchEvent.test(name) &&
        ((withStack[id] as number) > 0 || ((sampled[id] as number) > 0 && !schedulerEvent.test(name))));
    const whole = isTime ? 'busy time' : `${name} events`;
    summaries.push({
      id,
      name,
      unit,
      isTime,
      whole,
      isProfile,
      samples: n,
      weight: total,
      squares: (squares[id] as number) + own,
    });
  }
  return summaries.sort(
    (a, b) =>
      Number(timeLike.test(b.name)) - Number(timeLike.test(a.name)) || b.samples - a.samples || a.id - b.id,
  );
}

/** Unit of an event's weights. Without periods every sample weighs 1, and samples are the unit. */
function unitOf(name: string, hasPeriods: boolean): Unit {
  if (!hasPeriods && (timeLike.test(name) || name === FOLDED || /^instructions\b/.test(name)))
    return 'samples';
  if (name === FOLDED) return 'samples';
  if (clocks.test(name)) return 'ns';
  if (timeLike.test(name)) return 'cycles';
  if (/^instructions\b/.test(name)) return 'instructions';
  if (/^(?:page-|minor-|major-)?faults\b/.test(name)) return 'faults';
  if (/^(?:context-switches|cs)\b/.test(name)) return 'switches';
  return 'events';
}
