import { NEWLINE } from './bytes.ts';
import type { Importer, Source } from './importers/importer.ts';

/**
 * Index of the first record start at or after `from`, or −1 when none is known yet. Only lines
 * that are complete are asked about; `atEnd` says the bytes end where the file ends.
 */
export function nextRecordStart(
  bytes: Uint8Array,
  from: number,
  importer: Importer,
  source: Source,
  atEnd: boolean,
): number {
  if (importer.isRecordStart === undefined) return -1;
  let at = from;
  if (at > 0 && bytes[at - 1] !== NEWLINE) {
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline < 0) return -1;
    at = newline + 1;
  }
  while (at < bytes.length) {
    const newline = bytes.indexOf(NEWLINE, at);
    if (newline < 0 && !atEnd) return -1;
    if (importer.isRecordStart(bytes, at, source)) return at;
    if (newline < 0) return -1;
    at = newline + 1;
  }
  return -1;
}

/** Index of the last record start above 0 whose line is complete, or −1. */
export function lastRecordStart(bytes: Uint8Array, importer: Importer, source: Source): number {
  if (importer.isRecordStart === undefined) return -1;
  let lineStop = bytes.lastIndexOf(NEWLINE);
  while (lineStop > 0) {
    const at = bytes.lastIndexOf(NEWLINE, lineStop - 1) + 1;
    if (at === 0) return -1;
    if (importer.isRecordStart(bytes, at, source)) return at;
    lineStop = at - 1;
  }
  return -1;
}
