/**
 * Names of what mpstat(1) and pidstat(1) print: rates over the interval that ends at their time, all gauges. Shares of
 * CPUs have the names of `device-series.ts` (`cpu share softirq`), of the host, of a CPU (entity `cpu`) or of a memory
 * node (entity `node`).
 */

/** Entities of averages since boot, which say nothing of the run. */
export const CPU_SINCE_BOOT = 'cpu since boot';
export const NODE_SINCE_BOOT = 'node since boot';
export const IRQ_SINCE_BOOT = 'irq since boot';
export const PROCESS_SINCE_BOOT = 'process since boot';
export const THREAD_SINCE_BOOT = 'thread since boot';

/**
 * Length of the interval of one table, in ns (entity `recorder`, named by the tool and what is in the table: `pidstat
 * cpu`). One reading for each table printed, also of tables without rows.
 */
export const MEASURED_OVER = 'measured over';

/** Of a CPU, all interrupts; of the host under the name vmstat's have, `interrupts`. */
export const INTERRUPT_RATE = 'interrupt rate';
/** Of one interrupt line (entity `irq`) on one CPU. */
export const interruptRate = (cpu: string): string => `${INTERRUPT_RATE} cpu${cpu}`;
export const interruptRateName = /^interrupt rate cpu(\d+)$/;
/** Of a CPU: soft interrupts of one sort, `softirq rate NET_RX`. */
export const SOFTIRQ_RATE = 'softirq rate ';

/** Of a process or a thread (`PID/TID`). Shares of CPU time: 1 = one CPU all the time. */
export const taskRate = {
  /** Without the time of guests. */
  user: 'task cpu user',
  system: 'task cpu system',
  guest: 'task cpu guest',
  /** user + system + guest. */
  cpu: 'task cpu',
  /** Time it could have run and waited for a CPU; of a process: of its main thread alone, as of switches. */
  wait: 'task cpu wait',
  minorFaults: 'task minor faults',
  majorFaults: 'task major faults',
  virtual: 'task virtual memory',
  resident: 'task resident memory',
  /** Resident memory over that of the host. */
  memoryShare: 'task memory share',
  stackReserved: 'task stack reserved',
  stackUsed: 'task stack used',
  read: 'task read',
  written: 'task written',
  /** Writes to the page cache that were thrown away before they reached a disk. */
  cancelled: 'task write cancelled',
  /** Waiting for block I/O to complete, and for pages to be swapped in: ns within the interval. */
  ioDelay: 'task io delay',
  voluntary: 'task voluntary switches',
  involuntary: 'task involuntary switches',
  descriptors: 'task file descriptors',
} as const;
