import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { Problem } from '../model/problem.ts';
import { type Bytes, compressionOf } from './decompress.ts';

/** First bytes looked at to decide what a file is. */
export const HEAD_BYTES = 64 << 10;

/** Plain content to read: a file on disk, which workers read for themselves, or a stream of bytes. */
export type Content = FileContent | StreamContent;

interface ContentBase {
  /** As the user would write it; `archive.tar.gz!member/perf.txt` for members. */
  readonly name: string;
  /** Outermost first: `['gzip', 'tar']`. */
  readonly encodings: readonly string[];
  readonly head: Uint8Array;
}

export interface FileContent extends ContentBase {
  readonly kind: 'file';
  readonly path: string;
  readonly size: number;
}

export interface StreamContent extends ContentBase {
  readonly kind: 'stream';
  /** From the first byte on, head included. */
  readonly bytes: Bytes;
  /** Why the stream ended early, once it did. */
  readonly failure: () => string | undefined;
  /** Lets go of what is behind the bytes, when nobody will read them. */
  readonly close: () => Promise<void>;
}

/** Called with bytes taken from disk or stdin, compressed as they are there. */
export type OnRead = (bytes: number) => void;

/**
 * What is in `path` (`-` is stdin): one content, or one per regular member of a tar archive.
 * Members come in archive order, and each must be read, or dropped, before the next is asked for.
 */
export async function* contentsOf(path: string, onRead: OnRead): AsyncGenerator<Content> {
  if (path === '-') {
    yield* unwrap('stdin', [], counted(process.stdin, onRead));
    return;
  }
  // A pipe's first bytes can be read once only, and the size of a file in /proc says nothing: streams.
  const size = await sizeOf(path);
  if (size !== undefined && size > 0) {
    const head = await readHead(path, HEAD_BYTES);
    if (compressionOf(head) === undefined && !isTar(head)) {
      yield { kind: 'file', name: path, encodings: [], path, size, head };
      return;
    }
  }
  yield* unwrap(path, [], counted(fileBytes(path), onRead));
}

/** First `length` bytes of a file on disk, fewer when it is shorter. */
export async function readHead(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    throw openProblem(path, error);
  });
  try {
    const buffer = Buffer.alloc(length);
    let used = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, used, length - used, used);
      used += bytesRead;
      if (bytesRead === 0 || used === length) return buffer.subarray(0, used);
    }
  } catch (error) {
    throw openProblem(path, error as NodeJS.ErrnoException);
  } finally {
    await file.close();
  }
}

export function openProblem(path: string, error: NodeJS.ErrnoException): Problem {
  const reasons: Record<string, ['not-found' | 'no-permission', string, string]> = {
    ENOENT: ['not-found', 'no such file or directory', 'check the path'],
    EACCES: ['no-permission', 'no permission to read it', 'make it readable, or run as its owner'],
    EPERM: ['no-permission', 'no permission to read it', 'make it readable, or run as its owner'],
  };
  const [code, message, hint] = reasons[error.code ?? ''] ?? [
    'not-found',
    `cannot be read (${error.message})`,
    'check the path',
  ];
  return new Problem({ code, message, file: path, hint }, { cause: error });
}

/** Size of a regular file; undefined for pipes and devices, whose size says nothing. */
async function sizeOf(path: string): Promise<number | undefined> {
  const stats = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw openProblem(path, error);
  });
  return stats.isFile() ? stats.size : undefined;
}

async function* unwrap(name: string, encodings: readonly string[], bytes: Bytes): AsyncGenerator<Content> {
  const { head, whole, failure, close } = await peek(bytes, HEAD_BYTES);
  if (head.length === 0 && failure !== undefined) throw undecodable(name, failure);
  const compression = compressionOf(head);
  if (compression !== undefined) {
    yield* unwrap(name, [...encodings, compression.id], compression.decompress(whole));
  } else if (isTar(head)) {
    yield* members(name, [...encodings, 'tar'], whole);
  } else {
    let failure: string | undefined;
    const guarded = untilFailure(whole, (why) => {
      failure = why;
    });
    yield { kind: 'stream', name, encodings, head, bytes: guarded, failure: () => failure, close };
  }
}

function undecodable(file: string, failure: unknown): Problem {
  if (failure instanceof Problem) return failure;
  const why = failure instanceof Error ? failure.message : String(failure);
  return new Problem(
    {
      code: 'broken',
      message: `cannot be decompressed (${why})`,
      file,
      offset: 0,
      hint: 'copy the file again',
    },
    { cause: failure },
  );
}

async function* members(name: string, encodings: readonly string[], bytes: Bytes): AsyncGenerator<Content> {
  const { extract } = await import('tar-stream');
  const archive = extract();
  const input = Readable.from(bytes);
  input.on('error', (error) => archive.destroy(error));
  input.pipe(archive as unknown as NodeJS.WritableStream);
  for await (const entry of archive) {
    if (entry.header.type === 'file') {
      yield* unwrap(`${name}!${entry.header.name}`, encodings, entry as unknown as Bytes);
    }
    entry.resume();
  }
}

/** Passes bytes on; a failure ends the stream and is reported instead of thrown, so that what came before counts. */
async function* untilFailure(bytes: Bytes, onFailure: (why: string) => void): Bytes {
  try {
    yield* bytes;
  } catch (error) {
    if (error instanceof Problem) throw error;
    onFailure(error instanceof Error ? error.message : String(error));
  }
}

async function* counted(stream: AsyncIterable<unknown>, onRead: OnRead): Bytes {
  for await (const chunk of stream) {
    const bytes = chunk as Uint8Array;
    onRead(bytes.length);
    yield bytes;
  }
}

/** Bytes of a file from the first on; what the system says when it cannot be opened becomes a Problem. */
async function* fileBytes(path: string): Bytes {
  try {
    yield* createReadStream(path, { highWaterMark: 1 << 20 });
  } catch (error) {
    throw openProblem(path, error as NodeJS.ErrnoException);
  }
}

/** The first `length` bytes, and a stream that begins with them. An error met on the way is met again in the stream. */
async function peek(
  bytes: Bytes,
  length: number,
): Promise<{ head: Uint8Array; whole: Bytes; failure: unknown; close: () => Promise<void> }> {
  const iterator = bytes[Symbol.asyncIterator]();
  const chunks: Uint8Array[] = [];
  let size = 0;
  let failure: unknown;
  while (size < length) {
    try {
      const { done, value } = await iterator.next();
      if (done) break;
      chunks.push(value);
      size += value.length;
    } catch (error) {
      failure = error;
      break;
    }
  }
  const close = async (): Promise<void> => {
    await iterator.return?.(undefined);
  };
  async function* whole(): Bytes {
    try {
      yield* chunks;
      if (failure !== undefined) throw failure;
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await close();
    }
  }
  return { head: Buffer.concat(chunks).subarray(0, length), whole: whole(), failure, close };
}

/** POSIX and GNU tar: `ustar` at byte 257. */
function isTar(head: Uint8Array): boolean {
  return head.length > 512 && Buffer.from(head.subarray(257, 262)).toString('latin1') === 'ustar';
}
