export interface SourcePlace {
  /** Relative to the working directory where it lies below it. */
  readonly file: string;
  readonly line: number;
}

/** `src/codec.c:12` or `file:///app/server.js:10:3` as a place; undefined when it is neither. */
export function sourceOf(text: string): SourcePlace | undefined {
  const found = /^(?:file:\/\/)?(.+?):(\d+)(?::\d+)?$/.exec(text);
  if (found === null) return undefined;
  const [, file = '', line = ''] = found;
  return Number(line) > 0 ? { file, line: Number(line) } : undefined;
}
