import { type CounterSeries, CPU_SHARE, counterSeries } from '../../../model/device-series.ts';
import { printedGroup } from '../../../model/group-series.ts';
import { memorySeries } from '../../../model/memory-series.ts';
import { type InterfaceCount, interfaceCounts } from '../../../model/network-series.ts';
import type { SeriesKind } from '../../../model/recording-tables.ts';

/** What `below dump` tells of: one table each. */
export type BelowSort = 'system' | 'cgroup' | 'process' | 'disk' | 'iface';

/** What a column is filed as. */
export interface BelowColumn {
  readonly name: string;
  readonly unit: string;
  readonly kind: SeriesKind;
  /** What one printed unit is in the unit of the series; per cent are 0.01. */
  readonly scale: number;
}

type Columns = Readonly<Record<string, BelowColumn>>;

const gauge = (name: string, unit: string, scale = 1): BelowColumn => ({ name, unit, kind: 'gauge', scale });
const count = (name: string, unit: string, scale = 1): BelowColumn => ({
  name,
  unit,
  kind: 'cumulative',
  scale,
});
const percent = (name: string): BelowColumn => gauge(name, 'share', 0.01);

const memoryKeys: Readonly<Record<string, string>> = {
  'Mem Anon': 'anon',
  'Mem File': 'file',
  Kernel: 'kernel',
  'Kernel Stack': 'kernel_stack',
  'Mem Slab': 'slab',
  'Mem Sock': 'sock',
  'Mem Shmem': 'shmem',
  'File Mapped': 'file_mapped',
  'File Dirty': 'file_dirty',
  'File WB': 'file_writeback',
  'Anon THP': 'anon_thp',
  'Inactive Anon': 'inactive_anon',
  'Active Anon': 'active_anon',
  'Inactive File': 'inactive_file',
  'Active File': 'active_file',
  Unevictable: 'unevictable',
  'Slab Reclaimable': 'slab_reclaimable',
  'Slab Unreclaimable': 'slab_unreclaimable',
};

const cgroup: Columns = {
  'CPU Usage': percent(printedGroup.cpu),
  'Nr Period': gauge(printedGroup.periods, '1/s'),
  'Nr Throttled': gauge(printedGroup.throttledPeriods, '1/s'),
  'Throttled Pct': percent(printedGroup.throttled),
  Throttled: percent(printedGroup.throttled),
  'Mem Total': gauge(printedGroup.memory, 'bytes'),
  Mem: gauge(printedGroup.memory, 'bytes'),
  ...Object.fromEntries(
    Object.entries(memoryKeys).map(([title, key]) => [title, gauge(memorySeries.stat(key), 'bytes')]),
  ),
  'Tids Current': gauge(printedGroup.tasks, 'tasks'),
  RBytes: gauge(printedGroup.readRate, 'bytes/s'),
  WBytes: gauge(printedGroup.writeRate, 'bytes/s'),
  Reads: gauge(printedGroup.readRate, 'bytes/s'),
  Writes: gauge(printedGroup.writeRate, 'bytes/s'),
  'CPU Some Pressure': percent(printedGroup.pressure('cpu', 'some')),
  'CPU Pressure': percent(printedGroup.pressure('cpu', 'full')),
  'Mem Some Pressure': percent(printedGroup.pressure('memory', 'some')),
  'Mem Pressure': percent(printedGroup.pressure('memory', 'full')),
  'I/O Some Pressure': percent(printedGroup.pressure('io', 'some')),
  'I/O Pressure': percent(printedGroup.pressure('io', 'full')),
};

const meminfoKeys: Readonly<Record<string, string>> = {
  Total: 'MemTotal',
  Free: 'MemFree',
  Available: 'MemAvailable',
  Buffers: 'Buffers',
  Cached: 'Cached',
  'Swap Total': 'SwapTotal',
  'Swap Free': 'SwapFree',
  Dirty: 'Dirty',
  Writeback: 'Writeback',
  'Anon Pages': 'AnonPages',
  'Anon Huge Pages': 'AnonHugePages',
};
const cpuStates: Readonly<Record<string, string>> = {
  User: 'user',
  Nice: 'nice',
  System: 'system',
  Idle: 'idle',
  IOWait: 'iowait',
  Irq: 'irq',
  SoftIrq: 'softirq',
  Stolen: 'steal',
};
/** Page In and Page Out are left out: below takes the kernel's KiB for sectors of 512 bytes. */
const system: Columns = {
  ...Object.fromEntries(
    Object.entries(cpuStates).map(([title, state]) => [title, percent(`${CPU_SHARE} ${state}`)]),
  ),
  ...Object.fromEntries(
    Object.entries(meminfoKeys).map(([title, key]) => [title, gauge(memorySeries.meminfo(key), 'bytes')]),
  ),
  'Swap In': gauge('swapped in', 'bytes/s'),
  'Swap Out': gauge('swapped out', 'bytes/s'),
  'OOM Kills': count(memorySeries.vmstat('oom_kill'), 'count'),
  'Context Switches': count('context switches total', 'count'),
  'Running Procs': gauge('procs running', 'tasks'),
  'Blocked Procs': gauge('procs blocked', 'tasks'),
};

const process: Columns = { CPU: percent(printedGroup.cpu), Threads: gauge('num_threads', 'tasks') };

const diskCounts: Readonly<Record<string, CounterSeries>> = {
  'Read Completed': 'reads',
  'Read Merged': 'reads merged',
  'Read Sectors': 'read bytes',
  'Time Spend Read': 'read time',
  'Write Completed': 'writes',
  'Write Merged': 'writes merged',
  'Write Sectors': 'write bytes',
  'Time Spend Write': 'write time',
  'Discard Completed': 'discards',
  'Discard Merged': 'discards merged',
  'Discard Sectors': 'discard bytes',
  'Time Spend Discard': 'discard time',
};
const disk: Columns = Object.fromEntries(
  Object.entries(diskCounts).map(([title, series]) => {
    const [, unit, scale] = counterSeries.find(([name]) => name === series) ?? ['', '', 1];
    // Counters of disks are known by their names, whoever read them.
    return [title, gauge(series, unit, scale)];
  }),
);

const interfaceTitles: Readonly<Record<string, InterfaceCount>> = {
  'RX Bytes': 'received bytes',
  'RX Packets': 'received packets',
  'RX Errors': 'receive errors',
  'RX Dropped': 'receive drops',
  'RX Fifo Errors': 'receive fifo errors',
  'RX Frame Errors': 'receive frame errors',
  'TX Bytes': 'sent bytes',
  'TX Packets': 'sent packets',
  'TX Errors': 'send errors',
  'TX Dropped': 'send drops',
  'TX Fifo Errors': 'send fifo errors',
  'TX Carrier Errors': 'carrier losses',
  Collisions: 'collisions',
};
const iface: Columns = Object.fromEntries(
  Object.entries(interfaceTitles).map(([title, name]) => [
    title,
    count(name, interfaceCounts.find(([each]) => each === name)?.[1] ?? 'count'),
  ]),
);

/** Columns by title, for each of below's tables (below/render, titles of `below dump`). */
export const belowColumns: Readonly<Record<BelowSort, Columns>> = { system, cgroup, process, disk, iface };
