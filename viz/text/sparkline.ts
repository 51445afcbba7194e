const bars = '▁▂▃▄▅▆▇█';

/** Values as a line of bars from the smallest to the largest; neighbours share a bar when they are more than `width`. */
export function sparkline(values: readonly (number | null)[], width: number): string {
  const count = Math.max(1, Math.min(width, values.length));
  const cells = Array.from({ length: count }, (_, cell) => {
    const own = values
      .slice(Math.floor((cell * values.length) / count), Math.floor(((cell + 1) * values.length) / count))
      .filter((value) => value !== null);
    return own.length === 0 ? undefined : own.reduce((sum, value) => sum + value, 0) / own.length;
  });
  const known = cells.filter((value) => value !== undefined);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  return cells
    .map((value) => {
      if (value === undefined) return ' ';
      const place = high > low ? (value - low) / (high - low) : 0.5;
      return bars[Math.min(bars.length - 1, Math.floor(place * bars.length))];
    })
    .join('');
}
