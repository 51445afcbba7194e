import { blockFlag, blockOpId } from '../../../model/io-tables.ts';

const F = 70;
const letterOps: Readonly<Record<number, number>> = {
  82: blockOpId.read,
  87: blockOpId.write,
  68: blockOpId.discard,
  70: blockOpId.flush,
  78: blockOpId.other,
  90: blockOpId.other,
};

/** What rwbs says: operation and flags. */
export interface Rwbs {
  op: number;
  flags: number;
}

/**
 * Reads the letters of blk_fill_rwbs (kernel/trace/blktrace.c) in bytes[from, to) into `into`: an F
 * before an operation is a preflush, alone it is the operation; then F = FUA, A = read ahead,
 * S = sync, M = metadata. DE (secure erase), ZA, ZR … (zones) and WZ have a second letter. False
 * when the letters are none of these.
 */
export function readRwbs(bytes: Uint8Array, from: number, to: number, into: Rwbs): boolean {
  let at = from;
  into.flags = 0;
  if (bytes[at] === F && at + 1 < to && letterOps[bytes[at + 1] as number] !== undefined) {
    into.flags = blockFlag.preflush;
    at++;
  }
  const op = at < to ? letterOps[bytes[at] as number] : undefined;
  if (op === undefined) return from === to;
  into.op = op;
  const letter = bytes[at++];
  // An operation without data behind a preflush is the flush itself.
  if (letter === 78 && into.flags !== 0) into.op = blockOpId.flush;
  if (letter === 87 && bytes[at] === 90) {
    into.op = blockOpId['write zeroes'];
    at++;
  } else if (letter === 68 && bytes[at] === 69) at++;
  else if (letter === 90) while (at < to && bytes[at] !== 83) at++;
  for (; at < to; at++) {
    switch (bytes[at]) {
      case F:
        into.flags |= blockFlag.fua;
        break;
      case 65:
        into.flags |= blockFlag.readAhead;
        break;
      case 83:
        into.flags |= blockFlag.sync;
        break;
      case 77:
        into.flags |= blockFlag.meta;
        break;
      default:
        // Later kernels add letters (U, atomic).
        if (!((bytes[at] as number) >= 65 && (bytes[at] as number) <= 90)) return false;
    }
  }
  return true;
}
