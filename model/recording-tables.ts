import { defineTable } from './table.ts';

const source = { kind: 'u16', about: 'index into imports: the file it came from' } as const;

/** `started`: the buffer holds nothing older. `lost`: events were overwritten or dropped before this moment. */
export const lossKinds = ['started', 'lost'] as const;

export const losses = defineTable(
  'losses',
  'Moments before which a recorder has nothing, or not everything, of a CPU.',
  {
    time: { kind: 'f64', about: 'ns, of the first event of the CPU behind the gap; NaN = none follows' },
    cpu: { kind: 'u16', about: 'CPU; 65535 = any' },
    kind: { kind: 'u8', about: '0 the buffer of this CPU starts here, 1 events were lost before here' },
    count: { kind: 'f64', about: 'events lost; NaN = not known' },
    source,
  },
);

export const marks = defineTable(
  'marks',
  'Point events whose text matters: tracing markers, trace_printk, log lines.',
  {
    time: { kind: 'f64', about: "ns of the run's clock; NaN = not recorded" },
    cpu: { kind: 'u16', about: 'CPU; 65535 = not recorded' },
    thread: { kind: 'u32', of: 'threads', about: 'thread that wrote it; null row = not recorded' },
    event: { kind: 'u32', of: 'events', about: 'event, or kind of log line' },
    text: { kind: 'u32', of: 'strings', about: 'as recorded' },
    source,
  },
);

/**
 * `gauge`: each reading stands for itself. `cumulative`: a count since boot, or since its entity came to be;
 * only differences between readings tell anything.
 */
export const seriesKinds = ['gauge', 'cumulative'] as const;
export type SeriesKind = (typeof seriesKinds)[number];

export const series = defineTable(
  'series',
  'Things measured over time.',
  {
    name: { kind: 'u32', of: 'strings', about: 'what is measured: loadavg 1m, cpu frequency …' },
    unit: { kind: 'u32', of: 'strings', about: 'unit of the values' },
    entity: {
      kind: 'u32',
      of: 'strings',
      about: 'sort of thing it is of: host, cpu, device, cgroup, process',
    },
    entityName: { kind: 'u32', of: 'strings', about: 'which one: 6, sda, /psched' },
    kind: { kind: 'u8', about: 'index into seriesKinds: 0 gauge, 1 cumulative' },
  },
  ['name', 'unit', 'entity', 'entityName', 'kind'],
);

export const counters = defineTable('counters', 'One row per value read.', {
  time: { kind: 'f64', about: "ns of the run's clock; NaN = not recorded" },
  series: { kind: 'u32', of: 'series', about: 'what was read' },
  value: { kind: 'f64', about: 'value in the unit of the series' },
  source,
});
