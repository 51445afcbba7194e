/**
 * The kernel's ring buffer pages (include/linux/ring_buffer.h, Documentation/trace/ring-buffer-design):
 * a page begins with its time (u64) and its commit word; records follow, each with a header of
 * 5 bits type_len and 27 bits time_delta.
 */

const PADDING = 29;
const TIME_EXTEND = 30;
const TIME_STAMP = 31;
/** Flags in the upper bits of the commit word: events were lost before this page; their number is stored. */
const MISSED = 2 ** 31;
const MISSED_STORED = 2 ** 30;
const LENGTH_MASK = 2 ** 27 - 1;

/** Where the fields of a page header lie; sizes follow the kernel's long. */
export interface PageLayout {
  readonly commitOffset: number;
  readonly commitSize: number;
  readonly dataOffset: number;
}

/** `field: local_t commit; offset:8; size:8;` and `field: char data; offset:16;` of header_page. */
export function pageLayout(text: string): PageLayout {
  const field = (name: string): { offset: number; size: number } | undefined => {
    const found = new RegExp(`\\b${name};\\s*offset:(\\d+);\\s*size:(\\d+)`).exec(text);
    return found === null ? undefined : { offset: Number(found[1]), size: Number(found[2]) };
  };
  const commit = field('commit');
  return {
    commitOffset: commit?.offset ?? 8,
    commitSize: commit?.size ?? 8,
    dataOffset: field('data')?.offset ?? 16,
  };
}

/** Steps through the records of one CPU's pages in the order in which they were written. */
export class PageReader {
  readonly bytes: Uint8Array;
  /** ns, or ticks of the clock. */
  time = 0;
  /** The record is bytes[start, end). */
  start = 0;
  end = 0;
  /** Events lost before the record read last: 0 = none, NaN = some, number not known. */
  lost = 0;
  /** Pages that could not be read, and the offset of the first within `bytes`. */
  damaged = 0;
  firstDamaged = Number.NaN;
  readonly #view: DataView;
  readonly #layout: PageLayout;
  readonly #pageSize: number;
  readonly #little: boolean;
  #page: number;
  #at = 0;
  #stop = 0;

  constructor(bytes: Uint8Array, pageSize: number, layout: PageLayout, little: boolean) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#layout = layout;
    this.#pageSize = Math.max(64, pageSize);
    this.#little = little;
    this.#page = -this.#pageSize;
  }

  /** Moves to the next record; false at the end. */
  next(): boolean {
    this.lost = 0;
    for (;;) {
      if (this.#at + 4 > this.#stop && !this.#nextPage()) return false;
      if (this.#at + 4 > this.#stop) continue;
      const head = this.#u32(this.#at);
      const type = this.#little ? head & 31 : head >>> 27;
      const delta = this.#little ? head >>> 5 : head & 0x7ffffff;
      if (type > 0 && type < PADDING) {
        this.time += delta;
        return this.#take(this.#at + 4, type * 4);
      }
      if (this.#at + 8 > this.#stop) {
        this.#at = this.#stop;
        continue;
      }
      const word = this.#u32(this.#at + 4);
      if (type === 0) {
        this.time += delta;
        return this.#take(this.#at + 8, Math.max(0, word - 4));
      }
      if (type === PADDING) {
        // A padding without a delta fills the rest of the page; others were discarded in place.
        this.time += delta;
        this.#at = delta === 0 ? this.#stop : this.#at + 4 + word;
      } else {
        if (type === TIME_EXTEND) this.time += word * 2 ** 27 + delta;
        else if (type === TIME_STAMP) this.time = word * 2 ** 27 + delta;
        this.#at += 8;
      }
    }
  }

  #take(start: number, size: number): boolean {
    this.start = start;
    this.end = Math.min(start + size, this.#stop);
    // Records are rounded up to words.
    this.#at = start + Math.ceil(size / 4) * 4;
    return true;
  }

  #nextPage(): boolean {
    for (;;) {
      this.#page += this.#pageSize;
      const { commitOffset, commitSize, dataOffset } = this.#layout;
      if (this.#page + dataOffset > this.bytes.length) return false;
      this.time = this.#u64(this.#page);
      // Flags make the word negative; its lower half is all that is wanted.
      const low = this.#u32(this.#page + commitOffset + (commitSize === 8 && !this.#little ? 4 : 0));
      const length = low & LENGTH_MASK;
      this.#at = this.#page + dataOffset;
      this.#stop = Math.min(this.#at + length, this.bytes.length);
      if (dataOffset + length > this.#pageSize) {
        this.damaged++;
        if (Number.isNaN(this.firstDamaged)) this.firstDamaged = this.#page;
        continue;
      }
      if ((low & MISSED) !== 0) this.lost = (low & MISSED_STORED) !== 0 ? this.#storedCount() : Number.NaN;
      if (length > 0) return true;
    }
  }

  /** The number of lost events stands behind the last record. */
  #storedCount(): number {
    if (this.#stop + 8 > this.bytes.length) return Number.NaN;
    return this.#layout.commitSize === 8 ? this.#u64(this.#stop) : this.#u32(this.#stop);
  }

  #u32(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }

  #u64(at: number): number {
    const [low, high] = this.#little
      ? [this.#u32(at), this.#u32(at + 4)]
      : [this.#u32(at + 4), this.#u32(at)];
    return high * 2 ** 32 + low;
  }
}
