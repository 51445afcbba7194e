import { sysctlPath } from './sysctl-path.ts';

/** Which program reads a configuration: sysctl (sysctl.conf(5), sysctl.d(5)) or TuneD (tuned.conf(5)). */
export type ConfigurationKind = 'sysctl' | 'tuned' | 'active profile';

/** Where configurations are in the live system, in a tree or with `/` as `@`. */
const sysctlName = /(?:^|\/)(?:etc\/sysctl\.conf|sysctl\.d\/[^/]+\.conf)$/;
const tunedName = /(?:^|\/)tuned\/(?:.*\/)?tuned\.conf$/;
const activeName = /(?:^|\/)tuned\/active_profile$/;

/** `-vm.swappiness = 10`: a dash in front says that a failure does not matter. */
export const assignment = /^-?\s*([\w*./:@-]+?)\s*=\s*(.*)$/;
export const isComment = (line: string): boolean => /^[#;]/.test(line);

/** The file in the live system, `/etc/sysctl.d/90.conf`; the name as it is where it does not tell. */
export function configurationFile(name: string): string {
  const path = name.slice(name.lastIndexOf('!') + 1).replaceAll('@', '/');
  const found = /(?:^|\/)((?:etc|run|usr(?:\/local)?\/lib|lib)\/(?:sysctl|tuned)[./].*)$/.exec(path)?.[1];
  return found === undefined ? path.slice(path.lastIndexOf('/') + 1) : `/${found}`;
}

/** By its name, else by what only configurations hold: sections of TuneD, comments, assignments as sysctl never prints them. */
export function configurationKind(text: string, name: string): ConfigurationKind | undefined {
  const path = name.slice(name.lastIndexOf('!') + 1).replaceAll('@', '/');
  if (activeName.test(path)) return /^[\w. -]*\n?$/.test(text) ? 'active profile' : undefined;
  const lines = text.split('\n').map((line) => line.trim());
  const own = lines.filter((line) => line !== '' && !isComment(line));
  if (own.some((line) => /^\[(?:main|sysctl)\]$/.test(line))) return isTuned(own) ? 'tuned' : undefined;
  if (tunedName.test(path)) return 'tuned';
  if (!own.every(isSysctl)) return undefined;
  if (sysctlName.test(path)) return 'sysctl';
  const hasMarks = own.length < lines.filter((line) => line !== '').length;
  const isWritten = own.some((line) => !/^[^=\s]+ =(?: |$)/.test(line));
  return own.length > 0 && (hasMarks || isWritten) ? 'sysctl' : undefined;
}

export const isConfiguration = (text: string, name: string): boolean =>
  configurationKind(text, name) !== undefined;

function isTuned(lines: readonly string[]): boolean {
  return lines.every((line) => /^\[[^\]]+\]$/.test(line) || line.includes('='));
}

function isSysctl(line: string): boolean {
  const name = assignment.exec(line)?.[1];
  // `-net/ipv4/conf/all` alone keeps a file out of what globs set.
  return name === undefined ? /^-[\w*./:@-]+$/.test(line) : sysctlPath(name) !== undefined;
}
