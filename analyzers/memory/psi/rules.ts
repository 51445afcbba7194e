/** From what share of the time a stall is worth a card. */
export interface StallRule {
  readonly resource: 'memory' | 'io' | 'cpu';
  readonly tasks: 'some' | 'full';
  readonly from: number;
  /** From here on a warning; what other findings explain better stays a note. */
  readonly severe: number;
  readonly means: string;
}

/** Heuristics, but the sense of each is the kernel's (Documentation/accounting/psi.rst). */
export const stallRules: readonly StallRule[] = [
  {
    resource: 'memory',
    tasks: 'full',
    from: 0.05,
    severe: 0.1,
    means: 'work stood still while memory was reclaimed',
  },
  {
    resource: 'io',
    tasks: 'full',
    from: 0.1,
    severe: Number.POSITIVE_INFINITY,
    means: 'every task that had something to do waited for a device',
  },
  {
    resource: 'cpu',
    tasks: 'some',
    from: 0.1,
    severe: Number.POSITIVE_INFINITY,
    means: 'tasks were ready and had no CPU',
  },
];

export function ruleFor(resource: string): StallRule | undefined {
  return stallRules.find((rule) => rule.resource === resource);
}
