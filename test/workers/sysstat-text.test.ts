import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { settingsRead } from '../../analyzers/derived/settings.ts';
import { PROCESS_SINCE_BOOT, taskRate } from '../../model/printed-series.ts';
import type { Trace } from '../../model/trace.ts';
import { mpstat } from '../../workers/importers/mpstat.ts';
import { pidstat } from '../../workers/importers/pidstat.ts';
import { sysstatJson } from '../../workers/importers/sysstat-json.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { timesOf, valuesOf } from '../support/series.ts';

const file = (name: string): Buffer => readFileSync(repo(`datasets/real/sysstat/${name}`));
const read = (importer: typeof mpstat, text: string): Trace => importCut(importer, Buffer.from(text));
const day = Date.UTC(2026, 11, 1) * 1e6;
const at = (hour: number, minute: number, second: number): number =>
  day + (hour * 3600 + minute * 60 + second) * 1e9;
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

describe('mpstat', () => checkImporter(mpstat, file('mpstat-all.txt'), 'mpstat.txt'));
describe('mpstat JSON', () => checkImporter(sysstatJson, file('mpstat.json'), 'mpstat-json.txt'));
describe('pidstat tables', () => checkImporter(pidstat, file('pidstat-tables.txt'), 'pidstat-tables.txt'));
describe('pidstat -h', () => checkImporter(pidstat, file('pidstat-lines.txt'), 'pidstat-lines.txt'));

describe('what mpstat printed', () => {
  it('averages to what it says itself, which it counts from first to last', () => {
    const text = file('mpstat-cpus.txt').toString();
    const trace = read(mpstat, text);
    for (const cpu of ['all', '0', '1']) {
      const row =
        new RegExp(`^Average:\\s+${cpu} +(.*)$`, 'm').exec(text)?.[1]?.split(/ +/).map(Number) ?? [];
      const [entity, name] = cpu === 'all' ? ['host', ''] : ['cpu', cpu];
      for (const [i, state] of ['user', 'nice', 'system', 'iowait', 'irq', 'softirq', 'steal'].entries()) {
        const values = valuesOf(trace, `cpu share ${state}`, name, entity);
        expect(values.length).toBe(6);
        // Intervals differ by a few ticks of a hundred, so their plain mean is off by as little.
        expect(Math.abs(mean(values) * 100 - (row[i] as number)), `${cpu} ${state}`).toBeLessThan(1);
      }
    }
  });

  it('is since boot where header and row have one time', () => {
    const trace = importCut(mpstat, file('mpstat-since-boot.txt'));
    expect(valuesOf(trace, 'cpu share idle', '', 'host')).toEqual([]);
    expect(valuesOf(trace, 'cpu share idle', '', 'host since boot').length).toBe(1);
  });

  const banner = 'Linux 6.1.0 (h) \t12/01/26 \t_x86_64_\t(2 CPU)\n\n';
  const states = 'CPU    %usr   %nice    %sys %iowait    %irq   %soft  %steal  %guest  %gnice   %idle\n';
  const row = '0.00    0.00    0.00    0.00    0.00    1.00    2.00    0.00    0.00   97.00\n';

  it('goes on across midnight, in clocks of 12 hours too', () => {
    const text = `${banner}11:59:58 PM  ${states}11:59:59 PM  all  ${row}\n11:59:59 PM  ${states}12:00:00 AM  all  ${row}\n12:00:00 AM  ${states}12:00:01 AM  all  ${row}`;
    const trace = read(mpstat, text);
    expect(timesOf(trace, 'cpu share steal', 'host')).toEqual([at(23, 59, 59), at(24, 0, 0), at(24, 0, 1)]);
    expect(valuesOf(trace, 'measured over', 'mpstat cpu', 'recorder')).toEqual([1e9, 1e9, 1e9]);
  });

  it.each([
    ['Durchschn.:', '01.12.2026', '10:00:0%', (text: string) => text.replaceAll('.', ',')],
    ['Moyenne :', '01/12/2026', '10:00:0%', (text: string) => text.replaceAll('.', ',')],
    ['Average:', '12/01/2026', '10:00:0% AM', (text: string) => text],
    ['平均値:', '2026年12月01日', '10時00分0%秒', (text: string) => text],
    ['평균값:', '2026년 12월 01일', '10시 00분 0%초', (text: string) => text],
  ])('reads other languages: %s', (average, date, clock, numbers) => {
    const [from, to] = [clock.replace('%', '0'), clock.replace('%', '5')];
    const text = `Linux 6.1.0 (h) \t${date} \t_x86_64_\t(2 CPU)\n\n${from}  ${states}${to}  all  ${numbers(row)}\n${average}  ${states}${average}  all  ${numbers(row)}`;
    expect(mpstat.sniff(Buffer.from(text), 'x')).toBe('yes');
    const trace = read(mpstat, text);
    expect(trace.imports[0]).toMatchObject({ records: 1, skipped: 0, ignored: 2 });
    expect(timesOf(trace, 'cpu share steal', 'host')).toEqual([at(10, 0, 5)]);
    expect(valuesOf(trace, 'cpu share idle', '', 'host')).toEqual([0.97]);
  });

  it('leaves out the rows of CPUs that are off, and notes of CPUs that came and went', () => {
    const off = '0.00    0.00    0.00    0.00    0.00    0.00    0.00    0.00    0.00    0.00\n';
    const trace = read(
      mpstat,
      `${banner}10:00:00  ${states}10:00:01  all  ${row}10:00:01    1  ${off}\n10:00:05  LINUX RESTART\t(4 CPU)\n`,
    );
    expect(valuesOf(trace, 'cpu share idle', '1', 'cpu')).toEqual([]);
    expect(trace.imports[0]).toMatchObject({ records: 1, skipped: 0, ignored: 2 });
  });

  it('takes the interval of rows without a header of their own from the rows before', () => {
    const trace = read(mpstat, `${banner}10:00:00  ${states}10:00:05  all  ${row}10:00:10  all  ${row}`);
    expect(valuesOf(trace, 'measured over', 'mpstat cpu', 'recorder')).toEqual([5e9, 5e9]);
  });

  it('counts what is torn or no number, and keeps nothing of it', () => {
    const trace = read(
      mpstat,
      `${banner}10:00:00  ${states}10:00:01  all  ${row.replace('97.00', 'x')}10:00:02  all  ${row}10:00:03  all  ${row.replace('97.00\n', '97')}`,
    );
    expect(trace.imports[0]).toMatchObject({
      records: 1,
      skipped: 2,
      firstSkipped: banner.length + 10 + states.length,
    });
  });

  it('tells soft interrupts and lines by CPU in both forms alike', () => {
    const text = importCut(mpstat, file('mpstat-all.txt'));
    const json = importCut(sysstatJson, file('mpstat.json'));
    for (const trace of [text, json]) {
      expect(valuesOf(trace, 'softirq rate RCU', '1', 'cpu').length).toBeGreaterThan(1);
      expect(valuesOf(trace, 'interrupts', '', 'host').length).toBeGreaterThan(1);
    }
    expect(valuesOf(text, 'interrupt rate cpu0', 'LOC', 'irq').length).toBe(2);
  });

  it('has no interval where JSON holds one report, which may be since boot', () => {
    const whole = file('mpstat.json').toString();
    const first = whole.indexOf('"timestamp"');
    const second = whole.indexOf('{\n\t\t\t\t\t"timestamp"', first + 1);
    const one = `${whole.slice(0, whole.lastIndexOf(',', second))}\n]}]}}`;
    const trace = read(sysstatJson, one);
    expect(valuesOf(trace, 'cpu share idle', '', 'host')).toEqual([]);
    expect(valuesOf(trace, 'cpu share idle', '', 'host since boot').length).toBe(1);
    expect(valuesOf(trace, 'measured over', 'mpstat cpu', 'recorder')).toEqual([]);
  });
});

describe('what pidstat printed', () => {
  const header = '#      Time   UID       PID    %usr %system  %guest    %CPU   CPU  Command\n';

  it('counts tables without rows: nobody did I/O in the first of three seconds', () => {
    const trace = importCut(pidstat, file('pidstat-tables.txt'));
    expect(valuesOf(trace, 'measured over', 'pidstat io', 'recorder')).toEqual([1e9, 1e9, 1e9]);
    expect(valuesOf(trace, 'measured over', 'pidstat cpu', 'recorder')).toEqual([1e9, 1e9, 1e9]);
  });

  it('keeps names with blanks, and threads below their process', () => {
    const trace = importCut(pidstat, file('pidstat-tables.txt'));
    // Rows of the file: 64.71, 60.40, 72.00.
    const shares = [0.6471, 0.604, 0.72];
    expect(
      valuesOf(trace, taskRate.cpu, '18087', 'process').map((value) => Math.round(value * 1e4) / 1e4),
    ).toEqual(shares);
    expect(valuesOf(trace, taskRate.cpu, '18087/18087', 'thread').length).toBe(3);
    expect(new Context(trace).derive(settingsRead).get('/proc/18087/comm')).toBe('two words');
  });

  it('names the process of threads whose process has no row', () => {
    const text =
      '10:00:00      UID      TGID       TID   cswch/s nvcswch/s  Command\n' +
      '10:00:01        0         -        70      8.00      0.90  |__nobody\n' +
      '10:00:01        0        42        59      1.80      0.00  (a (b) c)__worker\n' +
      '10:00:01        0         -        68      0.90      0.00  |__other\n';
    const trace = read(pidstat, text);
    expect(valuesOf(trace, taskRate.voluntary, '42/59', 'thread')).toEqual([1.8]);
    expect(valuesOf(trace, taskRate.voluntary, '42/68', 'thread')).toEqual([0.9]);
    // The first thread could be anybody's.
    expect(trace.imports[0]).toMatchObject({ records: 2, skipped: 1 });
  });

  it('takes the first report of -h to be as long as the second, and a single one to be since boot', () => {
    const row = (time: number) => ` ${time}     0         1    1.00    2.00    0.00    3.00     0  init\n`;
    const two = read(pidstat, `${header}${row(1796101796)}\n${header}${row(1796101801)}`);
    expect(valuesOf(two, 'measured over', 'pidstat cpu', 'recorder')).toEqual([5e9, 5e9]);
    const one = read(pidstat, `${header}${row(1796101796)}`);
    expect(valuesOf(one, taskRate.cpu, '1', 'process')).toEqual([]);
    expect(valuesOf(one, taskRate.cpu, '1', PROCESS_SINCE_BOOT)).toEqual([0.03]);
  });

  it('undoes the division by CPUs of -I, and leaves out what pidstat may not read', () => {
    const text =
      '10:00:00      UID       PID    %usr %system  %guest   %wait    %CPU   CPU   kB_rd/s   kB_wr/s kB_ccwr/s iodelay  Command\n' +
      '10:00:01        0         7   60.00   20.00    0.00    5.00   40.00     1     -1.00     -1.00     -1.00      12  busy\n';
    const trace = read(pidstat, text);
    expect(valuesOf(trace, taskRate.cpu, '7', 'process')[0]).toBeCloseTo(0.8, 10);
    expect(valuesOf(trace, taskRate.read, '7', 'process')).toEqual([]);
    // 12 ticks of 10 ms.
    expect(valuesOf(trace, taskRate.ioDelay, '7', 'process')).toEqual([120e6]);
  });

  it('counts a row that is cut off', () => {
    const text = `${header} 1796101796     0         1    1.00    2.00    0.00    3.00     0  ini`;
    expect(() => read(pidstat, text)).not.toThrow();
    expect(read(pidstat, text).imports[0]).toMatchObject({
      records: 0,
      skipped: 1,
      firstSkipped: header.length,
    });
  });
});
