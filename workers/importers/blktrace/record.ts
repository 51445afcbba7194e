/** First 24 bits of `blk_io_trace.magic`; the low byte is the version (include/uapi/linux/blktrace_api.h). */
export const MAGIC = 0x65617400;
export const VERSION = 7;
/** Bytes of a record before its payload. */
export const HEADER = 48;

/** Whether numbers are little-endian; undefined when the bytes begin with no record. */
export function byteOrder(bytes: Uint8Array): 'little' | 'big' | undefined {
  if (bytes.length < 4) return undefined;
  if (bytes[1] === 0x74 && bytes[2] === 0x61 && bytes[3] === 0x65) return 'little';
  if (bytes[0] === 0x65 && bytes[1] === 0x61 && bytes[2] === 0x74) return 'big';
  return undefined;
}

/** Low 16 bits of `action`: BLK_TA_*. */
export const act = {
  queue: 1,
  backMerge: 2,
  frontMerge: 3,
  getrq: 4,
  sleep: 5,
  requeue: 6,
  issue: 7,
  complete: 8,
  plug: 9,
  unplug: 10,
  unplugTimer: 11,
  insert: 12,
  split: 13,
  bounce: 14,
  remap: 15,
} as const;

/** Bit of the low half: the payload begins with 8 bytes of cgroup id (__BLK_TA_CGROUP). */
export const CGROUP = 0x100;

/** High 16 bits of `action`: BLK_TC_*. */
export const category = {
  write: 0x2,
  flush: 0x4,
  sync: 0x8,
  command: 0x200,
  notify: 0x400,
  ahead: 0x800,
  meta: 0x1000,
  discard: 0x2000,
  fua: 0x8000,
} as const;

/** `act` of a notification: BLK_TN_*. */
export const notice = { process: 0, timestamp: 1, message: 2 } as const;
