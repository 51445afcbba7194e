import { describe, expect, it } from 'vitest';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';

describe('formatValue', () => {
  it.each([
    [1.5e9, 'ns', '1.5 s'],
    [90e9, 'ns', '1.5 min'],
    [12_345, 'ns', '12.3 µs'],
    [999, 'ns', '999 ns'],
    [0, 'ns', '0 ns'],
    [-2e6, 'ns', '−2 ms'],
    [2048, 'bytes', '2 KiB'],
    [1_234_567, 'samples', '1\u202f234\u202f567 samples'],
    [1.5e9, 'cycles', '1.5 G cycles'],
    [42, 'faults', '42 faults'],
    [997, 'hz', '997 Hz'],
    [1994, 'hz', '1.99 kHz'],
    [0.421, 'share', '42.1 %'],
    [Number.NaN, 'ns', '–'],
  ] as const)('%d %s is %s', (value, unit, text) => {
    expect(formatValue(value, unit)).toBe(text);
  });
});

describe('formatShare', () => {
  it('never rounds a part to nothing or to everything', () => {
    expect(formatShare(0.00001)).toBe('<0.01 %');
    expect(formatShare(0.99999)).toBe('>99.9 %');
    expect(formatShare(1)).toBe('100.0 %');
    expect(formatShare(0)).toBe('0 %');
  });
});

describe('formatCount', () => {
  it('groups digits by three', () => {
    expect(formatCount(1234567)).toBe('1\u202f234\u202f567');
    expect(formatCount(12)).toBe('12');
    expect(formatCount(1.234)).toBe('1.23');
  });
});
