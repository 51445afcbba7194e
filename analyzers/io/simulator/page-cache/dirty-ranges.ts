/** Dirty sectors in the order they were written, what lies together joined: a ring of pairs that grows. */
export interface DirtyRanges {
  add(sector: number, sectors: number): void;
  /** Takes up to `most` sectors that lie together from the oldest range; returns how many, 0 of nothing. */
  take(most: number): number;
  /** First sector of what `take` took. */
  sector(): number;
}

export function createDirtyRanges(): DirtyRanges {
  let ranges = new Float64Array(1 << 12);
  let from = 0;
  let count = 0;
  let taken = 0;
  const at = (index: number): number => (2 * (from + index)) % ranges.length;
  return {
    add: (sector, sectors) => {
      const last = at(count - 1);
      if (count > 0 && (ranges[last] as number) + (ranges[last + 1] as number) === sector) {
        ranges[last + 1] = (ranges[last + 1] as number) + sectors;
        return;
      }
      if (2 * count === ranges.length) {
        const wider = new Float64Array(ranges.length * 2);
        for (let i = 0; i < count; i++) wider.set(ranges.subarray(at(i), at(i) + 2), 2 * i);
        ranges = wider;
        from = 0;
      }
      ranges[at(count)] = sector;
      ranges[at(count) + 1] = sectors;
      count++;
    },
    take: (most) => {
      if (count === 0) return 0;
      const first = at(0);
      taken = ranges[first] as number;
      const sectors = Math.min(most, ranges[first + 1] as number);
      ranges[first] = taken + sectors;
      ranges[first + 1] = (ranges[first + 1] as number) - sectors;
      if (ranges[first + 1] === 0) {
        from = (from + 1) % (ranges.length / 2);
        count--;
      }
      return sectors;
    },
    sector: () => taken,
  };
}
