const patterns = new Map<string, RegExp>();

/**
 * Number behind `field=` or `field: ` in a tracepoint's arguments: decimal, hexadecimal with 0x,
 * or negative. 0 when the field is not there, so that such a sample weighs nothing.
 */
export function fieldValue(text: string, field: string): number {
  let pattern = patterns.get(field);
  if (pattern === undefined) {
    const name = field.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    pattern = new RegExp(`(?:^|[\\s,({])${name}(?:=|: ?)(-?(?:0x[0-9a-fA-F]+|\\d+(?:\\.\\d+)?))`);
    patterns.set(field, pattern);
  }
  const value = pattern.exec(text)?.[1];
  if (value === undefined) return 0;
  return value.startsWith('-') ? -Number(value.slice(1)) : Number(value);
}
