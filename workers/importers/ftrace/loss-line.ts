import { latin1 } from '../../bytes.ts';

export interface LossLine {
  readonly cpu: number;
  /** Index into lossKinds. */
  readonly kind: number;
  /** Events lost; NaN = not said. */
  readonly count: number;
}

/**
 * `##### CPU 1 buffer started ####` (kernel/trace/trace.c, test_cpu_buff_start),
 * `CPU:1 [LOST 11151 EVENTS]` (print_trace_line), `CPU:7 [204600 EVENTS DROPPED]` and
 * `CPU:7 [EVENTS DROPPED]` (trace-cmd report).
 */
export function lossLine(bytes: Uint8Array, start: number, end: number): LossLine | undefined {
  const first = bytes[start];
  if ((first !== 35 && first !== 67) || end - start > 80) return undefined;
  const text = latin1(bytes, start, end);
  const started = /^##### CPU (\d+) buffer started ####$/.exec(text);
  if (started !== null) return { cpu: Number(started[1]), kind: 0, count: Number.NaN };
  const lost = /^CPU:(\d+) \[(?:LOST (\d+) EVENTS|(\d+) EVENTS DROPPED|EVENTS DROPPED|LOST EVENTS)\]$/.exec(
    text,
  );
  if (lost === null) return undefined;
  const count = lost[2] ?? lost[3];
  return { cpu: Number(lost[1]), kind: 1, count: count === undefined ? Number.NaN : Number(count) };
}
