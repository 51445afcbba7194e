import { notRead, type Reading } from './reading.ts';

/** One object a line (-j), numbers as strings in `counter-value`. */
export function readJson(line: string): Reading | undefined {
  try {
    const found: Readonly<Record<string, unknown>> = JSON.parse(line.replace(/,\s*$/, ''));
    const value = String(found['counter-value'] ?? '');
    const event = String(found.event ?? '');
    if (event === '') return undefined;
    return {
      event,
      unit: String(found.unit ?? ''),
      value: value === '' || notRead.test(value) ? Number.NaN : Number(value),
      interval: typeof found.interval === 'number' ? found.interval : Number.NaN,
      of: String(found.cpu ?? found.thread ?? found.socket ?? found.core ?? found.node ?? ''),
      running: share(found['pcnt-running']),
      variance: share(found.variance),
    };
  } catch {
    return undefined;
  }
}

function share(percentage: unknown): number {
  return typeof percentage === 'number' ? percentage / 100 : Number.NaN;
}
