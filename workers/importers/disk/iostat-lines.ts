import { isKnownColumn } from './columns.ts';
import { readPrinted } from './printed-number.ts';

/** Header of a device table: where the name stands, and the names of the other columns. */
export interface DeviceHeader {
  readonly text: string;
  readonly nameLast: boolean;
  readonly columns: readonly string[];
}

const cpuWords = /^%(?:user|nice|system|iowait|steal|idle)$/;
/** Lines of a program that writes `date` between runs, or of sysstat with -t in any locale. */
const stamp =
  /^(?:Time: )?(?:\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}日?,?[T ]\s*)?\d{1,2}[:.時时h]\s?\d{2}[:.分m]\s?\d{2}[秒s]?(?:\s?[AaPp]\.?[Mm]\.?)?\s?(?:Z|UTC|[+-]\d{2}:?\d{2})?$/;

export function isStamp(line: string): boolean {
  return line.length < 60 && stamp.test(line);
}

/**
 * Header of a device table, by its columns: the word that is none of them is the device column,
 * first or, with -h, last; its name is translated in some locales.
 */
export function readDeviceHeader(line: string): DeviceHeader | undefined {
  const words = line.trim().split(/\s+/);
  if (words.length < 3 || words.length > 40) return undefined;
  const [first = '', last = ''] = [words[0], words.at(-1)];
  const nameLast = isKnownColumn(first);
  if (isKnownColumn(nameLast ? last : first) || readPrinted(nameLast ? last : first) !== undefined)
    return undefined;
  const columns = nameLast ? words.slice(0, -1) : words.slice(1);
  if (!columns.every((word) => isKnownColumn(word) || /^[%A-Za-z][\w/%-]*$/.test(word))) return undefined;
  return columns.filter(isKnownColumn).length >= 2 ? { text: line.trim(), nameLast, columns } : undefined;
}

/** States of the `avg-cpu:` line, whose first word is translated in some locales. */
export function readCpuHeader(line: string): readonly string[] | undefined {
  const words = line.trim().split(/\s+/);
  const states = words.filter((word) => cpuWords.test(word));
  return states.length >= 4 && states.length >= words.length - 1
    ? states.map((state) => state.slice(1))
    : undefined;
}
