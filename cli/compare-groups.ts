import { Problem } from '../model/problem.ts';
import type { CompareCliOptions } from './compare-options.ts';
import type { GroupPaths } from './read-groups.ts';

/** Which paths make which group, as the user said it. */
export function groupsOf(
  { baseline, candidate, group = [], groupBy }: CompareCliOptions,
  positional: readonly string[] = [],
): {
  groups: GroupPaths[];
  mode: 'gate' | 'groups';
  /** Labels that make groups of all runs, once these are read; empty = whichever they differ in. */
  by?: readonly string[];
} {
  if (positional.length > 0) {
    if (baseline !== undefined || candidate !== undefined || group.length > 0)
      throw usage('PATHs to be grouped stand alone, without --baseline, --candidate and --group');
    const by = (groupBy ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '');
    return { groups: [{ name: 'all', paths: positional }], mode: 'groups', by };
  }
  if (groupBy !== undefined) throw usage('--group-by needs PATHs to group');
  if (group.length > 0) {
    if (baseline !== undefined || candidate !== undefined) {
      throw usage('--group stands alone, without --baseline and --candidate');
    }
    const groups = namedGroups(group.flat());
    if (groups.length < 2) throw usage('a comparison needs two groups or more');
    return { groups, mode: 'groups' };
  }
  if (baseline === undefined || candidate === undefined) throw usage('what to compare is missing');
  return {
    groups: [
      { name: 'baseline', paths: baseline },
      { name: 'candidate', paths: candidate },
    ],
    mode: 'gate',
  };
}

/** `free=runs/free` begins a group; a path without a name belongs to the group before it. */
function namedGroups(texts: readonly string[]): GroupPaths[] {
  const groups: { name: string; paths: string[] }[] = [];
  for (const text of texts) {
    const found = /^([^=/]+)=(.+)$/s.exec(text);
    const [, name, path] = found ?? [];
    const last = groups.at(-1);
    if (name !== undefined && path !== undefined) {
      const same = groups.find((each) => each.name === name);
      if (same === undefined) groups.push({ name, paths: [path] });
      else same.paths.push(path);
    } else if (last !== undefined) last.paths.push(text);
    else throw usage(`--group ${text} has no name`);
  }
  return groups;
}

export function usage(message: string): Problem {
  return new Problem({
    code: 'usage',
    message,
    hint: 'vtune compare --baseline runs/main --candidate runs/new, --group free=runs/free --group pinned=runs/pinned, or PATHs to be grouped by --group-by LABEL',
  });
}
