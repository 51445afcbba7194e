import { describe, expect, it } from 'vitest';
import { type FlameData, filteredSelf, firstAt, shape, totalsOf } from '../../viz/client/flame-data.ts';
import { functionCosts } from '../../viz/client/function-costs.ts';
import { layoutTime, layoutTree } from '../../viz/client/layout.ts';
import { findMatches, toPattern } from '../../viz/client/search.ts';

/**
 * ```
 * all ─ p ─ main ─ a ─ a      self: main 1, a 2, a>a 3, b 4
 *                └ b
 * ```
 */
const depth = Uint8Array.of(0, 1, 2, 3, 4, 3);
const data: FlameData = {
  id: 'x',
  title: 'x',
  event: 'cycles',
  unit: 'samples',
  names: ['all', 'p', 'main', 'a', 'b'],
  modules: [''],
  module: new Uint8Array(5),
  kind: Uint8Array.of(0, 0, 1, 1, 1),
  depth,
  fn: Uint8Array.of(0, 1, 2, 3, 3, 4),
  self: Uint8Array.of(0, 0, 1, 2, 3, 4),
  ...shape(depth),
  samples: {
    duration: 10,
    every: 1,
    threads: ['t0', 't1'],
    time: Uint32Array.of(0, 1e6, 2e6, 3e6, 4e6),
    node: Uint8Array.of(4, 4, 5, 5, 2),
    thread: Uint8Array.of(0, 0, 0, 1, 1),
    weight: Float64Array.of(1, 2, 2, 2, 1),
  },
};
const total = totalsOf(data.self, data.parent);

describe('the page on a tree small enough to check by hand', () => {
  it('sums up', () => {
    expect([...total]).toEqual([10, 10, 10, 5, 3, 4]);
    expect([...data.end]).toEqual([6, 6, 6, 5, 5, 6]);
  });

  it('counts recursion once', () => {
    const costs = functionCosts(data, data.self, total).map(({ fn, self, total: all }) => [
      data.names[fn],
      self,
      all,
    ]);
    expect(costs).toEqual([
      ['a', 5, 5],
      ['b', 4, 4],
      ['main', 1, 10],
    ]);
  });

  it('counts nested matches once', () => {
    const matches = findMatches(data, total, toPattern('^a$') as RegExp);
    expect(matches.outermost).toEqual([3]);
    expect(matches.weight).toBe(5);
    expect(toPattern('(')).toBeUndefined();
    expect(toPattern('Main')?.test('main')).toBe(false);
    expect(toPattern('main')?.test('Main')).toBe(true);
  });

  it('filters by half-open ranges and by thread', () => {
    expect([...(filteredSelf(data, [[1, 3]], -1) as Float64Array)]).toEqual([0, 0, 0, 0, 2, 2]);
    expect([...(filteredSelf(data, undefined, 1) as Float64Array)]).toEqual([0, 0, 1, 0, 0, 2]);
    expect(filteredSelf(data, undefined, -1)).toBeUndefined();
    expect(firstAt([1, 3, 3, 5], 3)).toBe(1);
  });

  it('lays siblings out heaviest first, or by name', () => {
    const boxes = (order: 'left-heavy' | 'alphabetical', weights = total): [string, number, number][] => {
      const layout = layoutTree(data, weights, order);
      return Array.from(layout.node, (node, box) => [
        data.names[data.fn[node] as number] as string,
        layout.x0[box] as number,
        layout.x1[box] as number,
      ]);
    };
    expect(boxes('left-heavy')).toEqual([
      ['all', 0, 10],
      ['p', 0, 10],
      ['main', 0, 10],
      ['a', 0, 5],
      ['a', 0, 3],
      ['b', 5, 9],
    ]);
    const second = totalsOf(filteredSelf(data, [[2, 10]], -1) as Float64Array, data.parent);
    expect(boxes('left-heavy', second).find(([name]) => name === 'b')).toEqual(['b', 0, 4]);
    expect(boxes('alphabetical').at(-1)).toEqual(['b', 5, 9]);
  });

  it('puts samples side by side in time order, sharing callers', () => {
    const { node, x0, x1, whole } = layoutTime(data, undefined, 0);
    expect(whole).toBe(5);
    expect(Array.from(node, (n, box) => [n, x0[box], x1[box]])).toEqual([
      [0, 0, 5],
      [1, 0, 5],
      [2, 0, 5],
      [3, 0, 3],
      [4, 0, 3],
      [5, 3, 5],
    ]);
  });
});
