/** A line of the kernel's log. */
export interface LogLine {
  /** ns; of the clock of printk, or NaN where the line has another clock's time or none. */
  readonly time: number;
  readonly text: string;
}

const level = '(?:<\\d+>)?';
/** Who wrote it, where CONFIG_PRINTK_CALLER says: `[    T123]`, `[C1]`. */
const caller = '(?:\\[ *[TC]\\d+\\] ?)?';
const message = '(.*)$';
/** `[  123.456789] `, with the level, a caller, and what syslog and journald put before. */
const printk = new RegExp(
  `^(?:[A-Z][a-z]{2} +\\d+ [\\d:]{8} \\S+ kernel: |\\d{4}-\\d\\d-\\d\\d[T ]\\S+ \\S+ kernel: )?${level}\\[ *(\\d+\\.\\d+)\\] ?${caller}${message}`,
);
/** `[Tue Nov 24 22:13:51 2026] ` (dmesg -T), `2026-11-24T22:13:51,123456+00:00 ` (dmesg --time-format iso), journald without a printk time. */
const wallClock = [
  new RegExp(`^${level}\\[[A-Z][a-z]{2} [A-Z][a-z]{2} +\\d+ [\\d:]{8} \\d{4}\\] ?${caller}${message}`),
  new RegExp(
    `^${level}\\d{4}-\\d\\d-\\d\\dT[\\d:]+(?:,\\d+[+-]\\d\\d:\\d\\d|[.\\d]*(?:Z|[+-]\\d\\d:?\\d\\d) \\S+ kernel:) ${caller}${message}`,
  ),
  new RegExp(`^[A-Z][a-z]{2} +\\d+ [\\d:]{8} \\S+ kernel: ${caller}${message}`),
];

/** The message of a line, in every form dmesg, syslog and journald print; undefined for what is none. */
export function logLine(line: string): LogLine | undefined {
  const found = printk.exec(line);
  if (found !== null) return { time: Number(found[1]) * 1e9, text: found[2] ?? '' };
  for (const form of wallClock) {
    const other = form.exec(line);
    // Wall clock is not the clock of a trace: the order of the lines is what is kept.
    if (other !== null) return { time: Number.NaN, text: other[1] ?? '' };
  }
  return undefined;
}
