/** Reads what viz/encode.ts wrote. */

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

const kinds = { u8: Uint8Array, u16: Uint16Array, u32: Uint32Array, f64: Float64Array } as const;

/** Numbers from `kind:delta:length:base64`. Throws when the text is not of that form. */
export async function decodeNumbers(text: string): Promise<Numbers> {
  const [kind = '', delta, length, base64 = ''] = text.split(':');
  const Constructor = kinds[kind as keyof typeof kinds];
  if (Constructor === undefined) throw new Error(`unknown number kind ${kind}`);
  const bytes = await inflate(base64);
  const count = Number(length);
  const size = Constructor.BYTES_PER_ELEMENT;
  const joined = new Uint8Array(count * size);
  for (let plane = 0; plane < size; plane++) {
    for (let i = 0; i < count; i++) joined[i * size + plane] = bytes[plane * count + i] as number;
  }
  const numbers = new Constructor(joined.buffer);
  if (delta === '1')
    for (let i = 1; i < count; i++) numbers[i] = (numbers[i] as number) + (numbers[i - 1] as number);
  return numbers;
}

export async function decodeText(base64: string): Promise<string> {
  return new TextDecoder().decode(await inflate(base64));
}

async function inflate(base64: string): Promise<Uint8Array> {
  const text = atob(base64);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
