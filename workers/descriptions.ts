import { open, readFile, stat } from 'node:fs/promises';
import { Problem } from '../model/problem.ts';
import { importersThatClaim } from './plan.ts';

/** Bytes that tell a description from a capture. */
const HEAD = 64 << 10;
/** Workloads and devices are written by people: what is larger was not meant. */
const MOST_BYTES = 64 * 2 ** 20;

/** A text as it was read, and the file for errors. */
export interface DescriptionText {
  readonly file: string;
  readonly text: string;
}

/**
 * Is this a workload as a person describes it: a fio job file, or JSON? What an importer reads is a capture, and so
 * is stdin, several paths, a directory, and what is not there: reading it says what is wrong.
 */
export async function isDescription(paths: readonly string[]): Promise<boolean> {
  const [path = '-'] = paths;
  if (paths.length !== 1 || path === '-') return false;
  if (path.endsWith('.fio')) return true;
  const head = await headOf(path);
  if (head === undefined || head.includes(0) || importersThatClaim(head, path).length > 0) return false;
  const text = head.toString('latin1');
  return /^\s*\{/.test(text) || /^\s*\[[^\]\n]+\][ \t\r]*$/m.test(text);
}

/** Reads a description whole. Throws a Problem when it cannot be read, or is larger than one can be. */
export async function readDescription(file: string): Promise<DescriptionText> {
  try {
    if ((await stat(file)).size > MOST_BYTES) {
      throw new Problem({
        code: 'too-large',
        message: 'is larger than 64 MiB, too large for a description',
        file,
        hint: 'give a fio job file or JSON as docs/simulator.md describes',
      });
    }
    return { file, text: await readFile(file, 'utf8') };
  } catch (error) {
    if (error instanceof Problem) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Problem(
      {
        code: code === 'EACCES' ? 'no-permission' : 'not-found',
        message: `cannot be read (${message})`,
        file,
        hint: 'check the path',
      },
      { cause: error },
    );
  }
}

async function headOf(path: string): Promise<Buffer | undefined> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD), 0, HEAD, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
