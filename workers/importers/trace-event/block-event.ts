import { NO_IOPRIO, NO_SECTOR } from '../../../model/io-tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';

/** One event of the block layer on its way into its table; one object, used again and again. */
export class BlockEvent {
  time = Number.NaN;
  phase = 0;
  device = 0;
  sector = NO_SECTOR;
  bytes = 0;
  otherSector = 0;
  otherDevice = 0;
  op = 0;
  flags = 0;
  ioprio = NO_IOPRIO;
  thread = 0;
  cpu = 0;
  error = 0;
  sequence = 0;

  /** Everything an event need not have, as if it had not. */
  clear(): void {
    this.device = 0;
    this.sector = NO_SECTOR;
    this.bytes = 0;
    this.otherSector = 0;
    this.otherDevice = 0;
    this.op = 0;
    this.flags = 0;
    this.ioprio = NO_IOPRIO;
    this.error = 0;
    this.sequence = 0;
  }

  file(out: TraceBuilder): void {
    const row = out.blockEvents.add();
    const { columns } = out.blockEvents;
    columns.time[row] = this.time;
    columns.phase[row] = this.phase;
    columns.device[row] = this.device;
    columns.sector[row] = this.sector;
    columns.bytes[row] = this.bytes;
    columns.otherSector[row] = this.otherSector;
    columns.otherDevice[row] = this.otherDevice;
    columns.op[row] = this.op;
    columns.flags[row] = this.flags;
    columns.ioprio[row] = this.ioprio;
    columns.thread[row] = this.thread;
    columns.cpu[row] = this.cpu;
    columns.error[row] = this.error;
    columns.sequence[row] = this.sequence;
  }
}

/** Bytes of a sector, for every device whatever its own. */
export const SECTOR = 512;
/** Sectors at or beyond this are (u64)−1 printed by somebody: no sector. */
const BEYOND = 2 ** 63;

export function sectorOf(value: number): number {
  return value >= BEYOND ? NO_SECTOR : value;
}

/** major << 20 | minor. */
export function deviceOf(major: number, minor: number): number {
  return ((major << 20) | minor) >>> 0;
}
