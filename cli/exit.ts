/** Exit codes, like diff(1). */
export const exitCode = {
  /** All is well. */
  fine: 0,
  /** The gate failed: a finding at `--fail-on`, or a regression. */
  gate: 1,
  /** Usage error or unreadable input. */
  usage: 2,
  /** Inconclusive, and the user asked to fail on that. */
  inconclusive: 3,
  /** Ctrl-C. */
  interrupted: 130,
} as const;
