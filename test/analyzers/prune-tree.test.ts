import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pruneTree, type RawTree } from '../../analyzers/derived/prune-tree.ts';
import { shape } from '../../viz/client/flame-data.ts';

const trees: fc.Arbitrary<RawTree> = fc
  .array(fc.tuple(fc.nat(), fc.nat(20), fc.nat(100)), { maxLength: 120 })
  .map((rows) => ({
    parent: Uint32Array.from([0, ...rows.map(([up], i) => up % (i + 1))]),
    function: Uint32Array.from([0, ...rows.map(([, fn]) => fn + 1)]),
    self: Float64Array.from([0, ...rows.map(([, , weight]) => weight)]),
    functions: Array.from({ length: 22 }, (_, i) => ({ name: `f${i}`, module: `m${i % 3}`, kind: i % 5 })),
  }));

describe('pruneTree', () => {
  it('conserves weight, keeps to its budget, and says where every node went', () => {
    fc.assert(
      fc.property(trees, fc.integer({ min: 2, max: 60 }), (raw, most) => {
        const { tree, outputOf } = pruneTree(raw, most);
        const { depth, self, total } = tree.nodes;
        expect(depth.length).toBeLessThanOrEqual(Math.max(most, 2));
        const whole = raw.self.reduce((a, b) => a + b, 0);
        expect(total[0]).toBe(whole);
        expect(self.reduce((a, b) => a + b, 0)).toBe(whole);
        const moved = new Array<number>(depth.length).fill(0);
        raw.self.forEach((weight, node) => {
          moved[outputOf[node] as number] = (moved[outputOf[node] as number] as number) + weight;
        });
        expect(moved).toEqual([...self]);
        const { parent, end } = shape(depth);
        for (let node = 0; node < depth.length; node++) {
          let below = self[node] as number;
          for (let child = node + 1; child < (end[node] as number); child = end[child] as number) {
            expect(parent[child]).toBe(node);
            below += total[child] as number;
          }
          expect(below).toBe(total[node]);
        }
      }),
    );
  });

  it('keeps small trees whole, heaviest sibling first', () => {
    const raw: RawTree = {
      parent: Uint32Array.of(0, 0, 0, 1),
      function: Uint32Array.of(0, 1, 2, 3),
      self: Float64Array.of(0, 1, 5, 2),
      functions: ['all', 'a', 'b', 'c'].map((name) => ({ name, module: '', kind: 1 })),
    };
    const { tree } = pruneTree(raw, 100);
    expect(tree.nodes.function.map((fn) => tree.functions.name[fn])).toEqual(['all', 'b', 'a', 'c']);
    expect(tree.nodes.total).toEqual([8, 5, 3, 2]);
    expect(tree.merged).toBe(0);
  });
});
