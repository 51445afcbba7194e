import { beforeAll, describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { lastValue, readingsOf } from '../../analyzers/derived/counters/readings.ts';
import { hostFacts } from '../../analyzers/derived/host-facts.ts';
import { settingsRead } from '../../analyzers/derived/settings.ts';
import { processCpu, START_TIME } from '../../model/cpu-series.ts';
import { memorySeries } from '../../model/memory-series.ts';
import { INTERRUPTS, SOFTIRQ } from '../../model/net-series.ts';
import { INTERFACE, interfaceCounts } from '../../model/network-series.ts';
import { buddyinfo, numaMaps, smaps } from '../../model/page-series.ts';
import type { Importer } from '../../workers/importers/importer.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { loadavg } from '../../workers/importers/loadavg.ts';
import { numaMapsImporter } from '../../workers/importers/numa-maps.ts';
import { importRun } from '../support/import.ts';
import { fixture, hasFixtures } from '../support/paths.ts';
import { tarMembers } from '../support/tar-members.ts';

type Values = Readonly<Record<string, number>>;
type Rows = readonly Readonly<Record<string, unknown>>[];
const KIB = 1024;

describe.skipIf(!hasFixtures)('copies of /proc beside jc', () => {
  let members = new Map<string, Buffer>();
  beforeAll(async () => {
    members = await tarMembers(fixture('jc-linux.tar.gz'), /\/linux-proc\/[^/]+$/);
  });
  const bytes = (name: string): Buffer =>
    members.get(`jc/tests/fixtures/linux-proc/${name}`) ?? Buffer.alloc(0);
  const oracle = <Kind>(name: string): Kind => JSON.parse(bytes(`${name}.json`).toString()) as Kind;
  const read = (name: string, path: string, importer: Importer = kernelFilesImporter): Context =>
    new Context(importRun([importer, bytes(name), path]));
  const value = (context: Context, name: string, entity?: string, of?: string): number =>
    lastValue(readingsOf(context, name, entity, of));
  const skipped = (context: Context): number => context.trace.imports[0]?.skipped ?? Number.NaN;

  it.each(['stat', 'stat2'])('%s: every state of every CPU, and the single counts', (name) => {
    const context = read(name, 'proc@stat');
    const { softirq, interrupts, ...rest } = oracle<Record<string, Values | number | number[]>>(name);
    let compared = 0;
    for (const [key, states] of Object.entries(rest)) {
      const cpu = /^cpu(\d*)$/.exec(key)?.[1];
      if (cpu === undefined) continue;
      for (const [state, ticks] of Object.entries(states as Values)) {
        const own =
          cpu === '' ? value(context, `cpu time ${state}`) : value(context, `cpu time ${state}`, 'cpu', cpu);
        expect(own, `${key} ${state}`).toBe(ticks);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(20);
    expect(value(context, 'context switches total')).toBe(rest.context_switches);
    expect(value(context, 'boot time')).toBe(rest.boot_time);
    expect(value(context, 'forks')).toBe(rest.processes);
    expect(value(context, 'procs running')).toBe(rest.processes_running);
    expect(value(context, 'procs blocked')).toBe(rest.processes_blocked);
    // The first number is the sum; those by line are in /proc/interrupts, with names.
    expect(value(context, 'interrupts total')).toBe((interrupts as number[])[0]);
    if (softirq !== undefined) expect(value(context, 'softirqs total')).toBe((softirq as number[])[0]);
    expect(skipped(context)).toBe(0);
  });

  it('meminfo: every amount', () => {
    const context = read('meminfo', 'proc@meminfo');
    const rows = Object.entries(oracle<Values>('meminfo'));
    expect(rows.length).toBeGreaterThan(45);
    // Numbers of huge pages have no unit.
    for (const [key, amount] of rows)
      expect(value(context, memorySeries.meminfo(key)), key).toBe(
        key.startsWith('HugePages_') ? amount : amount * KIB,
      );
    expect(skipped(context)).toBe(0);
  });

  it('vmstat: every count and amount', () => {
    const context = read('vmstat', 'proc@vmstat');
    const rows = Object.entries(oracle<Values>('vmstat'));
    expect(rows.length).toBeGreaterThan(140);
    // The kernel prints these in KiB; ours are bytes.
    const inKib = /^(?:nr_kernel_stack|pgpg(?:in|out))$/;
    for (const [key, count] of rows)
      expect(value(context, memorySeries.vmstat(key)), key).toBe(inKib.test(key) ? count * KIB : count);
    expect(skipped(context)).toBe(0);
  });

  it('interrupts: every line and CPU, chips and devices', () => {
    const context = read('interrupts', 'proc@interrupts');
    const rows = oracle<readonly { irq: string; interrupts: number[] }[]>('interrupts');
    expect(rows.length).toBe(65);
    for (const { irq, interrupts } of rows) {
      expect(value(context, INTERRUPTS, 'irq', irq), irq).toBe(interrupts.reduce((a, b) => a + b, 0));
      if (interrupts.length > 1)
        interrupts.forEach((count, cpu) => {
          // Zeros are left out: most are.
          const own = value(context, `${INTERRUPTS} cpu${cpu}`, 'irq', irq);
          expect(Number.isNaN(own) ? 0 : own, `${irq} ${cpu}`).toBe(count);
        });
    }
    expect(skipped(context)).toBe(0);
  });

  it('softirqs: every sort and CPU there may be', () => {
    const context = read('softirqs', 'proc@softirqs');
    const rows = oracle<Rows>('softirqs');
    let compared = 0;
    for (const { counter, ...cpus } of rows)
      for (const [cpu, count] of Object.entries(cpus)) {
        expect(value(context, SOFTIRQ + String(counter), 'cpu', cpu.slice(3)), `${counter} ${cpu}`).toBe(
          count,
        );
        compared++;
      }
    expect(compared).toBe(10 * 128);
  });

  it('net/dev: every column of every interface', () => {
    const context = read('net_dev', 'proc@net@dev');
    const rows = oracle<Rows>('net_dev');
    for (const { interface: name, ...counts } of rows) {
      const values = Object.values(counts);
      expect(values.length).toBe(interfaceCounts.length);
      interfaceCounts.forEach(([series], i) => {
        expect(value(context, series, INTERFACE, String(name)), `${name} ${series}`).toBe(values[i]);
      });
    }
  });

  it('net/netstat: every count of every protocol', () => {
    const context = read('net_netstat', 'proc@net@netstat');
    let compared = 0;
    for (const { type, ...counts } of oracle<Rows>('net_netstat'))
      for (const [key, count] of Object.entries(counts)) {
        expect(value(context, `${type} ${key}`), `${type} ${key}`).toBe(count);
        compared++;
      }
    expect(compared).toBeGreaterThan(130);
    expect(skipped(context)).toBe(0);
  });

  it.each(['pid_stat', 'pid_stat_hack', 'pid_stat_w_space_and_nl_in_comm'])(
    '%s: names with brackets, blanks and line ends',
    (name) => {
      const expected = oracle<Record<string, number | string>>(name);
      const pid = String(expected.pid);
      const context = read(name, `proc@${pid}@stat`);
      const of = (series: string): number => value(context, series, 'process', pid);
      const columns = [
        [processCpu.user, 'utime'],
        [processCpu.system, 'stime'],
        [processCpu.childrenUser, 'cutime'],
        [processCpu.childrenSystem, 'cstime'],
        [processCpu.guest, 'guest_time'],
        [processCpu.nice, 'nice'],
        [processCpu.threads, 'num_threads'],
        [processCpu.lastCpu, 'processor'],
        [START_TIME, 'starttime'],
      ] as const;
      for (const [series, key] of columns) expect(of(series), key).toBe(expected[key]);
      expect(of(processCpu.runnable)).toBe(expected.state === 'R' ? 1 : 0);
      expect(context.derive(settingsRead).get(`/proc/${pid}/comm`)).toBe(expected.comm);
    },
  );

  it('pid_status: context switches of the main thread', () => {
    const expected = oracle<Values>('pid_status');
    const context = read('pid_status', 'proc@1@status');
    for (const key of ['voluntary_ctxt_switches', 'nonvoluntary_ctxt_switches'])
      expect(value(context, key, 'thread', '1/1'), key).toBe(expected[key]);
  });

  it('pid_io: every count', () => {
    const context = read('pid_io', 'proc@7@io');
    const rows = Object.entries(oracle<Values>('pid_io'));
    expect(rows.length).toBe(7);
    for (const [key, count] of rows) expect(value(context, `io ${key}`, 'process', '7'), key).toBe(count);
  });

  it('pid_smaps: sums over all mappings, and what may be huge', () => {
    const context = read('pid_smaps', 'proc@1@smaps');
    const rows = oracle<Rows>('pid_smaps');
    // Sizes of a page, and a flag, are no amounts that could be added up.
    const leftOut = /^(?:KernelPageSize|MMUPageSize|THPeligible|ProtectionKey|inode)$/;
    const keys = Object.keys(rows[0] ?? {}).filter(
      (key) => typeof rows[0]?.[key] === 'number' && !leftOut.test(key),
    );
    expect(keys.length).toBeGreaterThan(15);
    for (const key of keys) {
      const sum = rows.reduce((total, row) => total + Number(row[key] ?? 0), 0);
      expect(value(context, smaps(key), 'process', '1'), key).toBe(sum * KIB);
    }
    const eligible = rows.reduce((sum, row) => sum + (row.THPeligible === 1 ? Number(row.Size) : 0), 0);
    expect(value(context, 'smaps eligible', 'process', '1')).toBe(eligible * KIB);
    expect(skipped(context)).toBe(0);
  });

  it('pid_numa_maps: pages of every mapping', () => {
    const context = read('pid_numa_maps', 'proc@1@numa_maps', numaMapsImporter);
    const rows = oracle<Rows>('pid_numa_maps').filter(({ N0 }) => N0 !== undefined);
    expect(rows.length).toBeGreaterThan(150);
    const ours = [...(readingsOf(context, numaMaps('0', 'default'), 'process', '1')?.values ?? [])];
    expect(ours).toEqual(
      rows.map(({ N0, kernelpagesize_kB }) => Number(N0) * Number(kernelpagesize_kB) * KIB),
    );
    expect(new Set(rows.map(({ policy }) => policy))).toEqual(new Set(['default']));
  });

  it('loadavg, uptime, swaps, buddyinfo', () => {
    const load = oracle<Values>('loadavg');
    const average = read('loadavg', 'proc@loadavg', loadavg);
    expect(value(average, 'loadavg 1m')).toBe(load.load_1m);
    expect(value(average, 'loadavg 5m')).toBe(load.load_5m);
    expect(value(average, 'loadavg 15m')).toBe(load.load_15m);
    expect(value(average, 'runnable tasks')).toBe(load.running);
    expect(value(average, 'tasks')).toBe(load.available);
    const { up_time: seconds = Number.NaN } = oracle<Values>('uptime');
    expect(value(read('uptime', 'proc@uptime'), 'uptime')).toBeCloseTo(seconds * 1e9, -3);
    const areas = read('swaps', 'proc@swaps');
    for (const { filename, size, used } of oracle<Rows>('swaps')) {
      expect(value(areas, memorySeries.swapSize, 'device', String(filename))).toBe(Number(size) * KIB);
      expect(value(areas, memorySeries.swapUsed, 'device', String(filename))).toBe(Number(used) * KIB);
    }
    const free = read('buddyinfo', 'proc@buddyinfo');
    for (const { node, zone, free_chunks } of oracle<Rows>('buddyinfo'))
      (free_chunks as number[]).forEach((count, order) => {
        expect(value(free, buddyinfo(String(zone), order), 'node', String(node)), `${zone} ${order}`).toBe(
          count,
        );
      });
  });

  it.each(['version', 'version2', 'version3'])('%s: the release', (name) => {
    const context = read(name, 'proc@version');
    expect(context.derive(hostFacts).kernel).toBe(oracle<{ version: string }>(name).version);
  });

  it.each(['cpuinfo', 'cpuinfo2'])('%s: model, number and frequency of CPUs', (name) => {
    const context = read(name, 'proc@cpuinfo');
    const rows = oracle<Rows>(name);
    expect(context.derive(hostFacts).cpuModel).toBe(rows[0]?.['model name']);
    expect(context.derive(hostFacts).cpus).toBe(String(rows.length));
    for (const { processor, 'cpu MHz': mhz } of rows)
      expect(value(context, 'cpu frequency', 'cpu', String(processor))).toBe(Number(mhz) * 1e6);
  });
});
