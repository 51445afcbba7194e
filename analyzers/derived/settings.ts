import { deviceNumber } from '../../model/io-tables.ts';
import { activeValue, knobs, SETTING } from '../../model/knobs.ts';
import { decodeString } from '../../model/strings.ts';
import type { Context } from '../context.ts';
import { deviceNames } from './io/device-names.ts';

/** What files of /sys and /proc said, by their path. A knob read several times holds its last value. */
export function settingsRead({ trace }: Context): ReadonlyMap<string, string> {
  const { key, value } = trace.tables.facts.columns;
  const found = new Map<string, string>();
  for (let row = 0; row < trace.tables.facts.length; row++) {
    const name = decodeString(trace.strings, key[row] as number);
    if (name.startsWith(SETTING))
      found.set(name.slice(SETTING.length), decodeString(trace.strings, value[row] as number));
  }
  return found;
}

/**
 * Knobs of the run as labels: `{scheduler: 'bfq'}`. A knob that several devices have and that differs
 * between them names each: `sda bfq, sdb none`.
 */
export function knobLabels(context: Context): Readonly<Record<string, string>> {
  const read = context.derive(settingsRead);
  const labels: Record<string, string> = {};
  for (const { name, path } of knobs) {
    const values = [...read].flatMap(([file, text]) => {
      const found = path.exec(file);
      return found === null ? [] : [{ of: found[1] ?? '', value: activeValue(text) }];
    });
    const distinct = [...new Set(values.map(({ value }) => value))];
    if (distinct.length === 1) labels[name] = distinct[0] as string;
    else if (distinct.length > 1) labels[name] = values.map(({ of, value }) => `${of} ${value}`).join(', ');
  }
  return labels;
}

/**
 * A file below `queue/` of the device with this number, `iosched/read_expire`. Which name a number has
 * is known from the inputs, or because the settings are of one device only.
 */
export function queueSetting(context: Context, device: number, file: string): string | undefined {
  const read = context.derive(settingsRead);
  const name = context.derive(deviceNames).get(deviceNumber(device));
  if (name !== undefined) {
    const own = read.get(`/sys/block/${name.replaceAll('/', '!')}/queue/${file}`);
    if (own !== undefined) return own;
  }
  const devices = new Set(
    [...read.keys()].flatMap((path) => /^\/sys\/block\/([^/]+)\//.exec(path)?.[1] ?? []),
  );
  return devices.size === 1 ? read.get(`/sys/block/${[...devices][0]}/queue/${file}`) : undefined;
}

/** The active scheduler of a device; undefined when the captures do not tell. */
export function schedulerOf(context: Context, device: number): string | undefined {
  const text = queueSetting(context, device, 'scheduler');
  return text === undefined ? undefined : activeValue(text);
}

/** A setting that is a number; `fallback` is the kernel's default. */
export function numberSetting(
  context: Context,
  device: number,
  file: string,
  fallback: number,
): { readonly value: number; readonly captured: boolean } {
  const value = Number(queueSetting(context, device, file) ?? Number.NaN);
  return Number.isFinite(value) ? { value, captured: true } : { value: fallback, captured: false };
}
