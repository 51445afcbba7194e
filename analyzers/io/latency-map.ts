import { deviceNumber } from '../../model/io-tables.ts';
import type { HeatmapSection, Section } from '../../model/section.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { requestModel } from '../derived/io/requests.ts';
import { waitTimes } from '../derived/io/wait-parts.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { needsRequests } from './needs.ts';

const STEPS = 120;
const MOST_DEVICES = 8;
/** Bins a factor of two: 12 above and below cover what a device does. */
const MOST_BINS = 24;

/** When requests took how long. */
export const ioLatencyMap = defineAnalyzer({
  id: 'io/latency-map',
  question: 'When did requests of block devices take how long?',
  needs: [needsRequests],
  metrics: [],
  run(context) {
    const { requests, completed } = context.derive(requestModel);
    const counts = new Map<number, number>();
    for (const row of completed) {
      const device = requests.columns.device[row] as number;
      counts.set(device, (counts.get(device) ?? 0) + 1);
    }
    const devices = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, MOST_DEVICES);
    return {
      metrics: [],
      findings: [],
      sections: devices.flatMap(([device]) => latencyMap(context, device)),
    };
  },
});

function latencyMap(context: Context, device: number): Section[] {
  const { requests, completed } = context.derive(requestModel);
  const { latency } = context.derive(waitTimes);
  const { complete, device: deviceOf } = requests.columns;
  const own: number[] = [];
  completed.forEach((row, i) => {
    if (deviceOf[row] === device && (latency[i] as number) > 0) own.push(i);
  });
  if (own.length === 0) return [];
  const timeOf = (i: number): number => complete[completed[i] as number] as number;
  const from = timeOf(own[0] as number);
  const to = timeOf(own.at(-1) as number);
  const levels = own.map((i) => Math.floor(Math.log2(latency[i] as number)));
  const highest = levels.reduce((a, b) => Math.max(a, b));
  // What is shorter than the lowest bin is counted in it.
  const lowest = Math.max(
    highest - MOST_BINS + 1,
    levels.reduce((a, b) => Math.min(a, b)),
  );
  const counts = Array.from({ length: highest - lowest + 1 }, () => new Array<number>(STEPS).fill(0));
  const step = (to - from) / STEPS || 1;
  own.forEach((i, at) => {
    const row = counts[Math.max(0, (levels[at] as number) - lowest)] as number[];
    const column = Math.min(STEPS - 1, Math.floor((timeOf(i) - from) / step));
    row[column] = (row[column] as number) + 1;
  });
  const section: HeatmapSection = {
    kind: 'heatmap',
    id: `io/latency-map/${deviceNumber(device)}`,
    title: `Latency of requests of device ${deviceNumber(device)} over time`,
    note: 'Each request at the time it completed. Bins double from one to the next.',
    unit: 'ns',
    what: 'requests',
    start: (from - context.derive(traceSpan).start) / 1e9,
    step: step / 1e9,
    bounds: Array.from({ length: counts.length + 1 }, (_, bin) => 2 ** (lowest + bin)),
    counts,
  };
  return [section];
}
