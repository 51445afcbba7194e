import { deflateRawSync } from 'node:zlib';

/** How the numbers are stored before they are deflated. */
export type EncodedKind = 'u8' | 'u16' | 'u32' | 'f64';

/**
 * Numbers as text for a page: `kind:delta:length:base64`, where the bytes are little-endian, split
 * into planes (all first bytes, then all second …) and deflated. `delta` = 1: differences between
 * neighbours, modulo the type. Planes and differences make slowly changing columns deflate some
 * five times better. viz/client/decode.ts is the other half.
 */
export function encodeNumbers(values: ArrayLike<number>): string {
  const { kind, delta } = choose(values);
  const bytes = toBytes(values, kind, delta);
  const packed = deflateRawSync(planes(bytes, sizes[kind]), { level: 6 }).toString('base64');
  return `${kind}:${delta ? 1 : 0}:${values.length}:${packed}`;
}

/** Text as deflated UTF-8 in base64. */
export function encodeText(text: string): string {
  return deflateRawSync(Buffer.from(text, 'utf8'), { level: 6 }).toString('base64');
}

const sizes = { u8: 1, u16: 2, u32: 4, f64: 8 } as const;

function choose(values: ArrayLike<number>): { kind: EncodedKind; delta: boolean } {
  let largest = 0;
  let rising = 0;
  let small = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff || Object.is(value, -0)) {
      return { kind: 'f64', delta: false };
    }
    if (value > largest) largest = value;
    const step = value - (i === 0 ? 0 : (values[i - 1] as number));
    if (step >= 0) rising++;
    if (Math.abs(step) < 256) small++;
  }
  const kind = largest < 256 ? 'u8' : largest < 65_536 ? 'u16' : 'u32';
  return { kind, delta: kind !== 'u8' && (rising === values.length || small > values.length * 0.7) };
}

function toBytes(values: ArrayLike<number>, kind: EncodedKind, delta: boolean): Uint8Array {
  const size = sizes[kind];
  const bytes = new Uint8Array(values.length * size);
  const view = new DataView(bytes.buffer);
  let before = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    const stored = delta ? value - before : value;
    before = value;
    if (kind === 'u8') view.setUint8(i, stored);
    else if (kind === 'u16') view.setUint16(i * 2, stored, true);
    else if (kind === 'u32') view.setUint32(i * 4, stored, true);
    else view.setFloat64(i * 8, stored, true);
  }
  return bytes;
}

function planes(bytes: Uint8Array, size: number): Uint8Array {
  if (size === 1) return bytes;
  const count = bytes.length / size;
  const out = new Uint8Array(bytes.length);
  for (let plane = 0; plane < size; plane++) {
    for (let i = 0; i < count; i++) out[plane * count + i] = bytes[i * size + plane] as number;
  }
  return out;
}
