export interface SourcePlace {
  /** Relative to the repository. */
  readonly file: string;
  readonly line: number;
}

/**
 * `src/codec.c:12` or `file:///app/server.js:10:3` as a place in the repository whose folder is
 * `root`; undefined when it is no place, or lies elsewhere: readers resolve a path against the
 * repository, so another's must not pass for one of its own.
 */
export function sourceOf(text: string, root = ''): SourcePlace | undefined {
  const found = /^(?:file:\/\/)?(.+?):(\d+)(?::\d+)?$/.exec(text);
  if (found === null) return undefined;
  const [, path = '', line = ''] = found;
  const parts = normal(path);
  const file = path.startsWith('/') ? below(parts, normal(root), root) : parts;
  const outside = file === undefined || file.length === 0 || file[0] === '..';
  // `node:internal/fs`, `webpack://app/a.ts` and `C:\a.c` are no paths here.
  if (outside || /^[A-Za-z][\w+.-]*:/.test(path)) return undefined;
  return Number(line) > 0 ? { file: file.join('/'), line: Number(line) } : undefined;
}

/** Parts of a path without `.`, and `..` only at its head. */
function normal(path: string): string[] {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts;
}

function below(
  parts: readonly string[],
  root: readonly string[],
  given: string,
): readonly string[] | undefined {
  return given !== '' && root.every((part, i) => parts[i] === part) ? parts.slice(root.length) : undefined;
}
