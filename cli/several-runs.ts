import type { Trace } from '../model/trace.ts';
import { groupRuns } from '../workers/run-grouping.ts';

/**
 * A line for each path that holds several runs (variants, repetitions): read together they are one trace, whose
 * numbers mix what should be compared. Empty when every path is one run.
 */
export function severalRuns(paths: readonly string[], { imports }: Trace): readonly string[] {
  return paths.flatMap((path) => {
    // Below /proc every process has a directory, which is no run.
    if (/(?:^|\/)(?:proc|sys)\/*$/.test(path)) return [];
    const prefixes = [`${path.replace(/\/+$/, '')}/`, `${path}!./`, `${path}!`];
    const files = imports.flatMap(({ file, importer }) => {
      const prefix = prefixes.find((each) => file.startsWith(each));
      return prefix === undefined ? [] : [{ name: file.slice(prefix.length), kind: importer }];
    });
    const runs = files.length < 2 ? [] : groupRuns(files).filter(({ name }) => name !== '');
    if (runs.length < 2) return [];
    const shown = runs.slice(0, 3).map(({ name }) => name);
    return [
      `${path} holds ${runs.length} runs (${shown.join(', ')}${runs.length > 3 ? ' …' : ''}), read here as one; vtune compare --group NAME=${path}/${shown[0]} … sets them side by side`,
    ];
  });
}
