import { CPU_SHARE, HOST_SINCE_BOOT } from '../../../model/device-series.ts';
import {
  CPU_SINCE_BOOT,
  INTERRUPT_RATE,
  IRQ_SINCE_BOOT,
  interruptRate,
  NODE_SINCE_BOOT,
  SOFTIRQ_RATE,
} from '../../../model/printed-series.ts';
import { stateOf } from './cpu-columns.ts';
import type { Gauges } from './gauges.ts';

/** What a table of mpstat holds. */
export type MpstatTable = 'cpu' | 'node' | 'interrupts' | 'irq' | 'softirq';

const INTERRUPTS = 'intr/s';
const softSorts =
  /^(?:HI|TIMER|NET_TX|NET_RX|BLOCK|BLOCK_IOPOLL|IRQ_POLL|TASKLET|SCHED|HRTIMER|RCU)(?:\/s)?$/;

/** What a table is of, from its columns; undefined for a table that mpstat does not have. */
export function mpstatTable([first = '', ...columns]: readonly string[]): MpstatTable | undefined {
  if (first !== 'CPU' && first !== 'NODE') return undefined;
  if (columns.some((column) => column.startsWith('%'))) {
    // Until sysstat 8, interrupts stood behind the states.
    const known = columns.every((column) => stateOf(column) !== undefined || column === INTERRUPTS);
    return known ? (first === 'CPU' ? 'cpu' : 'node') : undefined;
  }
  if (first === 'NODE' || columns.length === 0 || !columns.every((column) => column.endsWith('/s')))
    return undefined;
  if (columns.length === 1 && columns[0] === INTERRUPTS) return 'interrupts';
  return columns.every((column) => softSorts.test(column)) ? 'softirq' : 'irq';
}

/** When a row was measured. */
export interface Moment {
  /** ns. */
  readonly time: number;
  readonly sinceBoot: boolean;
}

/**
 * Files one row. `of`: `all`, or the number of a CPU or node. Values are as printed, NaN where one is no number.
 * False for a CPU that is off, whose row is all zeros.
 */
export function fileMpstatRow(
  gauges: Gauges,
  { time, sinceBoot }: Moment,
  table: MpstatTable,
  of: string,
  columns: readonly string[],
  values: readonly number[],
): boolean {
  if (table === 'cpu' || table === 'node') {
    // Shares of a CPU that is on add up to 100 %.
    if (values.every((value) => value === 0)) return false;
    if (table === 'node' && of === 'all') return true;
    const [entity, name] =
      of === 'all'
        ? [sinceBoot ? HOST_SINCE_BOOT : 'host', '']
        : table === 'node'
          ? [sinceBoot ? NODE_SINCE_BOOT : 'node', of]
          : [sinceBoot ? CPU_SINCE_BOOT : 'cpu', of];
    columns.forEach((column, i) => {
      const state = stateOf(column);
      const value = values[i] as number;
      if (!Number.isFinite(value)) return;
      if (state !== undefined) gauges.add(time, entity, name, `${CPU_SHARE} ${state}`, 'share', value / 100);
      else if (table === 'cpu')
        gauges.add(time, entity, name, of === 'all' ? 'interrupts' : INTERRUPT_RATE, '1/s', value);
    });
    return true;
  }
  const cpu = sinceBoot ? CPU_SINCE_BOOT : 'cpu';
  columns.forEach((column, i) => {
    const value = values[i] as number;
    if (!Number.isFinite(value)) return;
    const what = column.replace(/\/s$/, '');
    if (table === 'interrupts') {
      if (of === 'all')
        gauges.add(time, sinceBoot ? HOST_SINCE_BOOT : 'host', '', 'interrupts', '1/s', value);
      else gauges.add(time, cpu, of, INTERRUPT_RATE, '1/s', value);
    } else if (table === 'softirq') gauges.add(time, cpu, of, SOFTIRQ_RATE + what, '1/s', value);
    else gauges.add(time, sinceBoot ? IRQ_SINCE_BOOT : 'irq', what, interruptRate(of), '1/s', value);
  });
  return true;
}
