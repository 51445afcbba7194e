const amount = /^(\d+(?:\.\d+)?)\s*([kKMGTPE]?)(i?)(B?)$/;
const powers = ['', 'K', 'M', 'G', 'T', 'P', 'E'] as const;

/**
 * Bytes as people print them: `1.5GiB` and `736.0K` are powers of 1024, `1.18kB` and `12MB` of 1000, `656B` and
 * `65687552` neither. NaN when it is none, `--` and `-` among them.
 */
export function bytesOf(text: string): number {
  const found = amount.exec(text.trim());
  if (found === null) return Number.NaN;
  const [, number = '', scale = '', binary = '', unit = ''] = found;
  const power = powers.indexOf(scale.toUpperCase() as (typeof powers)[number]);
  // A bare letter is how systemd counts: K is 1024.
  const base = binary === 'i' || (unit === '' && scale !== '') ? 1024 : 1000;
  return Number(number) * base ** power;
}

/** `12.3%` → 0.123; NaN when it is no percentage. */
export function shareOf(text: string): number {
  const found = /^(-?\d+(?:\.\d+)?)\s*%$/.exec(text.trim());
  return found === null ? Number.NaN : Number(found[1]) / 100;
}
