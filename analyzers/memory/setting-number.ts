import type { Context } from '../context.ts';
import { settingsRead } from '../derived/settings.ts';

/** A setting that is a number; NaN when it was not captured or is none. */
export function numberOf(context: Context, path: string): number {
  const text = context.derive(settingsRead).get(path)?.trim() ?? '';
  return /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
}
