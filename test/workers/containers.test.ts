import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cgroupCpu } from '../../model/cpu-series.ts';
import { containerOf, groupTraffic, printedGroup } from '../../model/group-series.ts';
import { memorySeries } from '../../model/memory-series.ts';
import type { Trace } from '../../model/trace.ts';
import { dockerApi } from '../../workers/importers/docker-api.ts';
import { dockerStats } from '../../workers/importers/docker-stats.ts';
import { dockerStatsJson } from '../../workers/importers/docker-stats-json.ts';
import type { Importer } from '../../workers/importers/importer.ts';
import { bytesOf, shareOf } from '../../workers/importers/printed/amount.ts';
import { timeOfLine } from '../../workers/importers/printed/time-line.ts';
import { systemdCgtop } from '../../workers/importers/systemd-cgtop.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { entitiesOf, timesOf, valuesOf } from '../support/series.ts';

const real = (name: string): Uint8Array => readFileSync(repo(`datasets/real/containers/${name}`));
const importText = (importer: Importer, text: string): Trace =>
  importRun([importer, new TextEncoder().encode(text)]);
const of = (trace: Trace, name: string, group: string): number[] => valuesOf(trace, name, group, 'cgroup');

for (const [importer, file] of [
  [dockerStats, 'docker-stats.txt'],
  [dockerStats, 'docker-stats-stream.txt'],
  [dockerStatsJson, 'docker-stats-json.txt'],
  [dockerApi, 'docker-api-web.jsonl'],
  [systemdCgtop, 'systemd-cgtop.txt'],
  [systemdCgtop, 'systemd-cgtop-raw.txt'],
  [systemdCgtop, 'systemd-cgtop-time.txt'],
] as const)
  describe(`containers: ${file}`, () => checkImporter(importer, real(file), `containers-${file}`));

describe('amounts as they are printed', () => {
  it('docker counts memory in powers of 1024 and traffic in powers of 1000', () => {
    expect(bytesOf('1.5GiB')).toBe(1.5 * 2 ** 30);
    expect(bytesOf('736KiB')).toBe(736 * 1024);
    expect(bytesOf('1.18kB')).toBeCloseTo(1180, 9);
    expect(bytesOf('12MB')).toBe(12e6);
    expect(bytesOf('656B')).toBe(656);
  });
  it('systemd has bare letters for powers of 1024, and plain bytes', () => {
    expect(bytesOf('63.7M')).toBe(63.7 * 2 ** 20);
    expect(bytesOf('65687552')).toBe(65687552);
    expect(bytesOf('512B')).toBe(512);
  });
  it('what is no amount is none', () => {
    for (const text of ['--', '-', '', '1.5.2GiB', 'GiB', '-3B']) expect(bytesOf(text), text).toBeNaN();
    expect(shareOf('--')).toBeNaN();
    expect(shareOf('12.3%')).toBeCloseTo(0.123, 12);
  });
  it('moments between calls, as date prints them', () => {
    // date -u -d @1796099578 says Tue Dec  1 04:32:58 UTC 2026.
    expect(timeOfLine('1796099578')).toEqual({ ns: 1796099578e9, clock: 'realtime' });
    expect(timeOfLine('Tue Dec  1 04:32:58 UTC 2026')?.ns).toBe(1796099578e9);
    expect(timeOfLine('2026-12-01T04:32:58+00:00')).toEqual({ ns: 1796099578e9, clock: 'realtime' });
    expect(timeOfLine('web 12 34')).toBeUndefined();
  });
});

describe('docker stats', () => {
  it('the working set, its limit, and traffic of a row', () => {
    const trace = importRun([dockerStats, real('docker-stats.txt')]);
    expect(entitiesOf(trace, 'cgroup')).toEqual(['/docker:cache', '/docker:idle', '/docker:web']);
    expect(of(trace, printedGroup.cpu, '/docker:web')[0]).toBeCloseTo(0.5258, 12);
    expect(of(trace, printedGroup.workingSet, '/docker:cache')).toEqual([744 * 1024]);
    expect(of(trace, printedGroup.memoryLimit, '/docker:cache')).toEqual([64 * 2 ** 20]);
    expect(of(trace, printedGroup.received, '/docker:web')[0]).toBeCloseTo(1320, 9);
    expect(of(trace, printedGroup.tasks, '/docker:web')).toEqual([3]);
  });

  it('the first frames of a stream show the mean since boot, and are not taken for usage', () => {
    const trace = importRun([dockerStats, real('docker-stats-stream.txt')]);
    const cpu = of(trace, printedGroup.cpu, '/docker:web');
    expect(cpu.length).toBeGreaterThan(3);
    for (const share of cpu) expect(share).toBeGreaterThan(0.4);
    expect(trace.imports[0]?.skipped).toBe(0);
  });

  it('moments between tables date what follows; containers that stopped are left out', () => {
    const trace = importText(
      dockerStats,
      [
        '1796099578',
        'NAME   CPU %   MEM USAGE / LIMIT',
        'a      1.00%   1MiB / 2MiB',
        'b      --      -- / --',
        '1796099588',
        'NAME   CPU %   MEM USAGE / LIMIT',
        'a      3.00%   1MiB / 2MiB',
        'c      broken  1MiB / 2MiB',
      ].join('\n'),
    );
    expect(of(trace, printedGroup.cpu, '/docker:a')).toEqual([0.01, 0.03]);
    expect(timesOf(trace, printedGroup.cpu, 'cgroup')).toEqual([1796099578e9, 1796099588e9]);
    expect(trace.imports[0]).toMatchObject({ ignored: 1, skipped: 1 });
  });

  it('podman has the same table under other names', () => {
    const trace = importText(
      dockerStats,
      'ID            NAME  CPU %   MEM USAGE / LIMIT  MEM %   NET IO     BLOCK IO    PIDS  CPU TIME   AVG CPU %\n' +
        'a9f807ffaacd  db    12.50%  12.8MB / 16.7GB    0.08%   1kB / 2kB  3MB / 0B    4     2.17s      11.2%\n',
    );
    expect(of(trace, printedGroup.workingSet, '/podman:db')).toEqual([12.8e6]);
    expect(of(trace, printedGroup.read, '/podman:db')).toEqual([3e6]);
  });

  it('JSON has the cells of the table', () => {
    const trace = importRun([dockerStatsJson, real('docker-stats-json.txt')]);
    expect(of(trace, printedGroup.cpu, '/docker:web')[0]).toBeCloseTo(0.4955, 12);
    expect(of(trace, printedGroup.workingSet, '/docker:cache')).toEqual([956 * 1024]);
  });
});

describe('Docker Engine API', () => {
  it('keeps the counts of a stream, the nanoseconds of its times, and limits only where there are some', () => {
    const trace = importRun([dockerApi, real('docker-api-web.jsonl')]);
    const group = '/docker:web';
    const periods = of(trace, cgroupCpu.periods, group);
    expect(periods).toHaveLength(6);
    expect((periods.at(-1) ?? 0) - (periods[0] ?? 0)).toBe(50);
    expect(of(trace, memorySeries.limit('max'), group)).toEqual([]);
    expect(timesOf(trace, cgroupCpu.periods, 'cgroup').every((time) => time % 1e6 !== 0)).toBe(true);
  });

  it('version 2 of control groups: its own keys, lower-case operations, no limit told apart from the host', () => {
    const object = {
      read: '2026-12-01T04:33:08.5Z',
      preread: '2026-12-01T04:33:07.5Z',
      name: '/db',
      id: 'ab'.repeat(32),
      pids_stats: { current: 7, limit: 2 ** 64 },
      blkio_stats: {
        io_service_bytes_recursive: [
          { major: 8, minor: 0, op: 'read', value: 4096 },
          { major: 8, minor: 0, op: 'write', value: 8192 },
        ],
        io_serviced_recursive: null,
      },
      cpu_stats: {
        cpu_usage: { total_usage: 3_000_000_000, usage_in_kernelmode: 1e9, usage_in_usermode: 2e9 },
        system_cpu_usage: 20e9,
        online_cpus: 4,
        throttling_data: { periods: 20, throttled_periods: 5, throttled_time: 9e8 },
      },
      precpu_stats: {
        cpu_usage: { total_usage: 2_500_000_000 },
        system_cpu_usage: 16e9,
        throttling_data: { periods: 10, throttled_periods: 5, throttled_time: 9e8 },
      },
      memory_stats: {
        usage: 5000,
        limit: 8e9,
        stats: { anon: 1000, file: 3000, inactive_file: 2000, workingset_refault_file: 3 },
      },
      networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 10, tx_bytes: 20 } },
    };
    for (const text of [
      JSON.stringify(object),
      JSON.stringify(object, null, 2),
      `[${JSON.stringify(object)}]`,
    ]) {
      const trace = importText(dockerApi, text);
      // One answer holds two readings of the CPU: its own and the one before it.
      expect(of(trace, cgroupCpu.usage, '/docker:db')).toEqual([2.5e9, 3e9]);
      expect(of(trace, memorySeries.stat('anon'), '/docker:db')).toEqual([1000]);
      expect(of(trace, 'io write bytes 8:0', '/docker:db')).toEqual([8192]);
      expect(of(trace, printedGroup.memoryLimit, '/docker:db')).toEqual([8e9]);
      expect(of(trace, printedGroup.tasksLimit, '/docker:db')).toEqual([]);
      expect(of(trace, groupTraffic.received, '/docker:db')).toEqual([11]);
    }
  });

  it('an object cut by the end of the stream is counted, with its offset', () => {
    const text = new TextDecoder().decode(real('docker-api-web.jsonl'));
    const line = text.indexOf('\n') + 1;
    const trace = importText(dockerApi, text.slice(0, line + 500));
    expect(trace.imports[0]).toMatchObject({ skipped: 1, firstSkipped: line });
  });

  it('a container that stopped is answered with zeros, and has no reading', () => {
    const text =
      '{"read":"0001-01-01T00:00:00Z","preread":"0001-01-01T00:00:00Z","name":"/x","id":"","cpu_stats":{"cpu_usage":{"total_usage":0}},"precpu_stats":{}}';
    expect(importText(dockerApi, text).imports[0]).toMatchObject({ ignored: 1, skipped: 0, records: 0 });
  });
});

describe('systemd-cgtop', () => {
  it('rows of every iteration; the first has no CPU', () => {
    const trace = importRun([systemdCgtop, real('systemd-cgtop-raw.txt')]);
    expect(of(trace, printedGroup.memory, '/docker')).toEqual([66781184, 66891776, 66736128]);
    expect(of(trace, printedGroup.cpu, '/docker').map((share) => share.toFixed(3))).toEqual([
      '0.551',
      '0.550',
    ]);
  });

  it('time instead of percent, in spans of systemd', () => {
    const trace = importRun([systemdCgtop, real('systemd-cgtop-time.txt')]);
    // 1min 14.256116s, 1min 14.802540s.
    expect(of(trace, printedGroup.cpuTime, '/docker').map(Math.round)).toEqual([74256116000, 74802540000]);
  });

  it('a line of a million blanks is no row, and takes no time', () => {
    const trace = importText(systemdCgtop, `/a 1 - - - -\n/${' '.repeat(1e6)}x\n`);
    expect(trace.imports[0]).toMatchObject({ records: 1, skipped: 1 });
  });

  it('paths with blanks and escapes, dashes, a header', () => {
    const trace = importText(
      systemdCgtop,
      [
        'Control Group                 Tasks   %CPU   Memory  Input/s Output/s',
        '/my group                         2    1.5     1.0M     1.0K        -',
        '/system.slice/dev\\x2dsda.mount    -      -        -        -     512B',
        'not a row',
      ].join('\n'),
    );
    expect(of(trace, printedGroup.readRate, '/my group')).toEqual([1024]);
    expect(of(trace, printedGroup.writeRate, '/my group')).toEqual([]);
    expect(of(trace, printedGroup.writeRate, '/system.slice/dev\\x2dsda.mount')).toEqual([512]);
    expect(trace.imports[0]?.skipped).toBe(1);
  });
});

it('containers are told from paths of control groups', () => {
  expect(containerOf('/docker:web')).toEqual({ tool: 'docker', name: 'web' });
  expect(containerOf('/docker/web')).toBeUndefined();
});
