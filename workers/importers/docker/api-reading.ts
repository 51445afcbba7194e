import { cgroupCpu } from '../../../model/cpu-series.ts';
import {
  containerGroup,
  containerIdFact,
  groupTraffic,
  HOST_CPU_TIME,
  printedGroup,
} from '../../../model/group-series.ts';
import { chargedSeries, IO_CGROUP_VERSION } from '../../../model/io-limit-series.ts';
import { memorySeries } from '../../../model/memory-series.ts';
import type { SeriesKind } from '../../../model/recording-tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { NO_LIMIT } from '../kernel-files/cgroup-memory.ts';
import { memoryStat } from '../kernel-files/cgroup-memory-stat.ts';
import { stampTime } from './time-stamp.ts';

type Json = Readonly<Record<string, unknown>>;

/** Where one reading of one container goes. */
type Sink = (name: string, unit: string, value: unknown, kind?: SeriesKind) => void;

/**
 * Files one object of `GET /containers/ID/stats`: counts of the container's control group as the daemon read them, in
 * ns and bytes for either version of cgroups. `precpu_stats` is the reading before, which has an object of its own but in
 * front of the first: `withBefore` asks for it. False when it is no such object.
 */
export function fileApiReading(out: TraceBuilder, parsed: unknown, withBefore: boolean): boolean {
  const found = objectOf(parsed);
  const cpu = objectOf(found.cpu_stats);
  const time = stampTime(found.read);
  const id = typeof found.id === 'string' ? found.id : '';
  const name = typeof found.name === 'string' && found.name !== '' ? found.name : id.slice(0, 12);
  if (name === '' || typeof objectOf(cpu.cpu_usage).total_usage !== 'number') return false;
  // A container that stopped is answered with zeros and Go's zero time.
  if (Number.isNaN(time)) {
    out.counts.ignored++;
    return true;
  }
  const of = containerGroup('docker', name);
  const at =
    (moment: number): Sink =>
    (series, unit, value, kind = 'gauge') => {
      if (typeof value === 'number' && Number.isFinite(value))
        out.counter(series, unit, 'cgroup', of, moment, value, kind);
    };
  const file = at(time);
  if (id !== '') out.fact(containerIdFact(of), id);
  out.clock = 'realtime';
  out.counts.records++;
  const before = stampTime(found.preread);
  if (withBefore && !Number.isNaN(before)) fileCpu(at(before), objectOf(found.precpu_stats));
  fileCpu(file, cpu);
  const online = Number(cpu.online_cpus) || listOf(objectOf(cpu.cpu_usage).percpu_usage).length;
  if (online > 0) out.counter('cpus', 'count', 'host', '', time, online);
  const pids = objectOf(found.pids_stats);
  file(cgroupCpu.pids, 'tasks', pids.current);
  // 2^64 − 1 is no limit.
  if (Number(pids.limit) < NO_LIMIT) file(printedGroup.tasksLimit, 'tasks', pids.limit);
  fileMemory(file, objectOf(found.memory_stats));
  fileBlocks(file, objectOf(found.blkio_stats));
  fileNetworks(file, objectOf(found.networks));
  return true;
}

function fileCpu(file: Sink, cpu: Json): void {
  const usage = objectOf(cpu.cpu_usage);
  file(cgroupCpu.usage, 'ns', usage.total_usage, 'cumulative');
  file(cgroupCpu.user, 'ns', usage.usage_in_usermode, 'cumulative');
  file(cgroupCpu.system, 'ns', usage.usage_in_kernelmode, 'cumulative');
  const throttling = objectOf(cpu.throttling_data);
  file(cgroupCpu.periods, 'count', throttling.periods, 'cumulative');
  file(cgroupCpu.throttledPeriods, 'count', throttling.throttled_periods, 'cumulative');
  file(cgroupCpu.throttled, 'ns', throttling.throttled_time, 'cumulative');
  file(HOST_CPU_TIME, 'ns', cpu.system_cpu_usage, 'cumulative');
}

function fileMemory(file: Sink, memory: Json): void {
  const stats = objectOf(memory.stats);
  const isFirst = 'total_rss' in stats || 'hierarchical_memory_limit' in stats;
  file(memorySeries.usage, 'bytes', memory.usage);
  file(memorySeries.peak, 'bytes', memory.max_usage);
  // Absent while it is zero.
  if (isFirst) file(memorySeries.event('max'), 'count', memory.failcnt ?? 0, 'cumulative');
  for (const [key, value] of Object.entries(stats)) {
    const stat = memoryStat(key, isFirst ? 1 : 2, isFirst);
    if (stat !== undefined) file(stat.name, stat.unit, value, stat.kind);
  }
  // `limit` is the host's memory where there is none; version 1 tells which.
  if (!isFirst) file(printedGroup.memoryLimit, 'bytes', memory.limit);
  else if (Number(stats.hierarchical_memory_limit) < NO_LIMIT)
    file(memorySeries.limit('max'), 'bytes', stats.hierarchical_memory_limit);
}

function fileBlocks(file: Sink, blocks: Json): void {
  const lists = [
    ['bytes', blocks.io_service_bytes_recursive],
    ['requests', blocks.io_serviced_recursive],
  ] as const;
  for (const [quantity, list] of lists) {
    for (const entry of listOf(list).map(objectOf)) {
      const op = String(entry.op).toLowerCase();
      if (op !== 'read' && op !== 'write') continue;
      file(chargedSeries(op, quantity, `${entry.major}:${entry.minor}`), quantity, entry.value, 'cumulative');
      // Version 1 spells it Read and Write.
      file(IO_CGROUP_VERSION, 'count', String(entry.op) === op ? 2 : 1);
    }
  }
}

function fileNetworks(file: Sink, networks: Json): void {
  const all = Object.values(networks).map(objectOf);
  const sum = (key: string): number => all.reduce((total, each) => total + (Number(each[key]) || 0), 0);
  if (all.length === 0) return;
  file(groupTraffic.received, 'bytes', sum('rx_bytes'), 'cumulative');
  file(groupTraffic.sent, 'bytes', sum('tx_bytes'), 'cumulative');
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
