import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

export type Bytes = AsyncIterable<Uint8Array>;

/** A compression found by its signature. */
export interface Compression {
  readonly id: 'gzip' | 'zstd' | 'xz' | 'bzip2';
  readonly decompress: (bytes: Bytes) => Bytes;
}

const compressions: readonly (Compression & { readonly matches: (head: Uint8Array) => boolean })[] = [
  {
    id: 'gzip',
    matches: (head) => head[0] === 0x1f && head[1] === 0x8b,
    decompress: (bytes) => piped(bytes, createGunzip({ chunkSize: 1 << 20 })),
  },
  {
    id: 'zstd',
    matches: (head) => head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd,
    decompress: unzstd,
  },
  {
    id: 'xz',
    matches: (head) => Buffer.from(head.subarray(0, 6)).equals(Buffer.from('fd377a585a00', 'hex')),
    decompress: unxz,
  },
  {
    id: 'bzip2',
    matches: (head) =>
      /^BZh[1-9](?:1AY&SY|\x17rE8P\x90)/.test(Buffer.from(head.subarray(0, 10)).toString('latin1')),
    decompress: unbzip2,
  },
];

export function compressionOf(head: Uint8Array): Compression | undefined {
  return compressions.find((compression) => compression.matches(head));
}

function piped(bytes: Bytes, through: NodeJS.ReadWriteStream): Bytes {
  const input = Readable.from(bytes);
  input.on('error', (error) => through.emit('error', error));
  const output = input.pipe(through) as unknown as Readable;
  // A reader that has seen enough lets go of the file behind it, too.
  output.once('close', () => input.destroy());
  // Old-style streams (unbzip2) lack async iteration; wrapping them costs nothing for the others.
  return Symbol.asyncIterator in output ? output : new Readable().wrap(output);
}

// Libraries are loaded when a file asks for them: most runs need none, and starting is part of every run.

async function* unbzip2(bytes: Bytes): Bytes {
  const { default: decoder } = await import('unbzip2-stream');
  yield* explained('bzip2', piped(bytes, decoder()));
}

async function* unzstd(bytes: Bytes): Bytes {
  const { Decompress } = await import('fzstd');
  const ready: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => ready.push(chunk));
  for await (const chunk of bytes) {
    decoder.push(chunk);
    yield* ready.splice(0);
  }
  decoder.push(new Uint8Array(0), true);
  yield* ready.splice(0);
}

async function* unxz(bytes: Bytes): Bytes {
  yield* explained('xz', decodeXz(bytes));
}

/** Decoders that fail with words about themselves fail with words about the file instead. */
async function* explained(what: string, bytes: Bytes): Bytes {
  try {
    yield* bytes;
  } catch (error) {
    throw new Error(`the ${what} data is damaged or cut short`, { cause: error });
  }
}

async function* decodeXz(bytes: Bytes): Bytes {
  const { default: xz } = await import('xz-decompress');
  const stream = new xz.XzReadableStream(
    Readable.toWeb(Readable.from(bytes)) as unknown as ReadableStream<Uint8Array>,
  );
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    // The decoder reuses its output memory between reads.
    yield value.slice();
  }
}
