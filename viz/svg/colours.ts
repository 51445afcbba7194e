export const colourSchemes = ['kind', 'module', 'hot'] as const;
export type Colours = (typeof colourSchemes)[number];

/** Hue, saturation and lightness (percent) per kind; words in the legend say the same. */
const kinds: Readonly<Record<string, readonly [number, number, number]>> = {
  kernel: [208, 55, 70],
  user: [28, 78, 70],
  jit: [150, 42, 66],
  inlined: [46, 80, 68],
  unknown: [220, 6, 76],
  process: [258, 20, 80],
};

/** Fill of a frame: a little different for every name, the same in every run. */
export function colourOf(colours: Colours, kind: string, name: string, module: string): string {
  const shade = (hash(name) % 16) / 15;
  if (colours === 'hot') return hex(shade * 50, 85, 58 + shade * 12);
  if (colours === 'module' && kind !== 'process') return hex(hash(module) % 360, 48, 66 + shade * 10);
  const [hue, saturation, lightness] = kinds[kind] ?? [0, 0, 80];
  return hex(hue + (shade - 0.5) * 14, saturation, lightness + shade * 10);
}

/** `kernel user jit …` in their colours, ending at x. */
export function legendOf(colours: Colours, x: number, y: number): string {
  if (colours !== 'kind') return '';
  const names = ['kernel', 'user', 'jit', 'inlined', 'unknown'];
  let right = x;
  const keys = [...names].reverse().map((name) => {
    const width = name.length * 6.4 + 20;
    right -= width;
    const [hue, saturation, lightness] = kinds[name] ?? [0, 0, 80];
    return `<rect x="${right.toFixed(1)}" y="${y - 9}" width="10" height="10" rx="2" fill="${hex(hue, saturation, lightness)}"/><text class="key" style="text-anchor:start" x="${(right + 14).toFixed(1)}" y="${y}">${name}</text>`;
  });
  return `<g id="legend">${keys.join('')}</g>`;
}

/** Fill of a frame of a differential picture: −1 all blue (less), 1 all orange (more), 0 grey (noise). */
export function changeColour(strength: number): string {
  if (strength === 0) return '#d6dae0';
  const size = 0.3 + 0.7 * Math.min(1, Math.abs(strength));
  return strength > 0 ? hex(28, 90, 88 - 28 * size) : hex(212, 75, 88 - 28 * size);
}

export function changeLegend(x: number, y: number): string {
  const words = [
    ['costs more', 1],
    ['costs less', -1],
    ['noise', 0],
  ] as const;
  let right = x;
  const keys = [...words].reverse().map(([text, strength]) => {
    right -= text.length * 6.4 + 20;
    return `<rect x="${right.toFixed(1)}" y="${y - 9}" width="10" height="10" rx="2" fill="${changeColour(strength)}"/><text class="key" style="text-anchor:start" x="${(right + 14).toFixed(1)}" y="${y}">${text}</text>`;
  });
  return `<g id="legend">${keys.join('')}</g>`;
}

/** `#rrggbb` of a hue in degrees, saturation and lightness in percent (CSS Color 4, 7.1): shorter than hsl(). */
function hex(hue: number, saturation: number, lightness: number): string {
  const [s, l] = [saturation / 100, Math.min(100, lightness) / 100];
  const channel = (n: number): string => {
    const k = (((n + hue / 30) % 12) + 12) % 12;
    const value = l - s * Math.min(l, 1 - l) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(value * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${channel(0)}${channel(8)}${channel(4)}`;
}

function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value ^ (value >>> 15)) >>> 0;
}
