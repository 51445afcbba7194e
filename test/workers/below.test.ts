import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CPU_SHARE, DEVICE } from '../../model/device-series.ts';
import { printedGroup } from '../../model/group-series.ts';
import type { Trace } from '../../model/trace.ts';
import { belowValue } from '../../workers/importers/below/layout.ts';
import { below } from '../../workers/importers/below.ts';
import { belowOpenmetrics } from '../../workers/importers/below-openmetrics.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { entitiesOf, timesOf, valuesOf } from '../support/series.ts';

const real = (name: string): Uint8Array => readFileSync(repo(`datasets/real/below/${name}`));
const importText = (text: string): Trace => importRun([below, new TextEncoder().encode(text)]);
const of = (trace: Trace, name: string, group: string): number[] => valuesOf(trace, name, group, 'cgroup');

for (const file of ['cgroup.csv', 'cgroup-raw.csv', 'system.csv', 'disk.csv'])
  describe(`below dump: ${file}`, () => checkImporter(below, real(file), `below-${file}`));

describe('below dump: cgroup.openmetrics', () =>
  checkImporter(belowOpenmetrics, real('cgroup.openmetrics'), 'below-cgroup.openmetrics'));

describe('below dump', () => {
  it('metrics say the same as raw columns', () => {
    const [metrics, raw] = [
      importRun([belowOpenmetrics, real('cgroup.openmetrics')]),
      importRun([below, real('cgroup-raw.csv')]),
    ];
    for (const name of [printedGroup.cpu, printedGroup.periods, printedGroup.memory, printedGroup.tasks]) {
      expect(of(metrics, name, '/t')).toEqual(of(raw, name, '/t'));
      expect(timesOf(metrics, name, 'cgroup')).toEqual(timesOf(raw, name, 'cgroup'));
    }
  });

  it('metrics not read are counted, paths may hold quotes, the root has none', () => {
    const trace = importRun([
      belowOpenmetrics,
      Buffer.from(
        [
          '# TYPE cgroup_cpu_usage_pct_percent gauge',
          'cgroup_cpu_usage_pct_percent{cgroup="",hostname="h"} 150 1796099580',
          'cgroup_cpu_usage_pct_percent{cgroup="/a\\"b\\\\c",hostname="h"} 5e-1 1796099580',
          'cgroup_mem_pgfault{cgroup="/a",hostname="h"} 3 1796099580',
          'system_mem_total_bytes{hostname="h"} 1024 1796099580',
          'nonsense',
          '# EOF',
        ].join('\n'),
      ),
    ]);
    expect(of(trace, printedGroup.cpu, '/')).toEqual([1.5]);
    expect(of(trace, printedGroup.cpu, '/a"b\\c')).toEqual([0.005]);
    expect(valuesOf(trace, 'meminfo MemTotal', '', 'host')).toEqual([1024]);
    expect(trace.imports[0]).toMatchObject({ records: 3, ignored: 1, skipped: 1 });
  });

  it('values with units, and without', () => {
    expect(belowValue('51.95%')).toBe(51.95);
    expect(belowValue('496 KB')).toBe(496 * 1024);
    expect(belowValue('9.8 MB/s')).toBe(9.8 * 2 ** 20);
    expect(belowValue('9.85/s')).toBe(9.85);
    expect(belowValue('1199 ms')).toBe(1199);
    expect(belowValue('0.0 B')).toBe(0);
    expect(belowValue('507904')).toBe(507904);
    expect(belowValue('?')).toBeNaN();
    expect(belowValue('nonsense')).toBeUndefined();
  });

  it('people and machines read the same numbers', () => {
    const [human, raw] = ['cgroup.csv', 'cgroup-raw.csv'].map((file) => importRun([below, real(file)]));
    for (const name of [
      printedGroup.cpu,
      printedGroup.periods,
      printedGroup.memory,
      printedGroup.throttled,
    ]) {
      const [a, b] = [human, raw].map((trace) => of(trace as Trace, name, '/t'));
      expect(a).toHaveLength(5);
      a?.forEach((value, i) => {
        expect(Math.abs(value - (b?.[i] ?? Number.NaN))).toBeLessThanOrEqual(0.005 * Math.max(1, value));
      });
    }
  });

  it('the host: states of the CPU, idle from the usage, memory', () => {
    const trace = importRun([below, real('system.csv')]);
    expect(valuesOf(trace, `${CPU_SHARE} idle`, '', 'host')[0]).toBeCloseTo(1 - 0.3692, 12);
    expect(valuesOf(trace, 'meminfo MemTotal', '', 'host')[0]).toBeCloseTo(343.4 * 2 ** 20, 3);
    expect(timesOf(trace, 'meminfo MemTotal', 'host')[0]).toBe(1795200013e9);
  });

  it('counters of disks are those of /proc/diskstats', () => {
    const trace = importRun([below, real('disk.csv')]);
    expect(valuesOf(trace, 'writes', 'vda', DEVICE).slice(0, 2)).toEqual([236, 244]);
    expect(valuesOf(trace, 'write bytes', 'vda', DEVICE)[0]).toBe(421108 * 512);
    expect(valuesOf(trace, 'write time', 'vda', DEVICE)[0]).toBe(1199e6);
  });

  it('groups without paths: the root is known, a last name that comes twice at one moment is told once', () => {
    const trace = importText(
      [
        'Name,Inode Number,Datetime,CPU Usage,Mem Total,Timestamp,',
        '<root>,1,2026-12-01 04:33:00,150.00%,1.5 GB,1796099580,',
        'init.scope,2,2026-12-01 04:33:00,1.00%,1 MB,1796099580,',
        'init.scope,3,2026-12-01 04:33:00,9.00%,9 MB,1796099580,',
        'init.scope,2,2026-12-01 04:33:05,2.00%,1 MB,1796099585,',
      ].join('\n'),
    );
    expect(entitiesOf(trace, 'cgroup')).toEqual(['/', '/…/init.scope']);
    expect(of(trace, printedGroup.cpu, '/…/init.scope')).toEqual([0.01, 0.02]);
    expect(trace.imports[0]).toMatchObject({ records: 3, ignored: 1, skipped: 0 });
  });

  it('command lines may hold commas; a row that lacks cells is counted', () => {
    const trace = importText(
      [
        'Datetime,Pid,Comm,CPU,Cmdline,Exe Path,Timestamp,',
        '2026-12-01 04:33:00,12,java,12.50%,java -D a,b,c,/usr/bin/java,1796099580,',
        '2026-12-01 04:33:00,13,java,12.50%,1796099580,',
      ].join('\n'),
    );
    expect(valuesOf(trace, printedGroup.cpu, '12', 'process')).toEqual([0.125]);
    expect(trace.imports[0]?.skipped).toBe(1);
  });

  it('other tables with a time column are not of below', () => {
    for (const text of ['time,a,b\n1,2,3\n', 'Timestamp,x,\n1,2,\n', 'Datetime,Pid,Comm,CPU\n1,2,3,4\n'])
      expect(below.sniff(Buffer.from(text), 'x.csv'), text).toBe('no');
  });
});
