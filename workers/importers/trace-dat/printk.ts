import type { EventRecord } from './record.ts';

const conversion = /%([-+ #0]*)(\d+|\*)?(?:\.(\d+|\*))?(hh|h|ll|l|z|t|L)?([diouxXcspn%])([A-Za-z]*)/g;

/**
 * What trace_printk prints: a format and its arguments as vbin_printf packs them (lib/vsprintf.c),
 * 32-bit words, 64-bit ones aligned to 4, strings inline. `symbol` names an address.
 */
export function formatBinary(
  format: string,
  record: EventRecord,
  from: number,
  to: number,
  longSize: number,
  symbol: (address: bigint) => string,
): string {
  let at = from;
  const aligned = (size: number): number => {
    // Words of 8 bytes are stored on 4-byte boundaries, smaller ones on their own.
    const step = Math.min(size, 4);
    at = from + Math.ceil((at - from) / step) * step;
    const start = at;
    at += size;
    return start;
  };
  const word = (size: number, signed: boolean): bigint => {
    const start = aligned(size);
    if (start + size > to) return 0n;
    if (size !== 8) return BigInt(record.integer(start, size, signed));
    const value = record.big(start, 8);
    return signed ? BigInt.asIntN(64, value) : value;
  };
  return format.replace(
    conversion,
    (whole, flags: string, width, precision, length, kind: string, extra: string) => {
      if (kind === '%') return `%${extra}`;
      const wide = width === '*' ? Number(word(4, true)) : width === undefined ? 0 : Number(width);
      if (precision === '*') word(4, true);
      const pad = (text: string): string => {
        if (flags.includes('-')) return text.padEnd(wide);
        return text.padStart(wide, flags.includes('0') && kind !== 's' && kind !== 'p' ? '0' : ' ');
      };
      if (kind === 's') {
        const end = record.bytes.indexOf(0, at);
        const stop = end >= 0 && end < to ? end : to;
        const text = Buffer.from(record.bytes.subarray(at, stop)).toString('latin1');
        at = stop + 1;
        return pad(precision === undefined ? text : text.slice(0, Number(precision))) + extra;
      }
      if (kind === 'p') {
        const value = word(longSize, false);
        const named = /^[sSfFB]/.test(extra) ? symbol(value) : '';
        return named === '' ? pad(`0x${value.toString(16)}`) + extra : named + extra.slice(1);
      }
      const size =
        length === 'll' || length === 'L'
          ? 8
          : length === 'l' || length === 'z' || length === 't'
            ? longSize
            : 4;
      const value = word(size, kind === 'd' || kind === 'i');
      if (kind === 'c') return pad(String.fromCharCode(Number(value & 0xffn))) + extra;
      if (kind === 'x' || kind === 'X') {
        const hex = value.toString(16);
        const text =
          (flags.includes('#') && value !== 0n ? '0x' : '') + (kind === 'X' ? hex.toUpperCase() : hex);
        return pad(text) + extra;
      }
      if (kind === 'o') return pad(value.toString(8)) + extra;
      return whole === '%n' ? '' : pad(value.toString()) + extra;
    },
  );
}
