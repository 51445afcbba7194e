import { deviceNumber } from '../../model/io-tables.ts';
import { activeValue, knobs, SETTING } from '../../model/knobs.ts';
import { decodeString } from '../../model/strings.ts';
import type { Context } from '../context.ts';
import { hostFacts } from './host-facts.ts';
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
  for (const folder of queueFolders(context, device)) {
    const found = read.get(folder + file);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** All files below a folder of the queue, by the rest of their path. */
export function queueSettings(
  context: Context,
  device: number,
  below: string,
): Readonly<Record<string, string>> {
  const read = [...context.derive(settingsRead)];
  for (const folder of queueFolders(context, device)) {
    const found = read.filter(([path]) => path.startsWith(folder + below));
    if (found.length > 0)
      return Object.fromEntries(
        found.map(([path, text]) => [path.slice(folder.length + below.length), text]),
      );
  }
  return {};
}

/** Names in /sys/block the device may have: the one the inputs give it, the only one there are settings of. */
export function queueNames(context: Context, device: number): readonly string[] {
  const name = context.derive(deviceNames).get(deviceNumber(device));
  const devices = new Set(
    [...context.derive(settingsRead).keys()].flatMap(
      (path) => /^\/sys\/block\/([^/]+)\//.exec(path)?.[1] ?? [],
    ),
  );
  const found = [
    ...(name === undefined ? [] : [name.replaceAll('/', '!')]),
    ...(devices.size === 1 ? devices : []),
  ];
  return found;
}

function queueFolders(context: Context, device: number): readonly string[] {
  return queueNames(context, device).map((name) => `/sys/block/${name}/queue/`);
}

/** Release of the kernel, as uname -r says it, when the inputs tell and agree. */
export function kernelRelease(context: Context): string | undefined {
  const said =
    context.derive(settingsRead).get('/proc/sys/kernel/osrelease')?.trim() ?? hostFacts(context).kernel;
  return said === undefined || said === '' || said.includes('; ') ? undefined : said;
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
