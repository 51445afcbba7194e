import { ACTIVE_PROFILE, CONFIGURED } from '../../model/knobs.ts';
import { decodeString } from '../../model/strings.ts';
import type { Context } from '../context.ts';

/** One line of a configuration that wants a file of /proc/sys to hold a value. */
export interface ConfiguredSetting {
  /** `/proc/sys/vm/swappiness`. */
  readonly path: string;
  readonly value: string;
  /** `/etc/sysctl.d/90.conf`. */
  readonly file: string;
  readonly line: number;
  /** The profile whose tuned.conf it stands in; undefined = sysctl. */
  readonly profile: string | undefined;
}

/** Directories of sysctl.d(5): a file in an earlier one replaces those of its name in later ones. */
const directories = ['/etc/', '/run/', '/usr/local/lib/', '/usr/lib/', '/lib/'];

export function configuredSettings({ trace }: Context): readonly ConfiguredSetting[] {
  const { key, value } = trace.tables.facts.columns;
  const found: ConfiguredSetting[] = [];
  for (let row = 0; row < trace.tables.facts.length; row++) {
    const name = decodeString(trace.strings, key[row] as number);
    if (!name.startsWith(CONFIGURED)) continue;
    const [text = '', file = '', line = ''] = decodeString(trace.strings, value[row] as number).split('\t');
    const profile = /\/tuned\/(?:profiles\/)?([^/]+)\/tuned\.conf$/.exec(file)?.[1];
    found.push({
      path: name.slice(CONFIGURED.length),
      value: text,
      file,
      line: Number(line),
      profile: profile ?? (file.endsWith('tuned.conf') ? '' : undefined),
    });
  }
  return found;
}

/** Names of the profiles of TuneD that are active; empty when the capture does not tell. */
export function activeProfiles({ trace }: Context): readonly string[] {
  const { key, value } = trace.tables.facts.columns;
  for (let row = trace.tables.facts.length - 1; row >= 0; row--) {
    if (decodeString(trace.strings, key[row] as number) === ACTIVE_PROFILE)
      return decodeString(trace.strings, value[row] as number)
        .split(/\s+/)
        .filter((name) => name !== '');
  }
  return [];
}

/**
 * The line that is applied last for each path: files of sysctl.d by name, later ones over earlier, then /etc/sysctl.conf,
 * then the active profiles of TuneD. Globs and values TuneD has to work out (`${…}`, `>…`) are left out.
 */
export function effectiveSettings(context: Context): ReadonlyMap<string, ConfiguredSetting> {
  const all = context
    .derive(configuredSettings)
    .filter(({ path, value }) => !path.includes('*') && !/^[<>]|\$\{/.test(value));
  const active = context.derive(activeProfiles);
  const plain = all.filter(({ profile }) => profile === undefined);
  const kept = new Map<string, string>();
  for (const { file } of plain) {
    const before = kept.get(baseOf(file));
    if (before === undefined || rank(file) < rank(before)) kept.set(baseOf(file), file);
  }
  const order = (setting: ConfiguredSetting): string =>
    setting.file === '/etc/sysctl.conf' ? '\uffff' : baseOf(setting.file);
  const sysctl = plain
    .filter(({ file }) => kept.get(baseOf(file)) === file)
    .sort((a, b) => (order(a) < order(b) ? -1 : order(a) > order(b) ? 1 : a.line - b.line));
  const tuned = active.flatMap((name) => all.filter(({ profile }) => profile === name));
  return new Map([...sysctl, ...tuned].map((setting) => [setting.path, setting]));
}

const baseOf = (file: string): string => file.slice(file.lastIndexOf('/') + 1);

function rank(file: string): number {
  const found = directories.findIndex((directory) => file.startsWith(directory));
  return found < 0 ? directories.length : found;
}
