const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/;

/** ns since 1970 of an RFC 3339 time, to the nanosecond as far as a number holds it. NaN when it is none, or Go's zero time. */
export function stampTime(text: unknown): number {
  const found = typeof text === 'string' ? stamp.exec(text) : null;
  if (found === null || (found[1] ?? '').startsWith('0001')) return Number.NaN;
  const seconds = Date.parse(`${found[1]}${found[3]}`);
  return seconds * 1e6 + Number((found[2] ?? '').padEnd(9, '0'));
}
