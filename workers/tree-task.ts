import { Context } from '../analyzers/context.ts';
import { buildCallTree } from '../analyzers/derived/call-tree.ts';
import { eventSummaries } from '../analyzers/derived/event-summary.ts';
import { Problem } from '../model/problem.ts';
import type { CallTree } from '../model/section.ts';
import type { Trace } from '../model/trace.ts';
import type { Unit } from '../model/units.ts';
import { chooseEvent } from './exporters/fold.ts';
import type { Answer } from './tasks.ts';

export interface TreeRequest {
  readonly trace: Trace;
  readonly event?: string;
  /** Merge from the innermost frame outwards. */
  readonly reverse: boolean;
}

export interface TreeResult {
  readonly tree: CallTree;
  readonly event: string;
  readonly unit: Unit;
  readonly samples: number;
}

/** Nodes of a standalone picture: beyond these no screen shows them. */
const MOST_NODES = 200_000;

/** Worker entry: the call tree of one event, every sample counted, idle CPUs included. */
export default function buildTree({ trace, event: name, reverse }: TreeRequest): Answer<TreeResult> {
  try {
    const event = chooseEvent(trace, name);
    const context = new Context(trace);
    const events = trace.tables.samples.columns.event;
    const rows = Uint32Array.from(events.keys()).filter((row) => events[row] === event);
    const { tree } = buildCallTree(context, rows, MOST_NODES, reverse);
    const summary = context.derive(eventSummaries).find(({ id }) => id === event);
    return {
      tree,
      event: summary?.name ?? 'samples',
      unit: summary?.unit ?? 'samples',
      samples: rows.length,
    };
  } catch (error) {
    if (error instanceof Problem) return { problem: error.details };
    throw error;
  }
}
