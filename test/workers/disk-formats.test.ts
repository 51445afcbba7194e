import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEVICE_SINCE_BOOT, HOST_SINCE_BOOT, RECORDER, REPORT } from '../../model/device-series.ts';
import { Problem } from '../../model/problem.ts';
import { TraceBuilder } from '../../model/trace-builder.ts';
import { csv } from '../../workers/importers/csv.ts';
import { diskstats } from '../../workers/importers/diskstats.ts';
import { sadf } from '../../workers/importers/sadf.ts';
import { sar } from '../../workers/importers/sar.ts';
import { sysstatJson } from '../../workers/importers/sysstat-json.ts';
import { vmstat } from '../../workers/importers/vmstat.ts';
import { vmstatDisks } from '../../workers/importers/vmstat-disks.ts';
import { checkImporter } from '../support/check-importer.ts';
import { dump, importCut, sourceOf } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { entitiesOf, timesOf, valuesOf } from '../support/series.ts';

const real = (name: string): Buffer => readFileSync(repo(`datasets/real/iostat/${name}`));
const text = (...lines: string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`);
const noon = Date.parse('2026-11-20T12:00:00Z') * 1e6;

describe('sysstat JSON importer', () => {
  checkImporter(sysstatJson, real('iostat.json').subarray(0, 2300), 'sysstat-json-tiny.txt');

  it('reads the same of iostat -o JSON as iostat text says', () => {
    const trace = importCut(sysstatJson, real('iostat.json'));
    expect(valuesOf(trace, 'w/s', 'vda').length).toBe(8);
    expect(valuesOf(trace, 'w/s', 'vda', DEVICE_SINCE_BOOT)).toEqual([7.21]);
    expect(trace.imports[0]).toMatchObject({ skipped: 0 });
  });

  it('takes no report of sadf -j for since boot, reads its intervals and times', () => {
    const trace = importCut(sysstatJson, real('sadf.json'));
    expect(valuesOf(trace, 'tps', 'vda')).toEqual([8, 0, 6378, 0, 22, 0, 0, 0]);
    // Both names of the size are printed: 26.50 kB and 53 sectors.
    expect(valuesOf(trace, 'areq-sz', 'vda')[0]).toBe(26.5 * 1024);
    expect(valuesOf(trace, REPORT, '', RECORDER)).toEqual(new Array(8).fill(1e9));
    expect(timesOf(trace, REPORT, RECORDER)[0]).toBe(Date.parse('2026-11-24T11:19:13Z') * 1e6);
    expect(valuesOf(trace, 'cpu share iowait', '', 'host')[2]).toBeCloseTo(0.1005, 9);
  });

  it('gives every whole report of a file that breaks off, wherever it does', () => {
    const bytes = real('iostat.json');
    const ends = [...bytes.toString('latin1').matchAll(/^\t{4}\},?$/gm)].map(({ index }) => index + 5);
    for (let length = ends[0] as number; length < bytes.length; length += 97) {
      const whole = ends.filter((end) => end <= length).length;
      const trace = importCut(sysstatJson, bytes.subarray(0, length));
      expect(valuesOf(trace, 'util', 'vda').length, `first ${length} bytes`).toBe(whole - 1);
    }
  });

  it('says so when not one report is whole', () => {
    const read = (): unknown => importCut(sysstatJson, real('iostat.json').subarray(0, 500));
    expect(read).toThrow(Problem);
    expect(read).toThrow(/test at byte 0: holds no whole report; let iostat or sadf finish/);
  });

  it('reads any layout, hostile names, several hosts', () => {
    const host = (name: string): string =>
      `{"nodename":"${name}","statistics":[{"disk":[{"disk_device":"a","tps":1.5}]},{"disk":[{"disk_device":"}]\\"{","tps":2.5}]}]}`;
    const trace = importCut(sysstatJson, Buffer.from(`{"sysstat":{"hosts":[${host('x')},${host('y')}]}}`));
    expect(valuesOf(trace, 'tps', '}]"{')).toEqual([2.5, 2.5]);
    expect(valuesOf(trace, 'tps', 'a', DEVICE_SINCE_BOOT)).toEqual([1.5, 1.5]);
  });
});

describe('sadf importer', () => {
  checkImporter(sadf, real('sadf-ubdp.txt'), 'sadf-tiny.txt');

  it('reads disks and all CPUs, counts the rest', () => {
    const trace = importCut(sadf, real('sadf-ubdp.txt'));
    expect(valuesOf(trace, 'tps', 'vda')).toEqual([8, 0, 6378, 0, 22, 0, 0, 0]);
    expect(valuesOf(trace, 'util', 'vda')[2]).toBeCloseTo(0.412, 9);
    expect(trace.imports[0]).toMatchObject({ records: 16, ignored: 8, skipped: 0 });
    expect(trace.imports[0]?.clock.name).toBe('realtime');
  });

  it('reads old columns in sectors, local times, seconds since 1970, and restarts', () => {
    const old = '# hostname;interval;timestamp;DEV;tps;rd_sec/s;wr_sec/s;avgrq-sz;avgqu-sz;await;svctm;%util';
    const trace = importCut(
      sadf,
      text(
        old,
        'db17;600;2026-11-20 12:00:00;dev8-0;10.00;160.00;0.00;16.00;0.05;5.00;2.00;2.00',
        'db17;-1;2026-11-20 12:05:00;LINUX-RESTART (8 CPU)',
        `db17;600;${noon / 1e9 + 600};dev8-0;20.00;160.00;0.00;16.00;0.05;5.00;2.00;4.00`,
        'db17;600;2026-11-20 12:20:00;dev8-0;20.00',
      ),
    );
    expect(valuesOf(trace, 'rB/s', 'dev8-0')).toEqual([160 * 512, 160 * 512]);
    expect(valuesOf(trace, 'areq-sz', 'dev8-0')[0]).toBe(16 * 512);
    expect(valuesOf(trace, REPORT, '', RECORDER)).toEqual([600e9, 600e9]);
    expect(timesOf(trace, REPORT, RECORDER)).toEqual([noon, noon + 600e9]);
    expect(trace.imports[0]).toMatchObject({ ignored: 1, skipped: 1 });
  });
});

describe('sar importer', () => {
  checkImporter(sar, real('sar-ubdp.txt'), 'sar-tiny.txt');

  it('reads the device column first and last alike', () => {
    const [first, last] = ['sar-d.txt', 'sar-dp.txt'].map((name) =>
      dump(importCut(sar, real(name)))
        .split('\n')
        .slice(1),
    );
    expect(last).toEqual(first);
  });

  it('takes the day from the banner, passes midnight, and begins again with every activity', () => {
    const banner = 'Linux 3.10.0 (db17) \t11/20/2026 \t_x86_64_\t(4 CPU)';
    const disk = 'DEV       tps  rd_sec/s  wr_sec/s  avgrq-sz  avgqu-sz     await     svctm     %util';
    const row = (time: string, tps: number): string =>
      `${time}    dev8-0  ${tps}.00  16.00  0.00  16.00  0.05  5.00  2.00  2.00`;
    const trace = importCut(
      sar,
      text(
        banner,
        '',
        '11:40:00 PM     CPU     %user     %nice   %system   %iowait    %steal     %idle',
        '11:50:00 PM     all     10.00      0.00      5.00      1.00      0.00     84.00',
        '12:00:01 AM     all     20.00      0.00      5.00      1.00      0.00     74.00',
        'Average:        all     15.00      0.00      5.00      1.00      0.00     79.00',
        '',
        `11:40:00 PM     ${disk}`,
        row('11:50:00 PM', 1),
        `11:50:00 PM     ${disk}`,
        row('12:00:01 AM', 2),
        row('12:10:00 AM', 3),
        'Average:       dev8-0  2.00  16.00  0.00  16.00  0.05  5.00  2.00  2.00',
      ),
    );
    const at = (iso: string): number => Date.parse(iso) * 1e6;
    expect(timesOf(trace, REPORT, RECORDER)).toEqual(
      ['2026-11-20T23:50:00Z', '2026-11-21T00:00:01Z', '2026-11-21T00:10:00Z'].map(at),
    );
    expect(valuesOf(trace, REPORT, '', RECORDER)).toEqual([600e9, 601e9, 599e9]);
    expect(valuesOf(trace, 'tps', 'dev8-0')).toEqual([1, 2, 3]);
    expect(valuesOf(trace, 'cpu share user', '', 'host')).toEqual([0.1, 0.2]);
    expect(trace.imports[0]).toMatchObject({ skipped: 0, ignored: 2 });
  });
});

describe('diskstats importer', () => {
  checkImporter(diskstats, real('diskstats.txt').subarray(0, 1210), 'diskstats-tiny.txt');

  it('reads 11, 15 and 17 counters, in bytes and ns', () => {
    const trace = importCut(
      diskstats,
      text(
        '   8       0 sda 1 2 3 4 5 6 7 8 9 10 11',
        '   8      16 sdb 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15',
        ' 259       0 nvme0n1 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17',
        '   8       1 sda1 1 2 3 4',
        '   8       2 sda2 what',
      ),
    );
    expect(valuesOf(trace, 'read bytes', 'sda')).toEqual([3 * 512]);
    expect(valuesOf(trace, 'queue time', 'sda')).toEqual([11e6]);
    expect(valuesOf(trace, 'discard time', 'sda')).toEqual([]);
    expect(valuesOf(trace, 'discard time', 'sdb')).toEqual([15e6]);
    expect(valuesOf(trace, 'flush time', 'nvme0n1')).toEqual([17e6]);
    expect(trace.imports[0]).toMatchObject({ records: 3, ignored: 1, skipped: 1 });
  });

  it('takes a level below zero for none', () => {
    const trace = importCut(diskstats, text('   8       0 sda 1 2 3 4 5 6 7 8 4294967295 10 11'));
    expect(valuesOf(trace, 'in flight', 'sda')).toEqual([0]);
  });

  it('takes the time of a snapshot from its directory', () => {
    const out = new TraceBuilder();
    const bytes = text('   8       0 sda 1 2 3 4 5 6 7 8 9 10 11');
    const name = 'run/snap-003_1795209173.3_5811.8/proc@diskstats';
    diskstats.open(out, { ...sourceOf(bytes), name })(bytes, 0);
    expect(out.clock).toBe('mono');
    expect(out.counters.columns.time[0]).toBe(5811.8e9);
  });

  it('leaves out a last line that breaks off', () => {
    const bytes = Buffer.from(
      '   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n   8      16 sdb 1 2 3 4 5 6 7 8 9 10 1',
    );
    const trace = importCut(diskstats, bytes);
    expect(entitiesOf(trace)).toEqual(['sda']);
    expect(trace.imports[0]?.skipped).toBe(1);
  });
});

describe('vmstat importers', () => {
  checkImporter(vmstat, real('vmstat.txt'), 'vmstat-tiny.txt');
  const disks = text(
    'disk- ------------reads------------ ------------writes----------- -----IO------ -----timestamp-----',
    '       total merged sectors      ms  total merged sectors      ms    cur    sec                 UTC',
    'sda    15257    100  841035    8395  50851   5502 1648657  146540      0     44 2026-11-20 12:00:00',
    'sdb        1      0       8       2      0      0       0       0      0      0 2026-11-20 12:00:00',
    'sda    15258    100  841043    8399  50851   5502 1648657  146540      0     45 2026-11-20 12:00:10',
    'sdb        1      0       8       2      0      0       0       0      0      0 2026-11-20 12:00:10',
  );
  checkImporter(vmstatDisks, disks, 'vmstat-disks-tiny.txt');

  it('keeps the line since boot apart', () => {
    const trace = importCut(vmstat, real('vmstat.txt'));
    expect(valuesOf(trace, 'written to disks', '', HOST_SINCE_BOOT)).toEqual([528 * 1024]);
    expect(valuesOf(trace, 'written to disks', '', 'host')[2]).toBe(24_000 * 1024);
    expect(valuesOf(trace, 'cpu share iowait', '', 'host')).toEqual([0, 0, 0.1, 0, 0, 0, 0, 0]);
    expect(valuesOf(trace, 'context switches', '', 'host')[2]).toBe(12_783);
  });

  it('reads counters of vmstat -d, copy by copy', () => {
    const trace = importCut(vmstatDisks, disks);
    expect(valuesOf(trace, 'reads', 'sda')).toEqual([15_257, 15_258]);
    expect(valuesOf(trace, 'busy time', 'sda')).toEqual([44e9, 45e9]);
    expect(timesOf(trace, REPORT, RECORDER)).toEqual([noon, noon + 10e9]);
  });
});

describe('csv importer', () => {
  const table = text(
    'timestamp,device,r/s,w/s,rkB/s,r_await,w_await,aqu-sz,%util,temperature',
    '2026-11-20 12:00:00,sda,10,20,40,5.0,6.0,0.17,12,30',
    '2026-11-20 12:00:00,"sd,b",1,2,4,5.0,6.0,0.02,1.5,',
    '2026-11-20 12:00:05,sda,12,20,48,5.0,6.0,0.18,13,31',
    'soon,sda,12,20,48,5.0,6.0,0.18,13,31',
  );
  checkImporter(csv, table, 'csv-tiny.txt');

  it('reads what iostat has as iostat, and anything else under its name', () => {
    const trace = importCut(csv, table);
    expect(valuesOf(trace, 'rB/s', 'sda')).toEqual([40 * 1024, 48 * 1024]);
    expect(entitiesOf(trace)).toEqual(['sda', 'sd,b']);
    expect(valuesOf(trace, 'temperature', 'sda', 'csv')).toEqual([30, 31]);
    expect(trace.imports[0]).toMatchObject({ records: 3, skipped: 1 });
  });

  it.each([
    ['time_ms', '1795176000500', noon + 0.5e9],
    ['time', '1795176000.5', noon + 0.5e9],
    ['time', '1795176000500', noon + 0.5e9],
    ['time', '1795176000500000', noon + 0.5e9],
    ['timestamp_ns', '1795176000500000000', noon + 0.5e9],
    ['t', '12.5', 12.5e9],
    ['Date', '2026-11-20T13:00:00+0100', noon],
  ])('reads %s %s', (name, value, ns) => {
    const trace = importCut(csv, text(`${name};load`, `${value};3`));
    expect(timesOf(trace, 'load', 'csv')).toEqual([ns]);
  });

  it('reads the long form, one measure a line', () => {
    const trace = importCut(
      csv,
      text('t_real_s,metric,value', '1795176000.5,a,1', '1795176000.5,b,2', '1795176001.5,a,3'),
    );
    expect(valuesOf(trace, 'a', '', 'csv')).toEqual([1, 3]);
  });

  it.each(['a,b\n1,2\n', 'time,b\nx,2\n', 'time,b\n', 'time\n1\n', '# time,b\n1,2\n', 'time,1\n2,3\n'])(
    'leaves %j alone',
    (other) => {
      expect(csv.sniff(Buffer.from(other), 'x.csv')).toBe('no');
    },
  );
});
