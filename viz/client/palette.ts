import { hsl } from 'd3';

/** Hue and saturation per kind, in the order of frameKinds (unknown, user, kernel, jit, inlined), then processes. */
const hues: readonly (readonly [number, number])[] = [
  [220, 0.06],
  [28, 0.72],
  [208, 0.55],
  [150, 0.42],
  [46, 0.75],
  [258, 0.2],
];
export const PROCESS = 5;

export interface Palette {
  /** Fill of a frame; neighbours of one kind differ a little, so that edges show. */
  fill(kind: number, fn: number): string;
  /** Fill of a frame of a differential flame graph: −1 all blue (less), 1 all orange (more), 0 grey. */
  change(strength: number): string;
  readonly dim: string;
  readonly text: string;
  readonly dimText: string;
  readonly match: string;
  readonly outline: string;
  readonly background: string;
}

export function palette(dark: boolean): Palette {
  const cache = new Map<number, string>();
  return {
    fill(kind, fn) {
      const shade = (Math.imul(fn + 1, 0x9e3779b1) >>> 28) / 15;
      const key = kind * 16 + Math.round(shade * 15);
      let colour = cache.get(key);
      if (colour === undefined) {
        const [hue, saturation] = hues[kind] ?? [0, 0];
        const lightness = dark ? 0.3 + shade * 0.09 : 0.7 + shade * 0.12;
        colour = hsl(hue + (shade - 0.5) * 14, saturation, lightness).formatHex();
        cache.set(key, colour);
      }
      return colour;
    },
    change(strength) {
      if (strength === 0) return dark ? '#3a3f47' : '#d6dae0';
      const size = 0.3 + 0.7 * Math.min(1, Math.abs(strength));
      const [hue, saturation] = strength > 0 ? [28, 0.9] : [212, 0.75];
      return hsl(hue, saturation, dark ? 0.22 + 0.16 * size : 0.88 - 0.28 * size).formatHex();
    },
    dim: dark ? '#262a31' : '#eceef1',
    text: dark ? '#f2f4f7' : '#16191d',
    dimText: dark ? '#8a93a0' : '#6b7480',
    match: dark ? '#c850c0' : '#d957d0',
    outline: dark ? '#ffffff' : '#000000',
    background: dark ? '#14171c' : '#ffffff',
  };
}
