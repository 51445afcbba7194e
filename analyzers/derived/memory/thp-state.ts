import { activeValue } from '../../../model/knobs.ts';
import type { Context } from '../../context.ts';
import { settingsRead } from '../settings.ts';

export const THP_FOLDER = '/sys/kernel/mm/transparent_hugepage/';

/** What `enabled` is set to: always, madvise or never; undefined when not copied. */
export function activeThp(context: Context): string | undefined {
  return thpChoice(context, 'enabled', /^(?:always|madvise|never)$/);
}

/** The choice between brackets of a file of the directory; undefined when it is none of those there are. */
export function thpChoice(context: Context, file: string, valid: RegExp): string | undefined {
  const text = context.derive(settingsRead).get(THP_FOLDER + file);
  const value = text === undefined ? undefined : activeValue(text);
  return value !== undefined && valid.test(value) ? value : undefined;
}
