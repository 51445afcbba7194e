import type { KernelFileWriter } from './kernel-file.ts';

/** Lines of a key and a whole number, as memory.stat and memory.events have them; any other line is counted as skipped. */
export function readKeyValues(
  text: string,
  out: KernelFileWriter,
  each: (key: string, value: number) => void,
): void {
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [, key, value] = /^([a-z]\w*) (\d+)$/.exec(line.trim()) ?? [];
    if (key === undefined) out.skip();
    else each(key, Number(value));
  }
}
