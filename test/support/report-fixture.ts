import type { Report } from '../../model/report.ts';
import type { FlameSection, SampleSeries } from '../../model/section.ts';

/** A small seeded generator (mulberry32): tests that need variety stay repeatable. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A flame section with so many nodes and samples, shaped like real call trees: deep, with few wide branches. */
export function flameFixture(nodes: number, samples: number, seed = 1): FlameSection {
  const next = random(seed);
  const parent = [0];
  const children: number[][] = [[]];
  while (parent.length < nodes) {
    const recent =
      next() < 0.7
        ? parent.length - 1 - Math.floor(next() * Math.min(parent.length, 6))
        : Math.floor(next() * parent.length);
    const node = parent.push(recent) - 1;
    children[recent]?.push(node);
    children.push([]);
  }
  const depth: number[] = [];
  const preorder: number[] = [];
  const waiting: [number, number][] = [[0, 0]];
  for (let item = waiting.pop(); item !== undefined; item = waiting.pop()) {
    const [node, level] = item;
    preorder[node] = depth.push(level) - 1;
    for (const child of children[node] ?? []) waiting.push([child, level + 1]);
  }
  const self = new Array<number>(nodes).fill(0);
  const series: SampleSeries = {
    start: 100,
    duration: 60,
    time: Array.from({ length: samples }, (_, i) => Math.floor((i / samples) * 60e6)),
    node: Array.from({ length: samples }, () => 1 + Math.floor(next() * (nodes - 1))),
    thread: Array.from({ length: samples }, () => Math.floor(next() * 24)),
    cpu: Array.from({ length: samples }, () => Math.floor(next() * 8)),
    weight: [1_000_000],
    threads: Array.from({ length: 24 }, (_, i) => `worker ${1000 + i}/${1000 + i}`),
    every: 1,
  };
  for (const node of series.node) self[node] = (self[node] as number) + 1_000_000;
  const total = [...self];
  const up: number[] = [];
  for (let node = 0; node < nodes; node++)
    up[preorder[node] as number] = preorder[parent[node] as number] as number;
  for (let node = nodes - 1; node > 0; node--)
    total[up[node] as number] = (total[up[node] as number] as number) + (total[node] as number);
  const functionCount = Math.max(2, Math.floor(nodes / 8));
  return {
    kind: 'flame',
    id: 'cpu/flame/cpu-clock',
    title: 'Call paths by cpu-clock',
    event: 'cpu-clock',
    unit: 'ns',
    tree: {
      functions: {
        name: Array.from({ length: functionCount }, (_, i) =>
          i === 0 ? 'all' : `namespace_${i % 40}::function_${i}<int, ${i % 7}>`,
        ),
        module: Array.from({ length: functionCount }, (_, i) => i % 12),
        kind: Array.from({ length: functionCount }, (_, i) => i % 5),
      },
      modules: Array.from({ length: 12 }, (_, i) => `/usr/lib/lib${i}.so`),
      nodes: {
        depth,
        function: depth.map((_, i) => (i === 0 ? 0 : 1 + Math.floor(next() * (functionCount - 1)))),
        self,
        total,
      },
      merged: 0,
    },
    samples: series,
  };
}

export function reportFixture(section: FlameSection): Report {
  return {
    version: 1,
    generator: { name: 'vtune', version: '0.0.0' },
    runs: [
      {
        name: 'fixture',
        labels: {},
        host: { hostname: 'lab' },
        duration: 60,
        samples: section.samples?.time.length ?? 0,
        events: [],
      },
    ],
    imports: [],
    skippedInputs: [],
    verdict: { severity: 'note', headline: 'A fixture.', lines: ['One line.'] },
    metrics: [],
    findings: [],
    notRun: [],
    areas: [],
    sections: [section],
  };
}
