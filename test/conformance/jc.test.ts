import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { counterSeries, DEVICE, DEVICE_SINCE_BOOT, HOST_SINCE_BOOT } from '../../model/device-series.ts';
import type { Trace } from '../../model/trace.ts';
import { diskstats } from '../../workers/importers/diskstats.ts';
import { iostat } from '../../workers/importers/iostat.ts';
import { vmstat } from '../../workers/importers/vmstat.ts';
import { vmstatDisks } from '../../workers/importers/vmstat-disks.ts';
import { importCut } from '../support/import.ts';
import { fixture, hasFixtures } from '../support/paths.ts';
import { valuesOf } from '../support/series.ts';
import { tarMembers } from '../support/tar-members.ts';

type Row = Readonly<Record<string, string | number | null>>;

/** jc's names of columns, our series, and the factor between their units. */
const deviceKeys: Readonly<Record<string, readonly [string, number]>> = {
  tps: ['tps', 1],
  r_s: ['r/s', 1],
  w_s: ['w/s', 1],
  d_s: ['d/s', 1],
  f_s: ['f/s', 1],
  rkb_s: ['rB/s', 1024],
  wkb_s: ['wB/s', 1024],
  dkb_s: ['dB/s', 1024],
  rmb_s: ['rB/s', 2 ** 20],
  wmb_s: ['wB/s', 2 ** 20],
  dmb_s: ['dB/s', 2 ** 20],
  kb_read_s: ['rB/s', 1024],
  kb_wrtn_s: ['wB/s', 1024],
  kb_dscd_s: ['dB/s', 1024],
  mb_read_s: ['rB/s', 2 ** 20],
  mb_wrtn_s: ['wB/s', 2 ** 20],
  mb_dscd_s: ['dB/s', 2 ** 20],
  rrqm_s: ['rrqm/s', 1],
  wrqm_s: ['wrqm/s', 1],
  drqm_s: ['drqm/s', 1],
  r_await: ['r_await', 1e6],
  w_await: ['w_await', 1e6],
  d_await: ['d_await', 1e6],
  f_await: ['f_await', 1e6],
  await: ['await', 1e6],
  rareq_sz: ['rareq-sz', 1024],
  wareq_sz: ['wareq-sz', 1024],
  dareq_sz: ['dareq-sz', 1024],
  avgrq_sz: ['areq-sz', 512],
  avgqu_sz: ['aqu-sz', 1],
  aqu_sz: ['aqu-sz', 1],
  percent_util: ['util', 0.01],
};
/** Columns we leave out: totals and percentages that follow from others, and svctm. */
const leftOut = /^(?:device|type|svctm|percent_[rwd]rqm|[km]b_(?:read|wrtn|dscd))$/;

const diskstatsKeys = [
  'reads_completed',
  'reads_merged',
  'sectors_read',
  'read_time_ms',
  'writes_completed',
  'writes_merged',
  'sectors_written',
  'write_time_ms',
  'io_in_progress',
  'io_time_ms',
  'weighted_io_time_ms',
  'discards_completed_successfully',
  'discards_merged',
  'sectors_discarded',
  'discarding_time_ms',
  'flush_requests_completed_successfully',
  'flushing_time_ms',
];

const vmstatKeys: Readonly<Record<string, readonly [string, number]>> = {
  runnable_procs: ['runnable tasks', 1],
  uninterruptible_sleeping_procs: ['blocked tasks', 1],
  virtual_mem_used: ['memory swapped', 1024],
  free_mem: ['memory free', 1024],
  buffer_mem: ['memory buffers', 1024],
  cache_mem: ['memory cache', 1024],
  inactive_mem: ['memory inactive', 1024],
  active_mem: ['memory active', 1024],
  swap_in: ['swapped in', 1024],
  swap_out: ['swapped out', 1024],
  blocks_in: ['read from disks', 1024],
  blocks_out: ['written to disks', 1024],
  interrupts: ['interrupts', 1],
  context_switches: ['context switches', 1],
  user_time: ['cpu share user', 0.01],
  system_time: ['cpu share system', 0.01],
  idle_time: ['cpu share idle', 0.01],
  io_wait_time: ['cpu share iowait', 0.01],
  stolen_time: ['cpu share steal', 0.01],
};

/** Since-boot values come before measured ones, as in the file. */
function allOf(trace: Trace, series: string, device: string): number[] {
  return [...valuesOf(trace, series, device, DEVICE_SINCE_BOOT), ...valuesOf(trace, series, device, DEVICE)];
}

function expectRows(
  rows: readonly Row[],
  keys: typeof deviceKeys,
  found: (series: string, row: Row) => number[],
): number {
  const expected = new Map<string, { row: Row; series: string; values: number[] }>();
  for (const row of rows) {
    for (const [key, [series, scale]] of Object.entries(keys)) {
      if (typeof row[key] !== 'number') continue;
      const id = `${row.device ?? row.disk ?? ''} ${series}`;
      const known = expected.get(id) ?? { row, series, values: [] };
      known.values.push((row[key] as number) * scale);
      expected.set(id, known);
    }
  }
  for (const [id, { row, series, values }] of expected) {
    const actual = found(series, row);
    expect(actual.length, id).toBe(values.length);
    values.forEach((value, i) => {
      expect(Math.abs((actual[i] as number) - value), `${id} ${i}`).toBeLessThanOrEqual(
        1e-9 * Math.abs(value),
      );
    });
  }
  return expected.size;
}

const folder = fixture('iostat/jc');

describe.skipIf(!hasFixtures)('iostat beside jc', () => {
  const inputs = hasFixtures ? readdirSync(folder).filter((name) => name.endsWith('.out')) : [];

  it.each(inputs)('%s', (input) => {
    const trace = importCut(iostat, readFileSync(`${folder}/${input}`));
    const rows = JSON.parse(readFileSync(`${folder}/${input.replace('.out', '.json')}`, 'utf8')) as Row[];
    const devices = rows.filter(({ type }) => type === 'device');
    const unknown = devices.flatMap(Object.keys).filter((key) => !(key in deviceKeys) && !leftOut.test(key));
    expect(unknown).toEqual([]);
    const compared = expectRows(devices, deviceKeys, (series, row) =>
      allOf(trace, series, String(row.device)),
    );
    expect(compared).toBeGreaterThan(5);
    const idle = [
      ...valuesOf(trace, 'cpu share idle', '', HOST_SINCE_BOOT),
      ...valuesOf(trace, 'cpu share idle', '', 'host'),
    ];
    const cpu = rows.filter(({ type }) => type === 'cpu');
    expect(idle.map((share) => Math.round(share * 1e4) / 100)).toEqual(cpu.map((row) => row.percent_idle));
    expect(trace.imports[0]?.skipped).toBe(0);
  });

  it('/proc/diskstats', () => {
    const trace = importCut(diskstats, readFileSync(`${folder}/linux-proc-diskstats`));
    const rows = JSON.parse(readFileSync(`${folder}/linux-proc-diskstats.json`, 'utf8')) as Row[];
    const keys = Object.fromEntries(
      counterSeries.map(([series, , scale], i) => [diskstatsKeys[i] as string, [series, scale] as const]),
    );
    const compared = expectRows(rows, keys, (series, row) => valuesOf(trace, series, String(row.device)));
    expect(compared).toBe(rows.length * counterSeries.length);
  });
});

describe.skipIf(!hasFixtures)('vmstat beside jc', () => {
  let members = new Map<string, Buffer>();
  beforeAll(async () => {
    members = await tarMembers(fixture('jc-linux.tar.gz'), /\/vmstat[^/]*\.(?:out|json)$/);
  });
  const pair = (name: string): [Buffer, Row[]] => {
    const of = (ending: string): Buffer =>
      members.get(`jc/tests/fixtures/${name}${ending}`) ?? Buffer.alloc(0);
    return [of('.out'), JSON.parse(of('.json').toString()) as Row[]];
  };

  it.each([
    'centos-7.7/vmstat',
    'centos-7.7/vmstat-a',
    'centos-7.7/vmstat-w',
    'centos-7.7/vmstat-at-5-10',
    'centos-7.7/vmstat-awt',
    'ubuntu-18.04/vmstat-1-long',
    'generic/vmstat-extra-wide',
  ])('%s', (name) => {
    const [bytes, rows] = pair(name);
    const trace = importCut(vmstat, bytes);
    const compared = expectRows(rows, vmstatKeys, (series) => [
      ...valuesOf(trace, series, '', HOST_SINCE_BOOT),
      ...valuesOf(trace, series, '', 'host'),
    ]);
    expect(compared).toBe(17);
    expect(trace.imports[0]).toMatchObject({ records: rows.length, skipped: 0 });
  });

  it.each(['centos-7.7/vmstat-d', 'centos-7.7/vmstat-dt'])('%s', (name) => {
    const [bytes, rows] = pair(name);
    const trace = importCut(vmstatDisks, bytes);
    const keys = {
      total_reads: ['reads', 1],
      merged_reads: ['reads merged', 1],
      sectors_read: ['read bytes', 512],
      reading_ms: ['read time', 1e6],
      total_writes: ['writes', 1],
      merged_writes: ['writes merged', 1],
      sectors_written: ['write bytes', 512],
      writing_ms: ['write time', 1e6],
      current_io: ['in flight', 1],
      io_seconds: ['busy time', 1e9],
    } as const;
    const compared = expectRows(rows, keys, (series, row) => valuesOf(trace, series, String(row.disk)));
    expect(compared).toBe(rows.length * 10);
  });
});
