import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { Context } from '../../analyzers/context.ts';
import { deviceIntervals } from '../../analyzers/derived/io/device-intervals.ts';
import type { Finding } from '../../model/finding.ts';
import type { Report } from '../../model/report.ts';
import { diskstats } from '../../workers/importers/diskstats.ts';
import type { Importer } from '../../workers/importers/importer.ts';
import { iostat } from '../../workers/importers/iostat.ts';
import { sadf } from '../../workers/importers/sadf.ts';
import { sar } from '../../workers/importers/sar.ts';
import { sysstatJson } from '../../workers/importers/sysstat-json.ts';
import { importRun } from '../support/import.ts';
import { type DiskRow, iostatText, type TextOptions } from '../support/iostat-text.ts';
import { repo } from '../support/paths.ts';

const real = (name: string): Buffer => readFileSync(repo(`datasets/real/iostat/${name}`));
const report = (...files: readonly (readonly [Importer, Uint8Array])[]): Report =>
  analyse(importRun(...files), '0');
const made = (rows: readonly Readonly<Record<string, DiskRow>>[], options?: TextOptions): Report =>
  report([iostat, iostatText(rows, options)]);

function metric(from: Report, id: string, labels: Record<string, string> = {}) {
  return from.metrics.find(
    (each) => each.id === id && Object.entries(labels).every(([key, value]) => each.labels[key] === value),
  );
}
const amount = (from: Report, id: string, labels?: Record<string, string>): number =>
  metric(from, id, labels)?.value ?? Number.NaN;
const finding = (from: Report, id: string): Finding | undefined =>
  from.findings.find((each) => each.id === id);
const repeat = (count: number, row: (i: number) => Readonly<Record<string, DiskRow>>) =>
  Array.from({ length: count }, (_, i) => row(i));

describe('averages of intervals', () => {
  const uneven = made(
    [{ sda: { r: 100, rWait: 2, rKiB: 4, util: 50 } }, { sda: { r: 10, rWait: 20, rKiB: 64, util: 10 } }],
    {
      seconds: [1, 9],
      sinceBoot: ['sda'],
    },
  );

  it('weigh by time: 1 s at 50 % and 9 s at 10 % is 14 %', () => {
    expect(amount(uneven, 'iostat.util', { device: 'sda' })).toBeCloseTo(0.14, 9);
    // (100·1 + 10·9) / 10.
    expect(amount(uneven, 'iostat.rate', { op: 'read' })).toBeCloseTo(19, 9);
    expect(amount(uneven, 'iostat.measured')).toBe(10e9);
  });

  it('weigh waits and sizes by requests: 100 of 2 ms and 90 of 20 ms', () => {
    expect(amount(uneven, 'iostat.await', { op: 'read' })).toBeCloseTo(((100 * 2 + 90 * 20) / 190) * 1e6, 3);
    expect(amount(uneven, 'iostat.request_size', { op: 'read' })).toBeCloseTo(
      ((100 * 4 + 90 * 64) / 190) * 1024,
      3,
    );
    expect(amount(uneven, 'iostat.await.worst')).toBe(20e6);
  });

  it('count every report the same without times, and say so', () => {
    const untimed = made([{ sda: { r: 100, util: 50 } }, { sda: { r: 10, util: 10 } }], { untimed: true });
    expect(amount(untimed, 'iostat.util')).toBeCloseTo(0.3, 9);
    expect(metric(untimed, 'iostat.measured')).toBeUndefined();
    expect(untimed.sections.find(({ id }) => id === 'io/disks/devices')?.note).toMatch(/carry no times/);
    expect(untimed.sections.some(({ kind }) => kind === 'timeline')).toBe(false);
  });

  it('count a disk that iostat -z leaves out as idle, and one that is not there as absent', () => {
    const busy = { sda: { r: 50, rWait: 1, util: 50 } };
    const report = made([busy, {}, {}, busy, { sdb: { r: 1, util: 40 } }, busy], { sinceBoot: ['sda'] });
    expect(amount(report, 'iostat.util', { device: 'sda' })).toBeCloseTo(0.25, 9);
    expect(amount(report, 'iostat.util', { device: 'sdb' })).toBeCloseTo(0.4, 9);
  });

  it('are not made of averages since boot', () => {
    const only = made([], { sinceBoot: ['sda'] });
    expect(only.metrics.filter(({ id }) => id.startsWith('iostat.'))).toEqual([]);
    expect(only.notRun.find(({ analyzer }) => analyzer === 'io/disks')?.missing).toMatch(
      /averages since boot/,
    );
    expect(only.verdict.headline).toMatch(/averages since boot/);
  });
});

describe('one load seen by six tools', () => {
  const reports = {
    iostat: report([iostat, real('iostat.txt')]),
    json: report([sysstatJson, real('iostat.json')]),
    sar: report([sar, real('sar-dp.txt')]),
    sadf: report([sadf, real('sadf-ubdp.txt')]),
    'sadf -j': report([sysstatJson, real('sadf.json')]),
    diskstats: report([diskstats, real('diskstats.txt')]),
  };

  it.each(Object.entries(reports))(
    '%s gives what sar -d averages itself: 801 requests of 7.63 KiB a second, 0.07 ms',
    (name, each) => {
      const labels = { device: 'vda', op: 'all' };
      // Intervals of the loops are a little longer or shorter than a second.
      expect(amount(each, 'iostat.rate', labels) / 801, name).toBeCloseTo(1, 1);
      expect(amount(each, 'iostat.throughput', labels) / ((3038 + 3076.5) * 1024), name).toBeCloseTo(1, 1);
      expect(amount(each, 'iostat.request_size', labels) / (7.63 * 1024), name).toBeCloseTo(1, 1);
      expect(amount(each, 'iostat.await', labels), name).toBeGreaterThanOrEqual(0.065e6);
      expect(amount(each, 'iostat.await', labels), name).toBeLessThanOrEqual(0.08e6);
      expect(amount(each, 'iostat.util', { device: 'vda' }), name).toBeCloseTo(0.052, 2);
      expect(each.findings.map(({ severity }) => severity)).not.toContain('warning');
    },
  );

  it('is counted once when several tell of it', () => {
    const both = report([iostat, real('iostat.txt')], [sysstatJson, real('iostat.json')]);
    expect(amount(both, 'iostat.rate', { device: 'vda', op: 'all' })).toBe(
      amount(reports.iostat, 'iostat.rate', { device: 'vda', op: 'all' }),
    );
  });

  it('is joined when one file follows the other', () => {
    const [first, second] = [made([{ sda: { r: 1 } }, { sda: { r: 3 } }]), made([{ sda: { r: 1 } }])];
    expect([first, second].map((each) => metric(each, 'iostat.rate')?.n)).toEqual([2, 1]);
    const later = iostatText([{ sda: { r: 5 } }], { seconds: [60] });
    const joined = report([iostat, iostatText([{ sda: { r: 1 } }, { sda: { r: 3 } }])], [iostat, later]);
    expect(metric(joined, 'iostat.rate', { op: 'read' })?.n).toBe(3);
  });
});

describe('a saturated disk', () => {
  const hdd = report([iostat, real('hdd-saturated.iostat.txt')]);

  it('is found, with what its averages say by hand', () => {
    // Reads of the twelve measured reports add up to 342, writes to 573.
    expect(amount(hdd, 'iostat.rate', { op: 'read' })).toBeCloseTo(342 / 12, 9);
    expect(amount(hdd, 'iostat.rate', { op: 'write' })).toBeCloseTo(573 / 12, 9);
    expect(amount(hdd, 'iostat.saturated')).toBeCloseTo(11 / 12, 9);
    const found = finding(hdd, 'io/disks/saturated/loop0');
    expect(found?.severity).toBe('warning');
    // The driver takes four at a time; fio kept 128 more waiting where nobody counts them.
    expect(found?.caveats.join()).toMatch(/the queue stands still at 4\.0/);
    expect(hdd.verdict.headline).toMatch(/^loop0 is saturated/);
  });

  it('waits at most 1 − util / queue of the time for other requests', () => {
    const most = 1 - amount(hdd, 'iostat.util') / amount(hdd, 'iostat.queue');
    expect(amount(hdd, 'iostat.queueing.most')).toBeCloseTo(most, 12);
    expect(finding(hdd, 'io/disks/waits/loop0')?.confidence).toMatchObject({
      low: 0,
      high: most,
      bounds: true,
    });
  });

  it('is not called saturated when it serves several at a time', () => {
    const nvme = made(repeat(10, () => ({ nvme0n1: { r: 9000, rWait: 0.5, util: 99 } })));
    expect(finding(nvme, 'io/disks/util-misleading/nvme0n1')?.severity).toBe('note');
    expect(nvme.findings.some(({ id }) => id.startsWith('io/disks/saturated'))).toBe(false);
    // Never idle, and 4 times the requests with 4 times as many in flight.
    const grows = made(repeat(20, (i) => ({ sda: { r: i % 2 ? 4000 : 1000, rWait: 1, util: 100 } })));
    expect(finding(grows, 'io/disks/util-misleading/sda')?.confidence.why).toMatch(
      /1000\/s with 1\.0 .* 4000\/s with 4\.0/,
    );
    // The same rate however many wait: one at a time as far as anyone can tell.
    const flat = made(repeat(20, (i) => ({ sda: { r: 100, rWait: i % 2 ? 40 : 10, util: 100 } })));
    expect(finding(flat, 'io/disks/saturated/sda')?.severity).toBe('warning');
  });

  it('is not one that was busy for a moment', () => {
    const calm = made(repeat(20, (i) => ({ sda: { r: 100, rWait: 1, util: i === 3 ? 99 : 10 } })));
    expect(calm.findings.map(({ id }) => id)).toEqual([
      'io/disks/overview',
      'host/use/busiest',
      'io/littles-law/rows',
    ]);
    expect(calm.verdict.headline).toMatch(
      /^No disk was short of capacity: the busiest, sda, was busy 14\.\d %/,
    );
  });
});

describe('other findings', () => {
  it('a device that is slow without a queue', () => {
    const slow = made(repeat(10, () => ({ sda: { r: 5, rWait: 120, util: 60 } })));
    expect(finding(slow, 'io/disks/slow/sda')).toMatchObject({ severity: 'warning' });
    const queued = made(repeat(10, () => ({ sda: { r: 100, rWait: 120, util: 60 } })));
    expect(finding(queued, 'io/disks/slow/sda')).toBeUndefined();
    expect(finding(queued, 'io/disks/waits/sda')?.claim).toMatch(/at most 95\.0 %/);
  });

  it('small writes, unless they are few, large or merged', () => {
    const of = (row: DiskRow): Finding | undefined =>
      finding(
        made(repeat(6, () => ({ sda: { r: 10, rWait: 1, util: 40, ...row } }))),
        'io/disks/small-writes/sda',
      );
    expect(of({ w: 300, wKiB: 4, wWait: 1 })?.claim).toMatch(
      /^96\.8 % of the requests to sda are writes of 4 KiB/,
    );
    expect(of({ w: 300, wKiB: 256, wWait: 1 })).toBeUndefined();
    expect(of({ w: 300, wKiB: 4, wWait: 1, wMerged: 900 })).toBeUndefined();
    expect(of({ w: 5, wKiB: 4, wWait: 1 })).toBeUndefined();
  });

  it('a disk that completes nothing while it is busy', () => {
    const stalled = made(
      repeat(10, (i) => ({ sda: { r: i > 2 && i < 6 ? 0 : 50, rWait: 1, util: i > 2 && i < 6 ? 100 : 9 } })),
    );
    expect(finding(stalled, 'io/disks/stalled/sda')?.claim).toMatch(/completed nothing in 3 of 10 intervals/);
    expect(finding(stalled, 'io/disks/stalled/sda')?.evidence[0]?.formula).toMatch(/longest 3 s/);
  });

  const set = (slow: DiskRow): Report =>
    made(
      repeat(12, (i) => {
        const peer = { r: 50, rWait: 5 + (i % 3), rKiB: 64, util: 30 };
        return { sda: peer, sdb: { ...peer, rWait: 6 }, sdc: { ...peer, ...slow }, sdd: peer };
      }),
    );

  it('one slow disk in a set, against the median of its peers', () => {
    const found = finding(set({ rWait: 18 }), 'io/disks/slow-in-set/sdc');
    expect(found).toMatchObject({ severity: 'warning' });
    // 18 over 5, 6, 6, repeated (the median of 5, 6, 5 is 5, of 6, 6, 6 is 6, of 7, 6, 7 is 7): ∛(3.6·3·2.571) = 3.03.
    expect(found?.claim).toMatch(/take 3\.0 times as long/);
    expect(finding(set({ rWait: 7 }), 'io/disks/slow-in-set/sdc')).toBeUndefined();
  });

  it('inconclusive where the load of the slow one is another', () => {
    const found = finding(set({ rWait: 18, rKiB: 1024 }), 'io/disks/slow-in-set/sdc');
    expect(found?.severity).toBe('note');
    expect(found?.caveats.join()).toMatch(/^inconclusive/);
  });

  it('never puts a hostile name into a command', () => {
    const hostile = made(repeat(6, () => ({ '$(reboot)': { r: 100, rWait: 40, util: 100 } })));
    const commands = hostile.findings.flatMap(({ actions }) =>
      actions.flatMap(({ run, verify }) => [run ?? '', verify ?? '']),
    );
    expect(commands.length).toBeGreaterThan(2);
    expect(commands.join()).not.toMatch(/reboot/);
  });
});

describe("Little's law", () => {
  it('never accuses what was printed from it, whatever the digits', () => {
    const disk = fc.record({
      r: fc.double({ min: 0, max: 20_000, noNaN: true }),
      w: fc.double({ min: 0, max: 20_000, noNaN: true }),
      rWait: fc.double({ min: 0, max: 500, noNaN: true }),
      wWait: fc.double({ min: 0, max: 500, noNaN: true }),
    });
    fc.assert(
      fc.property(
        fc.array(disk, { minLength: 1, maxLength: 8 }),
        fc.constantFrom(0, 1, 2),
        (rows, decimals) => {
          const checked = made(
            rows.map((row) => ({ sda: row })),
            { decimals },
          );
          expect(amount(checked, 'iostat.law.violations')).toBe(0);
          expect(amount(checked, 'iostat.law.rows')).toBe(rows.length);
        },
      ),
      { numRuns: 60, seed: 11 },
    );
  });

  it('finds rows whose queue is not what rates and waits make it', () => {
    const row = { r: 100, rWait: 5, util: 40 };
    const broken = made([
      ...repeat(8, () => ({ sda: row })),
      { sda: { ...row, queue: 0.9 } },
      { sda: { ...row, queue: 0.1 } },
    ]);
    expect(amount(broken, 'iostat.law.violations')).toBe(2);
    expect(finding(broken, 'io/littles-law/rows')).toMatchObject({ severity: 'warning' });
    expect(finding(broken, 'io/littles-law/rows')?.claim).toMatch(/^2 of 10 disk rows contradict/);
    expect(broken.sections.find(({ id }) => id === 'io/littles-law/rows')).toMatchObject({ of: 2 });
  });

  it('finds columns under wrong names', () => {
    const text = iostatText(
      repeat(6, (i) => ({ sda: { r: 50 + i, w: 20, rWait: 4, wWait: 9, rKiB: 4, wKiB: 64, util: 40 } })),
    );
    const renamed = Buffer.from(
      text
        .toString()
        .replaceAll('r_await rareq-sz', 'rareq-sz r_await')
        .replaceAll('w_await wareq-sz', 'wareq-sz w_await'),
    );
    expect(amount(report([iostat, renamed]), 'iostat.law.violations')).toBe(6);
  });

  it('only notes it where the kernel counts the queue in another way', () => {
    const row = { sda: { r: 100, rWait: 5, util: 40, queue: 0.9 } };
    expect(
      finding(
        made(
          repeat(4, () => row),
          { kernel: '4.18.0' },
        ),
        'io/littles-law/rows',
      )?.severity,
    ).toBe('note');
    expect(
      finding(
        made(
          repeat(4, () => row),
          { kernel: '5.7.0' },
        ),
        'io/littles-law/rows',
      )?.severity,
    ).toBe('warning');
  });

  it('holds in every real capture', () => {
    for (const name of ['iostat.txt', 'hdd-saturated.iostat.txt']) {
      const checked = report([iostat, real(name)]);
      expect(amount(checked, 'iostat.law.violations')).toBe(0);
      expect(amount(checked, 'iostat.law.rows')).toBeGreaterThan(7);
    }
  });
});

describe('copies of /proc/diskstats', () => {
  const line = (...counters: number[]): string => `   8       0 sda ${counters.join(' ')}`;
  const copies = (...rows: (readonly [time: number, line: string])[]): Buffer =>
    Buffer.from(rows.map(([time, text]) => `${1_795_000_000 + time}\n${text}\n`).join(''));

  it('are differences over seconds', () => {
    // 100 reads of 8 sectors in 2 s that took 500 ms together, busy for 400 ms; 50 writes of 16 sectors, 1 s.
    const made = report([
      diskstats,
      copies(
        [0, line(10, 0, 80, 5, 20, 0, 320, 9, 0, 7, 14)],
        [2, line(110, 20, 880, 505, 70, 0, 1120, 1009, 0, 407, 1514)],
      ),
    ]);
    expect(amount(made, 'iostat.rate', { op: 'read' })).toBe(50);
    expect(amount(made, 'iostat.rate', { op: 'write' })).toBe(25);
    expect(amount(made, 'iostat.throughput', { op: 'write' })).toBe((800 * 512) / 2);
    expect(amount(made, 'iostat.await', { op: 'read' })).toBe(5e6);
    expect(amount(made, 'iostat.await', { op: 'write' })).toBe(20e6);
    expect(amount(made, 'iostat.await', { op: 'all' })).toBe(10e6);
    expect(amount(made, 'iostat.request_size', { op: 'read' })).toBe(4096);
    expect(amount(made, 'iostat.merged', { op: 'read' })).toBeCloseTo(20 / 120, 12);
    expect(amount(made, 'iostat.util')).toBeCloseTo(0.2, 12);
    expect(amount(made, 'iostat.queue')).toBeCloseTo(0.75, 12);
  });

  it('become gaps, never spikes, where a counter falls', () => {
    const grow = (n: number): string => line(100 * n, 0, 800 * n, 50 * n, 0, 0, 0, 0, 0, 40 * n, 50 * n);
    const wrapped = report([
      diskstats,
      copies(
        [0, grow(1)],
        [1, grow(2)],
        [2, line(300, 0, 2400, 150, 0, 0, 0, 0, 0, 120, 3)],
        [3, line(400, 0, 3200, 200, 0, 0, 0, 0, 0, 160, 53)],
        [4, grow(0)],
        [5, grow(1)],
      ),
    ]);
    expect(amount(wrapped, 'iostat.gaps')).toBe(2);
    expect(amount(wrapped, 'iostat.rate', { op: 'read' })).toBe(100);
    expect(amount(wrapped, 'iostat.queue')).toBeCloseTo(0.05, 12);
    expect(amount(wrapped, 'iostat.measured')).toBe(3e9);
  });

  it('never give a rate below zero or beyond what was counted, whatever the counters do', () => {
    const counters = fc.array(fc.nat(5000), { minLength: 11, maxLength: 11 });
    fc.assert(
      fc.property(fc.array(counters, { minLength: 2, maxLength: 8 }), (rows) => {
        const trace = importRun([diskstats, copies(...rows.map((row, i) => [i, line(...row)] as const))]);
        for (const { columns, length, gaps } of new Context(trace).derive(deviceIntervals)) {
          expect(length + gaps).toBe(rows.length - 1);
          for (const values of columns.values())
            for (const value of values) expect(value).toBeGreaterThanOrEqual(0);
          for (const rate of columns.get('r/s') ?? []) expect(rate).toBeLessThanOrEqual(5000);
        }
      }),
      { seed: 2 },
    );
  });

  it('tell waits without times, and no rates, in whatever order they come', () => {
    const [before, after] = [
      '   8       0 sda 10 0 80 100 0 0 0 0 0 50 100\n',
      '   8       0 sda 30 0 240 500 0 0 0 0 0 90 500\n',
    ].map((text) => Buffer.from(text)) as [Buffer, Buffer];
    for (const files of [
      [before, after],
      [after, before],
    ] as const) {
      const untimed = report(...files.map((bytes) => [diskstats, bytes] as const));
      expect(amount(untimed, 'iostat.await', { op: 'read' })).toBe(20e6);
      expect(metric(untimed, 'iostat.rate')).toBeUndefined();
      expect(finding(untimed, 'io/disks/overview')?.claim).toMatch(
        /sda completed 20 requests that took 20 ms on average; the copies carry no times/,
      );
    }
  });
});
