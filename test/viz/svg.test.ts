import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { escapeMarkup } from '../../model/visible-text.ts';
import { layoutBoxes } from '../../viz/svg/layout.ts';
import { renderFlameSvg } from '../../viz/svg/render.ts';
import { flameFixture } from '../support/report-fixture.ts';

const options = {
  title: 'T',
  unit: 'ns',
  width: 1200,
  minWidth: 0.1,
  icicle: false,
  colours: 'kind',
} as const;

describe('boxes of an SVG', () => {
  it('lie inside their callers, in proportion to their weight, none narrower than asked', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 300 }),
        fc.nat(),
        fc.constantFrom(0, 0.001, 0.05),
        (nodes, seed, smallest) => {
          const { tree } = flameFixture(nodes, nodes * 3, seed);
          const { boxes, left } = layoutBoxes(tree, smallest);
          expect(boxes.length + left).toBe(nodes);
          const open: { x: number; width: number }[] = [];
          for (const { node, x, width, depth } of boxes) {
            expect(width).toBeCloseTo(
              (tree.nodes.total[node] as number) / (tree.nodes.total[0] as number),
              9,
            );
            if (node > 0) expect(width).toBeGreaterThanOrEqual(smallest);
            const caller = open[depth - 1];
            if (caller !== undefined) {
              expect(x).toBeGreaterThanOrEqual(caller.x - 1e-9);
              expect(x + width).toBeLessThanOrEqual(caller.x + caller.width + 1e-9);
            }
            open[depth] = { x, width };
          }
        },
      ),
    );
  });

  it('stop at 2000 rows and say so', () => {
    const depth = Array.from({ length: 5000 }, (_, i) => i);
    const tree = {
      functions: { name: ['all', 'f'], module: [0, 0], kind: [0, 1] },
      modules: [''],
      nodes: {
        depth,
        function: depth.map((d) => Math.min(d, 1)),
        self: depth.map((d) => (d === 4999 ? 1 : 0)),
        total: depth.map(() => 1),
      },
      merged: 0,
    };
    expect(layoutBoxes(tree, 0)).toMatchObject({ rows: 2000, deeper: 3000 });
    expect([...renderFlameSvg(tree, options)].join('')).toContain('frames deeper than');
  });
});

describe('renderFlameSvg', () => {
  it('is the same text every time', () => {
    const { tree } = flameFixture(50, 100);
    expect([...renderFlameSvg(tree, options)].join('')).toBe([...renderFlameSvg(tree, options)].join(''));
  });

  it('keeps XML well-formed whatever a name holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const safe = escapeMarkup(text);
        expect(safe.replace(/&(?:amp|lt|gt|quot|#39);/g, '')).not.toMatch(/[&<>"']/);
        expect(safe).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
      }),
    );
  });
});
