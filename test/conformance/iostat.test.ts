import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  DEVICE_GROUP,
  DEVICE_SINCE_BOOT,
  RECORDER,
  REPORT,
  REPORT_SINCE_BOOT,
} from '../../model/device-series.ts';
import type { Trace } from '../../model/trace.ts';
import { iostat } from '../../workers/importers/iostat.ts';
import { importCut } from '../support/import.ts';
import { fixture, hasFixtures } from '../support/paths.ts';
import { entitiesOf, timesOf, valuesOf } from '../support/series.ts';

const folder = fixture('iostat/sysstat-generations');
const read = (name: string): Trace => importCut(iostat, readFileSync(`${folder}/${name}`));
const MIB = 2 ** 20;

/** The row of vda in the measured report, as printed, turned by hand into the units of the series. */
const measured: readonly (readonly [string, Readonly<Record<string, number>>])[] = [
  [
    'iostat-12.6.1-x-dec0.txt',
    { 'r/s': 3, 'rB/s': 20 * 1024, 'w/s': 18, 'wB/s': 27844 * 1024, 'wareq-sz': 1547 * 1024, util: 0.01 },
  ],
  [
    'iostat-12.6.1-x-human.txt',
    {
      'r/s': 1090,
      'rB/s': 15.8 * MIB,
      'rareq-sz': 14.9 * 1024,
      'dB/s': 24 * 1024,
      'aqu-sz': 1.52,
      util: 0.028,
    },
  ],
  [
    'iostat-12.6.1-x-t-ISO.txt',
    { 'r/s': 222, 'rB/s': 19016 * 1024, r_await: 0.84e6, 'aqu-sz': 0.19, util: 0.024 },
  ],
  [
    'iostat-12.6.1-xs-t.txt',
    { tps: 1, 'B/s': 84 * 1024, await: 1e6, 'areq-sz': 84 * 1024, 'aqu-sz': 0, util: 0.004 },
  ],
  ['iostat-v10.0.5-d.txt', { tps: 5538, 'rB/s': 32 * 1024, 'wB/s': 353_984 * 1024 }],
  [
    'iostat-v10.0.5-x-t.txt',
    {
      'rrqm/s': 5,
      'wrqm/s': 1225,
      'w/s': 7430,
      'areq-sz': 127.08 * 512,
      await: 0.13e6,
      w_await: 0.13e6,
      util: 0.752,
    },
  ],
  ['iostat-v10.0.5-xk-t.txt', { 'w/s': 7120, 'wB/s': 455_680 * 1024, 'aqu-sz': 0.73, util: 0.704 }],
  [
    'iostat-v10.2.1-x-t-posix-sectors.txt',
    { 'r/s': 32, 'rB/s': 672 * 512, 'wB/s': 8952 * 512, 'areq-sz': 41.3 * 512, w_await: 1.1e6 },
  ],
  ['iostat-v11.0.8-x-t.txt', { 'rrqm/s': 34, 'r/s': 59, 'rB/s': 436 * 1024, r_await: 0.15e6, util: 0 }],
  ['iostat-v11.4.0-xk-t.txt', { 'w/s': 3, 'wB/s': 3152 * 1024, 'areq-sz': 1578 * 512, w_await: 1.67e6 }],
  ['iostat-v11.6.6-x-t-posix-sectors.txt', { 'w/s': 1, 'wB/s': 8 * 512, 'wareq-sz': 4096 }],
  ['iostat-v11.6.6-xm-t.txt', { 'wB/s': 0.54 * MIB, 'wrqm/s': 138, w_await: 2e6, 'wareq-sz': 556 * 1024 }],
  [
    'iostat-v11.7.4-x-t.txt',
    {
      'r/s': 6,
      'w/s': 10,
      'wB/s': 14_460 * 1024,
      'wrqm/s': 189,
      w_await: 4.8e6,
      'aqu-sz': 0.06,
      util: 0.016,
    },
  ],
  [
    'iostat-v12.0.6-xk-t.txt',
    { 'r/s': 173, 'rB/s': 101_592 * 1024, 'rrqm/s': 31, r_await: 2.51e6, 'aqu-sz': 0.45, util: 0.108 },
  ],
  [
    'iostat-v12.2.3-xk-t.txt',
    {
      'r/s': 226,
      'rrqm/s': 66,
      'rareq-sz': 18.02 * 1024,
      'w/s': 35,
      'd/s': 2,
      'dB/s': 56 * 1024,
      'aqu-sz': 0.05,
    },
  ],
  [
    'iostat-v12.4.4-xk-t.txt',
    { 'r/s': 24, r_await: 1.04e6, 'w/s': 7, 'wareq-sz': 699.43 * 1024, 'f/s': 0, util: 0.008 },
  ],
  ['iostat-v12.7.9-x-t.txt', { 'r/s': 25, 'w/s': 74, 'wB/s': 4752 * 1024, w_await: 0.49e6, 'aqu-sz': 0.08 }],
  ['iostat-v9.1.6-posix-blk.txt', { tps: 154.46, 'rB/s': 3081.19 * 512, 'wB/s': 23_326.73 * 512 }],
  [
    'iostat-v9.1.6-x-t-posix-sectors.txt',
    { 'r/s': 232, 'wB/s': 2_016_808 * 512, 'areq-sz': 493.74 * 512, await: 0.21e6, util: 0.784 },
  ],
  ['iostat-v9.1.6-d.txt', { tps: 17, 'rB/s': 124 * 1024, 'wB/s': 892 * 1024 }],
];

/** When the second report was printed, seconds since 1970 by its own clock. */
const times: readonly (readonly [string, string])[] = [
  ['iostat-12.6.1-x-t-ISO.txt', '2026-11-20T21:24:24Z'],
  ['iostat-12.6.1-x-t-de_DE.txt', '2026-11-20T21:24:21Z'],
  ['iostat-12.6.1-x-t-en_US.txt', '2026-11-20T21:24:23Z'],
  ['iostat-12.6.1-x-t-fr_FR.txt', '2026-11-20T21:24:22Z'],
  ['iostat-v12.7.9-x-t.txt', '2026-11-20T21:23:13Z'],
  ['iostat-12.6.1-pretty.txt', '2026-11-20T21:24:36Z'],
];

describe.skipIf(!hasFixtures)('iostat of every sysstat generation', () => {
  const files = hasFixtures ? readdirSync(folder).filter((name) => name.endsWith('.txt')) : [];

  it.each(files)('%s: one report since boot and one measured, every line understood', (name) => {
    const trace = read(name);
    const first = valuesOf(trace, REPORT_SINCE_BOOT, '', RECORDER);
    const later = valuesOf(trace, REPORT, '', RECORDER);
    expect([first.length, later.length]).toEqual(name.includes('-xy-') ? [0, 2] : [1, 1]);
    expect(trace.imports[0]).toMatchObject({ skipped: 0, ignored: 0 });
    const devices = entitiesOf(trace, name.includes('-xy-') ? 'device' : DEVICE_SINCE_BOOT);
    const all = ['loop0', 'loop1', 'loop2', 'vda'];
    expect(devices).toEqual(name.includes('-c-') ? [] : name.includes('-xg-') ? ['vda', 'loop0'] : all);
  });

  it.each(measured)('%s: values in their units', (name, expected) => {
    const trace = read(name);
    for (const [series, value] of Object.entries(expected)) {
      const [found] = valuesOf(trace, series, 'vda');
      expect(found, series).toBeCloseTo(value, Math.abs(value) > 100 ? 0 : 6);
    }
  });

  it('reads decimal commas and since-boot averages', () => {
    for (const name of ['iostat-12.6.1-x-t-de_DE.txt', 'iostat-12.6.1-x-t-fr_FR.txt']) {
      expect(valuesOf(read(name), 'w_await', 'loop0', DEVICE_SINCE_BOOT)).toEqual([430.67e6]);
    }
    expect(valuesOf(read('iostat-12.6.1-xh.txt'), 'wB/s', 'loop0', DEVICE_SINCE_BOOT)).toEqual([1.5 * MIB]);
    expect(valuesOf(read('iostat-12.6.1-pretty.txt'), 'aqu-sz', 'loop0', DEVICE_SINCE_BOOT)).toEqual([1.63]);
  });

  it('reads CPU shares', () => {
    expect(valuesOf(read('iostat-12.6.1-c-t.txt'), 'cpu share user', '', 'host')[0]).toBeCloseTo(0.398, 9);
    expect(valuesOf(read('iostat-12.6.1-xy-t.txt'), 'cpu share idle', '', 'host')[1]).toBeCloseTo(0.3163, 9);
  });

  it('keeps groups apart from their members', () => {
    expect(entitiesOf(read('iostat-12.6.1-xg-t.txt'), DEVICE_GROUP)).toEqual(['grp']);
  });

  it('leaves out what -z leaves out', () => {
    expect(entitiesOf(read('iostat-12.6.1-xz-t.txt'))).toEqual([]);
  });

  it.each(times)('%s: times in four styles', (name, time) => {
    expect(timesOf(read(name), REPORT, RECORDER)).toEqual([Date.parse(time) * 1e6]);
  });
});
