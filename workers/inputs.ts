import { stat } from 'node:fs/promises';
import { glob, isDynamicPattern } from 'tinyglobby';
import { Problem } from '../model/problem.ts';
import { archiveAround } from './archive-path.ts';
import { openProblem } from './content.ts';

/** One thing on disk to read, or `-` for stdin. */
export interface Input {
  readonly path: string;
  /** Bytes on disk; 0 for stdin and pipes. */
  readonly size: number;
  /** Of an archive, the directory or file in it that is meant. */
  readonly inside?: string;
}

/**
 * Files behind what the user typed, in the order typed: a file is itself, a directory is every
 * file below it in name order, a pattern is every file it matches, `runs.tar.gz/free` what an archive holds there. The same file is read once.
 */
export async function resolveInputs(paths: readonly string[]): Promise<Input[]> {
  const inputs = new Map<string, Input>();
  for (const path of paths) {
    for (const input of await resolveOne(path)) {
      const key = `${input.path}!${input.inside ?? ''}`;
      if (!inputs.has(key)) inputs.set(key, input);
    }
  }
  return [...inputs.values()];
}

async function resolveOne(path: string): Promise<Input[]> {
  if (path === '-') return [{ path, size: 0 }];
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) return [{ path, size: stats.isFile() ? stats.size : 0 }];
    return await matching('**/*', path, `${path} holds no files`);
  } catch (error) {
    if (error instanceof Problem) throw error;
    const archive = await archiveAround(path);
    if (archive !== undefined) {
      const inside = path.slice(archive.length + 1).replace(/\/+$/, '');
      return [{ path: archive, size: (await stat(archive)).size, inside }];
    }
    if (isDynamicPattern(path)) return matching(path, undefined, `no file matches ${path}`);
    throw openProblem(path, error as NodeJS.ErrnoException);
  }
}

async function matching(pattern: string, directory: string | undefined, none: string): Promise<Input[]> {
  const found = await glob(pattern, {
    ...(directory === undefined ? {} : { cwd: directory }),
    dot: false,
    onlyFiles: true,
    followSymbolicLinks: false,
  });
  if (found.length === 0) throw new Problem({ code: 'empty', message: none, hint: 'check the path' });
  const prefix = directory === undefined ? '' : `${directory.replace(/\/+$/, '')}/`;
  return Promise.all(
    found.sort().map(async (name) => ({ path: prefix + name, size: (await stat(prefix + name)).size })),
  );
}
