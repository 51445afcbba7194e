import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultHost } from '../../../analyzers/io/simulator/host.ts';
import { createDirtyRanges } from '../../../analyzers/io/simulator/page-cache/dirty-ranges.ts';
import { createEstimates } from '../../../analyzers/io/simulator/page-cache/estimates.ts';
import { createFlusher, sharePages } from '../../../analyzers/io/simulator/page-cache/flusher.ts';
import { createPageCache } from '../../../analyzers/io/simulator/page-cache/page-cache.ts';
import { longestPause, planPauses, pollInterval } from '../../../analyzers/io/simulator/page-cache/pauses.ts';
import {
  controlLine,
  freeRun,
  positionRatio,
} from '../../../analyzers/io/simulator/page-cache/position-ratio.ts';
import { updateBandwidth, updateRateLimit } from '../../../analyzers/io/simulator/page-cache/rates.ts';
import { createThrottle } from '../../../analyzers/io/simulator/page-cache/throttle.ts';

/** 64 MiB and half of it, in pages, as a device with limits of its own. */
const limits = { limit: 16_382, background: 8191, strict: true };
const hz = 250;

describe('the control line of dirty pages', () => {
  it('is 1 at the setpoint, 0 at the limit, a cube between, worked by hand in 1/1024', () => {
    expect(freeRun(limits)).toBe(12_286);
    expect(controlLine(12_286, 12_286, 16_382)).toBe(1024);
    // x = −2048 · 1024 / 4097 = −511; x² = 255, x³ = −128 in 1/1024, rounded down each time.
    expect(controlLine(12_286, 14_334, 16_382)).toBe(896);
    expect(controlLine(12_286, 8190, 16_382)).toBe(2045);
    expect(controlLine(12_286, 0, 16_382)).toBe(2048);
    expect(positionRatio(limits, 16_382, 1000)).toBe(0);
    expect(positionRatio(limits, 14_334, 1000)).toBe(896);
  });
  it("aims half way to the machine's limit and is scaled by the device's line", () => {
    const machine = { ...limits, strict: false };
    // Setpoint (12 286 + 16 382) / 2 = 14 334, a span of 8000 pages: 1024 · 8000 / (8000 | 1).
    expect(positionRatio(machine, 14_334, 1000)).toBe(1023);
    // 3000 pages further down: x = 3000 · 1024 / 2049 = 1499, x² = 2194, x³ = 3211, at most 2048; · 11 000 / 8001.
    expect(positionRatio(machine, 11_334, 1000)).toBe(2815);
  });
  it('never rises with more dirty pages', () => {
    const pages = fc.integer({ min: 0, max: 20_000 });
    fc.assert(
      fc.property(
        pages,
        pages,
        fc.boolean(),
        fc.integer({ min: 1, max: 50_000 }),
        (a, b, strict, bandwidth) => {
          const of = (dirty: number): number => positionRatio({ ...limits, strict }, dirty, bandwidth);
          // Rounding of the two factors may add one unit.
          expect(of(Math.max(a, b))).toBeLessThanOrEqual(of(Math.min(a, b)) + 1);
        },
      ),
    );
  });
});

describe('estimates of a device', () => {
  it('average bandwidth over 1024 ticks, and smooth that once more when both fall', () => {
    const rates = { bandwidth: 25_600, average: 25_600, limit: 25_600, balanced: 25_600 };
    // (1000 · 250 + 25 600 · 973) / 1024
    updateBandwidth(rates, 1000, 51, hz);
    expect(rates).toMatchObject({ bandwidth: 24_569, average: 25_600 });
    updateBandwidth(rates, 0, 51, hz);
    expect(rates).toMatchObject({ bandwidth: 23_345, average: 25_600 - 128 });
    updateBandwidth(rates, 4096, 2048, hz);
    expect(rates).toMatchObject({ bandwidth: 500, average: 500 });
  });
  it('move the limit of rate by an eighth of the damped distance, and never up at the limits of a device', () => {
    const rates = { bandwidth: 4000, average: 4000, limit: 8000, balanced: 8000 };
    const look = { dirty: 14_334, ratio: 896, dirtied: 2000, elapsed: 50, hz };
    // The balanced rate, 7001 · 4000 / 10 001, has to be low twice before it counts.
    updateRateLimit(rates, limits, look);
    expect(rates).toMatchObject({ limit: 8000, balanced: 2800 });
    // x = 7001, step 999, damped by 8000 / 1999 = 4 bits: 62, an eighth of it.
    updateRateLimit(rates, limits, look);
    expect(rates.limit).toBe(7992);
    updateRateLimit(rates, limits, { ...look, ratio: 1024, dirtied: 0, dirty: 12_300 });
    expect(rates.limit).toBe(7992);
  });
  it('are looked at when more than 200 ms have passed, and begin anew after an idle time', () => {
    const estimates = createEstimates(hz, 10_240, 10_240);
    estimates.written(10_240);
    estimates.shareEnds(50);
    expect(estimates.rates.bandwidth).toBe(10_240);
    estimates.shareEnds(51);
    expect(estimates.rates.bandwidth).toBe(Math.floor((10_240 * 250 + 10_240 * 973) / 1024));
    const idle = createEstimates(hz, 10_240, 10_240);
    idle.shareBegins(true, 5000);
    idle.shareEnds(5040);
    expect(idle.rates.average).toBe(10_240);
  });
});

describe('pauses', () => {
  it('are at most an eighth of a second of writing, at most 200 ms', () => {
    expect(longestPause(12_288, 10_240, hz)).toBe(39);
    expect(longestPause(16_000, 1000, hz)).toBe(50);
  });
  it('are planned some 10 ms long, longer when the limit shows several writers', () => {
    expect(planPauses(39, 8000, 8000, 10_240, hz)).toEqual({ pages: 125, shortest: 3 });
    expect(planPauses(39, 8000, 8000, 4096, hz)).toEqual({ pages: 62, shortest: 2 });
    expect(planPauses(50, 1000, 1000, 1000, hz)).toEqual({ pages: 32, shortest: 5 });
  });
  it('come after about the root of what is free', () => {
    expect(pollInterval(0, 16_382)).toBe(64);
    expect(pollInterval(16_318, 16_382)).toBe(8);
    expect(pollInterval(16_382, 16_382)).toBe(1);
  });
  it('alternate as recorded: 128 pages every 4 ticks at 8000 pages/s and 250 Hz', () => {
    let held = 0;
    const throttle = createThrottle(limits, createEstimates(hz, 2000, 8000), hz, 1, () => held++);
    const write = (dirty: number, tick: number): number => {
      throttle.dirtied(0, 64);
      return throttle.pause(0, dirty, tick);
    };
    expect(write(12_286, 99)).toBe(0);
    expect(held).toBe(0);
    // 64 pages at 8000/s are 2 ticks; the timer takes one more, so the next sleep is too short and put off.
    expect(write(12_352, 101)).toBe(0);
    expect(write(12_352, 101)).toBe(2);
    for (let woken = 104; woken < 150; woken += 4) {
      expect(write(12_352, woken)).toBe(0);
      expect(write(12_352, woken)).toBe(3);
    }
    expect(held).toBeGreaterThan(0);
  });
  it('are repeated at the limit until it is undershot', () => {
    const throttle = createThrottle(limits, createEstimates(hz, 2000, 8000), hz, 1, () => undefined);
    throttle.dirtied(0, 64);
    expect(throttle.pause(0, 16_400, 10)).toBe(-50);
    expect(throttle.pause(0, 16_382, 61)).toBe(-50);
    // The same 64 pages again, now at a rate above 0, for which the time since counts.
    expect(throttle.pause(0, 16_320, 112)).toBeGreaterThanOrEqual(0);
    expect(throttle.pause(0, 16_320, 112)).toBeGreaterThanOrEqual(0);
  });
});

describe('the flusher', () => {
  it('takes shares of half a second, in steps of 4 MiB', () => {
    expect([1, 2000, 8192, 25_600].map(sharePages)).toEqual([1024, 1024, 5120, 13_312]);
  });
  it('writes share after share until less than the background limit is dirty', () => {
    const begun: number[] = [];
    let dirty = 12_350;
    const flusher = createFlusher({
      background: 8191,
      average: () => 1000,
      shareBegins: () => begun.push(dirty),
      shareEnds: () => undefined,
    });
    expect(flusher.wants(dirty)).toBe(0);
    flusher.wake();
    for (let most = flusher.wants(dirty); most > 0; most = flusher.wants(dirty)) {
      const pages = Math.min(128, most);
      dirty -= pages;
      flusher.took(pages);
    }
    // Five shares of 1024: the sixth would begin with 7230, which is below.
    expect(begun).toEqual([12_350, 11_326, 10_302, 9278, 8254]);
    expect(dirty).toBe(7230);
  });
});

describe('the page cache', () => {
  it('gives back in order what was written, whole, however it was cut', () => {
    const write = fc.record({
      sector: fc.integer({ min: 0, max: 1e6 }).map((block) => block * 8),
      sectors: fc.integer({ min: 1, max: 64 }).map((pages) => pages * 8),
    });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 50 }), fc.integer({ min: 1, max: 200 }), (writes, most) => {
        const ranges = createDirtyRanges();
        const sectors: number[] = [];
        for (const each of writes) {
          ranges.add(each.sector, each.sectors);
          for (let i = 0; i < each.sectors; i++) sectors.push(each.sector + i);
        }
        const taken: number[] = [];
        for (let n = ranges.take(most * 8); n > 0; n = ranges.take(most * 8))
          for (let i = 0; i < n; i++) taken.push(ranges.sector() + i);
        expect(taken).toEqual(sectors);
      }),
    );
  });
  it('lets a writer run free up to 48 of 64 MiB, then has the flusher write and the writer sleep whole ticks', () => {
    const cache = createPageCache(defaultHost, 1, () => 0);
    let now = 1e6;
    let written = 0;
    for (let sleep = 0; sleep === 0; written += 64) {
      sleep = cache.pause(0, now);
      if (sleep > 0) {
        expect(Math.round((now + sleep) / 4e6) * 4e6).toBeCloseTo(now + sleep, 3);
        break;
      }
      cache.dirty(0, written * 8, 512, now);
      now += 1e6;
    }
    expect(written).toBeGreaterThanOrEqual(12_288);
    expect(written).toBeLessThan(12_288 + 512);
    expect(cache.wantsFlush()).toBe(true);
    expect(cache.take(1024, now)).toBe(1024);
    expect(cache.sector()).toBe(0);
  });
  it('looks at the bandwidth when somebody reads past it, and so leaves the limit of rate alone', () => {
    const cache = createPageCache(defaultHost, 1, () => 0);
    cache.dirty(0, 0, 8, 0);
    cache.bypassed(300e6);
    const { bandwidth, limit } = defaultHost.writeEstimates;
    expect(cache.estimates()).toEqual({ bandwidth, limit });
    // Nothing was under write-back, so counting began anew; a second look 300 ms later finds nothing written.
    cache.take(8, 300e6);
    cache.bypassed(600e6);
    cache.bypassed(900e6);
    expect(cache.estimates().limit).toBe(limit);
  });
});
