import type { FlameSection, SampleSeries } from '../../model/section.ts';
import { decodeString } from '../../model/strings.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { buildCallTree } from '../derived/call-tree.ts';
import { type EventSummary, profileEvents } from '../derived/event-summary.ts';
import { idleSamples } from '../derived/idle.ts';
import { threadLabel } from '../derived/thread-label.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { needsSamples } from '../needs.ts';

/** Nodes and samples a report carries for all its flame graphs together; more makes it slow to open. */
const MOST_NODES = 25_000;
const MOST_SAMPLES = 200_000;
const MOST_EVENTS = 6;

/** Call trees, one per event, with the samples that fill them where these have times. */
export const flame = defineAnalyzer({
  id: 'cpu/flame',
  question: 'Which call paths does the time go to?',
  needs: [needsSamples],
  metrics: [],
  run(context) {
    const events = context.derive(profileEvents).slice(0, MOST_EVENTS);
    const all = events.reduce((sum, { samples }) => sum + samples, 0);
    return {
      metrics: [],
      findings: [],
      sections: events.map((event) => flameSection(context, event, event.samples / all)),
    };
  },
});

function flameSection(context: Context, event: EventSummary, part: number): FlameSection {
  const { samples } = context.trace.tables;
  const idle = context.derive(idleSamples);
  const rows = Uint32Array.from(samples.columns.event.keys()).filter(
    (row) => samples.columns.event[row] === event.id && idle[row] === 0,
  );
  const { tree, nodeOfRow } = buildCallTree(context, rows, Math.max(1000, Math.floor(MOST_NODES * part)));
  const series = sampleSeries(context, rows, nodeOfRow, Math.max(5000, Math.floor(MOST_SAMPLES * part)));
  const left = event.samples - rows.length;
  const notes = [
    ...(left > 0
      ? [`${formatCount(left)} samples of idle CPUs (${formatShare(left / event.samples)}) are left out.`]
      : []),
    ...(tree.merged > 0 ? [`${formatCount(tree.merged)} of the smallest frames are folded together.`] : []),
    ...(series !== undefined && series.every > 1
      ? [`Time order and range filters use every ${series.every}th sample.`]
      : []),
  ];
  return {
    kind: 'flame',
    id: `cpu/flame/${event.name}`,
    title: `Call paths by ${event.name}`,
    event: event.name,
    unit: event.unit,
    tree,
    ...(series === undefined ? {} : { samples: series }),
    ...(notes.length === 0 ? {} : { note: notes.join(' ') }),
  };
}

/** Samples with times, thinned evenly to at most `most`; undefined when the event has no times. */
function sampleSeries(
  context: Context,
  rows: Uint32Array,
  nodeOfRow: Uint32Array,
  most: number,
): SampleSeries | undefined {
  const { samples, threads } = context.trace.tables;
  const { time, thread, cpu, weight } = samples.columns;
  const timed = rows.length > 0 && rows.every((row) => !Number.isNaN(time[row] as number));
  if (!timed) return undefined;
  const { start: first, duration } = context.derive(traceSpan);
  const every = Math.max(1, Math.ceil(rows.length / most));
  const labels = new Map<number, number>();
  const names: string[] = [];
  const series = { time: [] as number[], node: [] as number[], thread: [] as number[], cpu: [] as number[] };
  const weights: number[] = [];
  for (let i = 0; i < rows.length; i += every) {
    const row = rows[i] as number;
    const id = thread[row] as number;
    let label = labels.get(id);
    if (label === undefined) {
      label =
        names.push(
          threadLabel(
            decodeString(context.trace.strings, threads.columns.comm[id] as number),
            threads.columns.pid[id] as number,
            threads.columns.tid[id] as number,
          ),
        ) - 1;
      labels.set(id, label);
    }
    series.time.push(Math.round(((time[row] as number) - first) / 1e3));
    series.node.push(nodeOfRow[i] as number);
    series.thread.push(label);
    series.cpu.push(cpu[row] as number);
    weights.push((weight[row] as number) * every);
  }
  const constant = weights.every((w) => w === weights[0]);
  return {
    start: first / 1e9,
    duration,
    ...series,
    weight: constant ? weights.slice(0, 1) : weights,
    threads: names,
    every,
  };
}
