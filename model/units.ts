/** Units a metric or a weight can have. The only place numbers become text is `formatValue`. */
export const units = [
  'ns',
  's',
  'share',
  'samples',
  'cycles',
  'instructions',
  'bytes',
  'faults',
  'switches',
  'events',
  'count',
  'hz',
  'task-s',
  'load',
  'tasks',
  '1/s',
  'bytes/s',
  'requests',
] as const;
export type Unit = (typeof units)[number];

const durations: readonly (readonly [number, string])[] = [
  [3600e9, 'h'],
  [60e9, 'min'],
  [1e9, 's'],
  [1e6, 'ms'],
  [1e3, 'µs'],
  [0, 'ns'],
];
const scales: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
  [0, ''],
];
const binaryScales: readonly (readonly [number, string])[] = [
  [2 ** 40, 'TiB'],
  [2 ** 30, 'GiB'],
  [2 ** 20, 'MiB'],
  [2 ** 10, 'KiB'],
  [0, 'B'],
];

/** A number with its unit: `1.23 s`, `4.5 %`, `12.3 M cycles`, `4 096 samples`. NaN prints as `–`. */
export function formatValue(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return '–';
  switch (unit) {
    case 'share':
      return formatShare(value);
    case 's':
      return value === 0 ? '0 s' : scaled(value * 1e9, durations, ' ');
    case 'ns':
      return scaled(value, durations, ' ');
    case 'bytes':
      return scaled(value, binaryScales, ' ');
    case 'bytes/s':
      return `${scaled(value, binaryScales, ' ')}/s`;
    case '1/s':
      return `${scaled(value, scales, ' ').trim()}${Math.abs(value) < 1e3 ? ' ' : ''}/s`;
    case 'hz':
      return `${scaled(value, scales, ' ').trim()}${Math.abs(value) < 1e3 ? ' ' : ''}Hz`;
    case 'task-s':
    case 'tasks':
    case 'requests':
      return `${minus(significant(value))} ${unit}`;
    case 'load':
      return minus(Math.abs(value) < 0.005 ? significant(value) : value.toFixed(2));
    case 'count':
      return formatCount(value);
    case 'samples':
      return `${formatCount(value)} samples`;
    default: {
      const number = scaled(value, scales, ' ');
      return `${number.trim()} ${unit}`;
    }
  }
}

/** `0.0421` → `4.2 %`; shares below a tenth of a percent keep two digits; never rounds to a false 0 or 100. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return '–';
  const percent = share * 100;
  const size = Math.abs(percent);
  if (size === 0) return '0 %';
  if (size < 0.01) return `${percent < 0 ? '−' : ''}<0.01 %`;
  if (size < 0.1) return `${minus(percent.toFixed(2))} %`;
  if (size < 100 && size >= 99.95) return '>99.9 %';
  return `${minus(percent.toFixed(1))} %`;
}

/** Integer with thin groups of three: `12 345`; other numbers with up to three significant digits. */
export function formatCount(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (!Number.isInteger(value)) return minus(significant(value));
  return minus(String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f'));
}

function scaled(value: number, steps: readonly (readonly [number, string])[], gap: string): string {
  const size = Math.abs(value);
  for (const [factor, name] of steps) {
    if (size >= factor && (factor > 0 || size < 1e3)) {
      return minus(`${significant(value / (factor || 1))}${gap}${name}`);
    }
  }
  return minus(`${significant(value)}${gap}${steps.at(-1)?.[1] ?? ''}`);
}

function significant(value: number): string {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 100) return value.toFixed(0);
  if (size >= 10) return trimZeros(value.toFixed(1));
  if (size >= 1) return trimZeros(value.toFixed(2));
  return trimZeros(value.toPrecision(2));
}

function trimZeros(text: string): string {
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
}

function minus(text: string): string {
  return text.replace(/^-/, '−');
}
