import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The longest beginning of a path that is a file: `runs.tar.gz` of `runs.tar.gz/free/rep-01`. */
export async function archiveAround(path: string): Promise<string | undefined> {
  for (let at = dirname(path); at !== '.' && at !== '/'; at = dirname(at)) {
    const stats = await stat(at).catch(() => undefined);
    if (stats?.isFile()) return at;
    if (stats?.isDirectory()) return undefined;
  }
  return undefined;
}

/** Is the content called `archive!member` below this directory of the archive, or that very file? */
export function isInside(name: string, archive: string, inside: string): boolean {
  const member = name.slice(archive.length + 1).replace(/^\.\//, '');
  return member === inside || member.startsWith(`${inside}/`);
}
