import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Selection, selectionFromHash, selectionToHash } from '../../model/selection.ts';

const texts = fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' });
const selections: fc.Arbitrary<Selection> = fc.record(
  {
    range: fc
      .tuple(fc.nat(1000), fc.integer({ min: 1, max: 1000 }))
      .map(([from, size]) => [from / 10, (from + size) / 10] as const),
    event: texts,
    thread: texts,
    frame: texts,
    zoom: fc.nat(),
    query: texts,
  },
  { requiredKeys: [] },
);

describe('selection ⇄ URL hash', () => {
  it('comes back as it went', () => {
    fc.assert(
      fc.property(selections, (selection) => {
        expect(selectionFromHash(selectionToHash(selection))).toEqual(selection);
      }),
    );
  });

  it('leaves out what it cannot read', () => {
    expect(selectionFromHash('#range=5-2&zoom=abc&x=1')).toEqual({});
    expect(selectionFromHash('')).toEqual({});
  });
});
