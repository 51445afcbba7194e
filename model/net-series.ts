/**
 * Names of series of the network: the kernel's own keys behind the line they stand on, `Tcp OutSegs`, `TcpExt
 * TCPTimeouts` (Documentation/networking/snmp_counter.rst). All are of the host, which is the network namespace copied.
 */
export function protocolSeries(protocol: string, key: string): string {
  return `${protocol} ${key}`;
}

/** What nstat(8) printed: since boot at its first call, since the call before at others. A gauge for this reason. */
export const NSTAT = 'nstat ';

/** Counts of softnet_stat, in the order of its columns that are in use (net/core/net-procfs.c). */
export const softnetColumns = [
  [0, 'processed'],
  [1, 'dropped'],
  [2, 'time_squeeze'],
  [9, 'received_rps'],
  [10, 'flow_limit_count'],
] as const;
/** Of the CPU where a row names it (5.10 and later); else of the host, with the row's number behind it. */
export const SOFTNET = 'softnet ';

/** Interrupts of one line (entity `irq`), all CPUs, and of one CPU: `interrupts cpu3`. */
export const INTERRUPTS = 'interrupts';
/** Soft interrupts of one sort (entity `cpu`): `softirq NET_RX`. */
export const SOFTIRQ = 'softirq ';
/** Fact that says what an interrupt line is called: `irq 43 name`. */
export const irqNameFact = (irq: string): string => `irq ${irq} name`;
