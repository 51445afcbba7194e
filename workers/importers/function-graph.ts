import { HASH, latin1, lineEnd, trimEnd } from '../bytes.ts';
import { lossLine } from './ftrace/loss-line.ts';
import { GraphLine } from './function-graph/graph-line.ts';
import { FunctionGraphParser } from './function-graph/parser.ts';
import type { Importer, SniffAnswer } from './importer.ts';

const line = new GraphLine();

/** Text of the function_graph tracer, whatever columns are switched on. */
export const functionGraph: Importer = {
  id: 'function-graph',
  title: 'function_graph tracer text, every column layout',
  captureWith:
    'cd /sys/kernel/tracing && echo function_graph > current_tracer && echo 1 > options/funcgraph-abstime && echo 1 > options/funcgraph-proc && sleep 1 && cat trace > graph.txt',
  sniff: sniffGraph,
  isRecordStart(bytes, at) {
    const stop = lineEnd(bytes, at);
    return bytes[at] !== HASH && line.read(bytes, at, trimEnd(bytes, at, stop)) && line.kind !== 'nothing';
  },
  open(out) {
    const parser = new FunctionGraphParser(out);
    return (bytes, offset) => parser.parse(bytes, offset);
  },
};

function sniffGraph(head: Uint8Array): SniffAnswer {
  const start = latin1(head, 0, Math.min(400, head.length));
  const tracer = /^# tracer: (\w+)/m.exec(start)?.[1];
  if (tracer !== undefined) return tracer === 'function_graph' ? 'yes' : 'no';
  let good = 0;
  let lines = 0;
  for (let at = 0; at < head.length && lines < 40; ) {
    const stop = lineEnd(head, at);
    const end = trimEnd(head, at, stop);
    // Without its header only lines with a CPU or a duration are believed.
    if (end > at && head[at] !== HASH) {
      lines++;
      if (lossLine(head, at, end) !== undefined) good++;
      else if (line.read(head, at, end) && (line.cpu !== 0xffff || !Number.isNaN(line.duration))) good++;
    }
    at = stop + 1;
  }
  return lines >= 2 && good * 4 >= lines * 3 ? 'yes' : 'no';
}
