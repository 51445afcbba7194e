import { describe, expect, it } from 'vitest';
import { placeBoundary } from '../../../analyzers/phases/boundaries.ts';
import { type Channel, makeChannel, pooledChannel } from '../../../analyzers/phases/channel.ts';
import { clusterSegments } from '../../../analyzers/phases/clusters.ts';
import { findSegments } from '../../../analyzers/phases/segments.ts';
import type { CountMatrix } from '../../../analyzers/stats/count-matrix.ts';
import { Random } from '../../../analyzers/stats/random.ts';
import { drawCounts, falling, permuted, raised } from '../../support/draw-counts.ts';

const seeds = Array.from({ length: 10 }, (_, i) => i + 1);

function channelOf(counts: CountMatrix): Channel {
  const names = Array.from({ length: counts.columns }, (_, i) => `f${i}`);
  const channel = makeChannel('functions', 'samples', names, counts);
  const pooled = channel === undefined ? undefined : pooledChannel(channel);
  if (pooled === undefined) throw new Error('nothing to look at');
  return pooled;
}

/** Windows [first, end) of each segment. */
function rangesOf(starts: readonly number[], windows: number): (readonly [number, number])[] {
  return starts.map((start, i) => [start, starts[i + 1] ?? windows] as const);
}

/** Three boundaries; the last phase is the first one again. */
const strong = (row: number) => falling(500, row < 100 ? 0 : row < 250 ? 7 : row < 400 ? 20 : 0);

describe('boundaries of strong phases', () => {
  it.each(seeds)('are found exactly, seed %i', (seed) => {
    const channel = channelOf(drawCounts(seed, 600, 100, strong));
    const starts = findSegments([channel], 600);
    expect(starts).toEqual([0, 100, 250, 400]);
    expect(clusterSegments([channel], 600, rangesOf(starts, 600), 1)).toEqual([0, 1, 2, 0]);
    const places = starts
      .slice(1)
      .map((start, i) => placeBoundary([channel], starts[i] as number, start, starts[i + 2] ?? 600));
    expect(places.map(({ at }) => at)).toEqual([100, 250, 400]);
    for (const { at, low, high } of places) {
      expect(low).toBeLessThanOrEqual(at);
      expect(high).toBeGreaterThanOrEqual(at);
      expect(high - low).toBeLessThan(1);
    }
  });

  it('inside a window are placed there, and are no phase of their own', () => {
    for (const part of [0.25, 0.5, 0.7]) {
      for (const seed of seeds) {
        const [before, after] = [falling(40), falling(40, 13)];
        const turning = before.map((share, i) => part * share + (1 - part) * (after[i] as number));
        const channel = channelOf(
          drawCounts(seed, 200, 150, (row) => (row < 90 ? before : row === 90 ? turning : after)),
        );
        const starts = findSegments([channel], 200);
        expect(starts).toHaveLength(2);
        const { at, low, high } = placeBoundary([channel], 0, starts[1] as number, 200);
        expect(Math.abs(at - 90 - part)).toBeLessThan(0.35);
        expect(low).toBeLessThan(90 + part + 0.1);
        expect(high).toBeGreaterThan(90 + part - 0.1);
      }
    }
  });
});

describe('weak phases', () => {
  it('of one function 8 points larger are within a window of the truth whenever they are found', () => {
    let found = 0;
    const base = falling(60);
    for (let seed = 1; seed <= 30; seed++) {
      const channel = channelOf(
        drawCounts(seed, 200, 200, (row) => (row < 100 ? base : raised(base, 2, 0.08))),
      );
      const starts = findSegments([channel], 200);
      if (starts.length === 1) continue;
      found++;
      expect(starts).toHaveLength(2);
      expect(Math.abs(placeBoundary([channel], 0, starts[1] as number, 200).at - 100)).toBeLessThanOrEqual(1);
    }
    expect(found).toBeGreaterThan(25);
  });

  it('too small to matter are no phases, however many samples show them', () => {
    const base = falling(20);
    const channel = channelOf(drawCounts(1, 100, 20_000, (row) => (row < 50 ? base : raised(base, 2, 0.01))));
    expect(findSegments([channel], 100)).toEqual([0]);
  });
});

describe('a run in which nothing changes', () => {
  it.each([
    [600, 500, 100],
    [100, 50, 50],
    [25, 5, 60],
  ])(
    'has no boundary in 20 of 20 runs: %i windows, %i functions, %i samples each',
    (windows, functions, each) => {
      for (let seed = 1; seed <= 20; seed++) {
        const channel = channelOf(drawCounts(seed, windows, each, () => falling(functions)));
        expect(findSegments([channel], windows)).toEqual([0]);
      }
    },
  );

  it('has none either when windows differ more than sampling makes them', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = new Random(seed);
      const base = falling(30);
      const channel = channelOf(
        drawCounts(seed, 150, 200, () => {
          const wobbled = base.map((share) => share * Math.exp(random.next() + random.next() - 1));
          const sum = wobbled.reduce((a, b) => a + b, 0);
          return wobbled.map((share) => share / sum);
        }),
      );
      expect(channel.dispersion).toBeGreaterThan(1.5);
      expect(findSegments([channel], 150)).toEqual([0]);
    }
  });
});

describe('phases that come again', () => {
  it('count once', () => {
    const kinds = [0, 5, 0, 11, 5, 0];
    const channel = channelOf(drawCounts(4, 240, 80, (row) => falling(50, kinds[Math.floor(row / 40)])));
    const starts = findSegments([channel], 240);
    expect(starts).toEqual([0, 40, 80, 120, 160, 200]);
    expect(clusterSegments([channel], 240, rangesOf(starts, 240), 1)).toEqual([0, 1, 0, 2, 1, 0]);
  });

  it('are told from one that is nearly the same next to them', () => {
    const base = falling(60);
    const channel = channelOf(
      drawCounts(2, 300, 200, (row) => (row < 100 || row >= 200 ? base : raised(base, 2, 0.08))),
    );
    const starts = findSegments([channel], 300);
    expect(starts).toHaveLength(3);
    expect(clusterSegments([channel], 300, rangesOf(starts, 300), 1)).toEqual([0, 1, 0]);
  });
});

describe('the order of functions', () => {
  it('changes nothing', () => {
    const counts = drawCounts(8, 300, 60, (row) => falling(120, row < 140 ? 0 : row < 200 ? 9 : 0));
    const order = new Random(3).shuffle(Array.from({ length: 120 }, (_, i) => i));
    const results = [counts, permuted(counts, order)].map((each) => {
      const channel = channelOf(each);
      const starts = findSegments([channel], 300);
      return {
        starts,
        clusters: clusterSegments([channel], 300, rangesOf(starts, 300), 1),
        places: starts
          .slice(1)
          .map((start, i) => placeBoundary([channel], starts[i] as number, start, starts[i + 2] ?? 300)),
      };
    });
    expect(results[1]).toEqual(results[0]);
    expect(results[0]?.starts).toHaveLength(3);
  });
});

describe('several channels', () => {
  it('share their boundaries: each may show one the other does not', () => {
    const functions = channelOf(drawCounts(1, 120, 100, (row) => falling(30, row < 40 ? 0 : 9)));
    const latencies = channelOf(drawCounts(2, 120, 50, (row) => falling(8, row < 80 ? 0 : 3)));
    expect(findSegments([functions, latencies], 120)).toEqual([0, 40, 80]);
  });
});
