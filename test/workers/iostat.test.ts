import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEVICE_SINCE_BOOT, RECORDER, REPORT, REPORT_SINCE_BOOT } from '../../model/device-series.ts';
import { importers } from '../../workers/importers/index.ts';
import { iostat } from '../../workers/importers/iostat.ts';
import { dateOrder, readWallTime } from '../../workers/importers/wall-time.ts';
import { checkImporter } from '../support/check-importer.ts';
import { dump, importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { entitiesOf, timesOf, valuesOf } from '../support/series.ts';

const real = (name: string): Buffer => readFileSync(repo(`datasets/real/iostat/${name}`));
const text = (...lines: string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`);
const banner = 'Linux 5.14.0 (db17) \t11/20/26 \t_x86_64_\t(8 CPU)';
const header = 'Device            r/s     w/s     rkB/s     wkB/s r_await w_await aqu-sz  %util';
const row = (name: string, reads: number): string =>
  `${name}  ${reads}.00 2.00 8.00 16.00 1.50 2.50 0.02 1.00`;

describe('iostat importer', () => {
  const tiny = real('iostat-d.txt');
  checkImporter(iostat, tiny, 'iostat-tiny.txt');

  it('reads what a second of dd did, report by report', () => {
    const trace = importCut(iostat, real('iostat.txt'));
    expect(valuesOf(trace, 'w/s', 'vda')).toEqual([0, 0, 5940.59, 0, 22, 0, 0, 0]);
    expect(valuesOf(trace, 'wareq-sz', 'vda')[2]).toBe(4096);
    expect(timesOf(trace, REPORT, RECORDER).length).toBe(8);
    expect(trace.imports[0]).toMatchObject({ records: 18, skipped: 0 });
  });

  it('is cut anywhere without a change', () => {
    const bytes = real('iostat.txt').subarray(0, 1700);
    const whole = dump(importCut(iostat, bytes));
    for (let cut = 1; cut < bytes.length; cut++) {
      if (dump(importCut(iostat, bytes, [cut])) !== whole)
        expect.fail(`cut at byte ${cut} changes the result`);
    }
  });

  it('tells a second run in the same file, and its report since boot, from the first', () => {
    const run = [banner, '', header, row('sda', 1), '', header, row('sda', 3), ''];
    const trace = importCut(iostat, text(...run, ...run));
    expect(valuesOf(trace, 'r/s', 'sda')).toEqual([3, 3]);
    expect(valuesOf(trace, 'r/s', 'sda', DEVICE_SINCE_BOOT)).toEqual([1, 1]);
  });

  it('takes no report for since boot when the banner is gone or -y was given', () => {
    const cut = importCut(iostat, text(header, row('sda', 1), '', header, row('sda', 3)));
    expect(valuesOf(cut, 'r/s', 'sda')).toEqual([1, 3]);
    const measured = importCut(
      iostat,
      text(banner, '', '', header, row('sda', 1), '', header, row('sda', 3)),
    );
    expect(valuesOf(measured, REPORT_SINCE_BOOT, '', RECORDER)).toEqual([]);
  });

  it('reads devices that come and go, and names of any sort', () => {
    const names = ['md/raid:0', 'cciss!c0d0', 'wwn-0x5000c500-part1', 'd\u00e9j\u00e0', '<script>'];
    const trace = importCut(
      iostat,
      text(banner, '', '', header, ...names.map((name) => row(name, 1)), '', header, row('new', 2)),
    );
    expect(entitiesOf(trace)).toEqual([...names, 'new']);
  });

  it('reads names that stand on a line of their own', () => {
    const long = 'a-very-long-name-of-a-logical-volume';
    const trace = importCut(iostat, text(banner, '', '', header, long, row('', 7).trim()));
    expect(valuesOf(trace, 'r/s', long)).toEqual([7]);
  });

  it('skips rows that are torn, shifted or not numbers, and says where', () => {
    const bytes = text(
      banner,
      '',
      '',
      header,
      'sda 1.00 2.00',
      'sdb 1.00 2.00 x 16.00 1.50 2.50 0.02 1.00',
      row('sdc', 1),
    );
    const trace = importCut(iostat, bytes);
    expect(trace.imports[0]).toMatchObject({ skipped: 2, firstSkipped: bytes.indexOf('sda ') });
    expect(entitiesOf(trace)).toEqual(['sdc']);
  });

  it('drops the last number of a killed iostat when it is cut, keeps it when it is whole', () => {
    const whole = Buffer.from([banner, '', '', header, row('sda', 1), row('sdb', 2)].join('\n'));
    expect(entitiesOf(importCut(iostat, whole))).toEqual(['sda', 'sdb']);
    const torn = importCut(iostat, whole.subarray(0, -1));
    expect(entitiesOf(torn)).toEqual(['sda']);
    expect(torn.imports[0]?.skipped).toBe(1);
  });

  it('gives what is whole of a damaged file, counted', () => {
    const bytes = readFileSync(repo('datasets/broken/torn.iostat.txt'));
    const trace = importCut(iostat, bytes);
    expect(valuesOf(trace, 'tps', 'vda')).toEqual([17, 0]);
    expect(trace.imports[0]).toMatchObject({ skipped: 3, firstSkipped: 386 });
  });

  it('is known behind a prompt or a date, which are skipped', () => {
    const bytes = text(
      'root@db17:~# iostat -x -t 1',
      'Fri Nov 20 12:00:00 UTC 2026',
      banner,
      '',
      '',
      header,
      row('sda', 1),
    );
    expect(importers.filter(({ sniff }) => sniff(bytes, 'x') === 'yes').map(({ id }) => id)).toEqual([
      'iostat',
    ]);
    const trace = importCut(iostat, bytes);
    expect(valuesOf(trace, 'r/s', 'sda')).toEqual([1]);
    expect(trace.imports[0]?.skipped).toBe(2);
  });

  it('reads carriage returns and translated headers', () => {
    const french = [banner, '', '', header.replace('Device', 'Périphérique:'), row('sda', 1)].join('\r\n');
    expect(valuesOf(importCut(iostat, Buffer.from(french)), 'r/s', 'sda')).toEqual([1]);
  });
});

describe('wall-clock times', () => {
  it.each([
    ['11/20/26 21:24:11', '2026-11-20T21:24:11Z', false],
    ['11/20/2026 09:24:22 PM', '2026-11-20T21:24:22Z', false],
    ['11/20/2026 12:00:01 AM', '2026-11-20T00:00:01Z', false],
    ['20.11.2026 21:24:20', '2026-11-20T21:24:20Z', false],
    ['20/11/2026 21:24:20', '2026-11-20T21:24:20Z', false],
    ['05/06/2026 21:24:20', '2026-06-05T21:24:20Z', false],
    ['05/06/2026 09:24:20 PM', '2026-05-06T21:24:20Z', false],
    ['2026年11月20日 21時24分20秒', '2026-11-20T21:24:20Z', false],
    ['2026-11-20T21:24:23+0000', '2026-11-20T21:24:23Z', true],
    ['2026-11-20T21:24:23+01:30', '2026-11-20T19:54:23Z', true],
    ['2026-11-20 21:24:23 UTC', '2026-11-20T21:24:23Z', true],
  ])('%s', (printed, iso, zone) => {
    expect(readWallTime(printed, dateOrder([printed]))).toEqual({ ns: Date.parse(iso) * 1e6, zone });
  });

  it.each(['13/13/26 10:00:00', '11/20/26 25:00:00', 'noon', '11/20/26', ''])('%s is none', (printed) => {
    expect(readWallTime(printed, 'month first')).toBeUndefined();
  });
});
