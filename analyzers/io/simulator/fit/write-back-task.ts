import type { TaskModel } from '../../../../model/simulation.ts';
import { firstSeen } from '../../../derived/io/request-table.ts';
import { busyTime, type CaptureSpan, extent, followers, type Rows } from './request-rows.ts';

export const WRITE_BACK = 'buffered writers (write-back)';
const PAGE = 4096;
const WRITE_BACK_BYTES = 256 * 1024;

/**
 * All buffered writers as one: held back as soon as the device is busy with it half of the time; else at the
 * pace it was seen to have.
 */
export function writeBackTask({ columns, begin, duration }: CaptureSpan, rows: Rows): TaskModel {
  const [low, high] = extent(columns, rows);
  const bytes = rows.reduce((sum, row) => sum + (columns.bytes[row] as number), 0);
  const start = firstSeen(columns, rows[0] as number);
  const latest = rows.reduce((most, row) => Math.max(most, columns.complete[row] as number), 0);
  const span = Math.max(begin + duration, latest) - start;
  const from = Math.floor((low * 512) / PAGE) * PAGE;
  const saturated = busyTime(columns, rows) >= 0.5 * span;
  return {
    name: WRITE_BACK,
    pattern: followers(columns, rows) >= 0.5 ? 'sequential' : 'random',
    write: true,
    bytes: WRITE_BACK_BYTES,
    offset: from,
    range: Math.max(WRITE_BACK_BYTES, Math.ceil((high * 512 - from) / PAGE) * PAGE),
    depth: 1,
    sync: true,
    buffered: true,
    priorityClass: 2,
    priorityLevel: 4,
    thinkTime: saturated ? 0 : Math.round((span * WRITE_BACK_BYTES) / bytes),
    start: Math.max(0, Math.round(start - begin)),
  };
}
