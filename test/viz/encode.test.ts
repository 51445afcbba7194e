import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeNumbers, decodeText } from '../../viz/client/decode.ts';
import { encodeNumbers, encodeText } from '../../viz/encode.ts';

describe('numbers in a page', () => {
  it('come back as they went, whatever they are', async () => {
    const numbers = fc.oneof(
      fc.array(fc.nat(255)),
      fc.array(fc.nat(70_000)),
      fc.array(fc.integer({ min: 0, max: 0xffff_ffff })),
      fc.array(fc.double()),
      fc.array(fc.nat(100_000)).map((values) => values.sort((a, b) => a - b)),
    );
    await fc.assert(
      fc.asyncProperty(numbers, async (values) => {
        expect(Array.from(await decodeNumbers(encodeNumbers(values)))).toEqual(values);
      }),
    );
  });

  it('take little room when they change slowly', () => {
    const values = Array.from({ length: 10_000 }, (_, i) => i * 500);
    expect(encodeNumbers(values).length).toBeLessThan(1000);
  });
});

describe('text in a page', () => {
  it('comes back as it went', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        expect(await decodeText(encodeText(text))).toBe(text);
      }),
    );
  });
});
