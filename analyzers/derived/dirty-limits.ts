import type { Context } from '../context.ts';
import { lastValue, readingsOf } from './counters/readings.ts';
import { pageSize } from './page-size.ts';
import { settingsRead } from './settings.ts';

/** One of the two bounds on dirty pages, and which of its two knobs is in force. */
export interface DirtyLimit {
  readonly name: 'dirty' | 'dirty_background';
  /** `vm.dirty_bytes`; undefined: neither knob was copied. */
  readonly knob: string | undefined;
  /** What the knob is set to: bytes, or percent of dirtyable memory. */
  readonly set: number;
  readonly inBytes: boolean;
  /** Bytes the kernel made of it (nr_dirty_threshold), last copy; NaN = not copied. */
  readonly threshold: number;
}

/** A value of bytes that is not 0 puts the ratio out of force (Documentation/admin-guide/sysctl/vm.rst). */
export function dirtyLimits(context: Context): readonly DirtyLimit[] {
  const read = context.derive(settingsRead);
  const number = (name: string): number => {
    const text = read.get(`/proc/sys/vm/${name}`);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  const size = context.derive(pageSize);
  return (['dirty_background', 'dirty'] as const).map((name) => {
    const bytes = number(`${name}_bytes`);
    const ratio = number(`${name}_ratio`);
    const inBytes = bytes > 0;
    const known = inBytes || !Number.isNaN(ratio);
    const suffix = name === 'dirty' ? '' : '_background';
    return {
      name,
      knob: known ? `vm.${name}_${inBytes ? 'bytes' : 'ratio'}` : undefined,
      set: inBytes ? bytes : ratio,
      inBytes,
      threshold: lastValue(readingsOf(context, `vmstat nr_dirty${suffix}_threshold`)) * size,
    };
  });
}
