import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream, rmSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Problem } from '../model/problem.ts';

/** Files being written, to be removed when the process is interrupted. */
const unfinished = new Set<string>();

/** Removes half-written files; called when the process is about to end early. */
export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}

/**
 * Writes text or bytes to `path` so that the file is either whole or not there: the parts go to a file
 * beside it, which is renamed when complete. `-` is stdout.
 */
export async function writeOutput(
  path: string,
  parts: Iterable<string | Uint8Array>,
  encoding: 'utf8' | 'latin1' = 'utf8',
): Promise<void> {
  if (path === '-') {
    await writeAll(process.stdout, parts, encoding);
    return;
  }
  const temporary = join(dirname(path), `.vtune-${process.pid}-${randomBytes(4).toString('hex')}.part`);
  unfinished.add(temporary);
  try {
    const stream = createWriteStream(temporary, { flags: 'wx' });
    const failed = once(stream, 'error').then(([error]) => Promise.reject(error));
    failed.catch(() => undefined);
    await Promise.race([writeAll(stream, parts, encoding), failed]);
    stream.end();
    await Promise.race([once(stream, 'close'), failed]);
    await rename(temporary, path);
  } catch (error) {
    throw new Problem(
      {
        code: 'write-failed',
        message: `cannot be written (${error instanceof Error ? error.message : String(error)})`,
        file: path,
        hint: 'choose another place with -o',
      },
      { cause: error },
    );
  } finally {
    rmSync(temporary, { force: true });
    unfinished.delete(temporary);
  }
}

/** Writes in blocks of some 64 KiB and waits whenever the reader is slower. */
async function writeAll(
  stream: NodeJS.WritableStream,
  parts: Iterable<string | Uint8Array>,
  encoding: 'utf8' | 'latin1',
): Promise<void> {
  let block: string[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (size === 0) return;
    const more = stream.write(Buffer.from(block.join(''), encoding));
    block = [];
    size = 0;
    if (!more) await once(stream, 'drain');
  };
  for (const part of parts) {
    if (typeof part !== 'string') {
      await flush();
      if (!stream.write(part)) await once(stream, 'drain');
      continue;
    }
    block.push(part);
    size += part.length;
    if (size >= 1 << 16) await flush();
  }
  await flush();
}
