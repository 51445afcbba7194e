/** Columns of mpstat and keys of its JSON, and the names the kernel has for the states (proc_stat(5)). */
const states: Readonly<Record<string, string>> = {
  usr: 'user',
  user: 'user',
  nice: 'nice',
  sys: 'system',
  system: 'system',
  iowait: 'iowait',
  irq: 'irq',
  soft: 'softirq',
  steal: 'steal',
  guest: 'guest',
  gnice: 'guest_nice',
  idle: 'idle',
};

/** `%soft`, or `soft` as JSON has it: `softirq`. Undefined for what is no state. */
export function stateOf(column: string): string | undefined {
  return states[column.replace(/^%/, '')];
}
