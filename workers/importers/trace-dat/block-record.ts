import { blockFlag, blockOpId, blockPhaseId } from '../../../model/io-tables.ts';
import type { TraceBuilder } from '../../../model/trace-builder.ts';
import { BlockEvent, SECTOR, sectorOf } from '../trace-event/block-event.ts';
import { blockEventPhases } from '../trace-event/block-phases.ts';
import { readRwbs } from '../trace-event/rwbs.ts';
import type { TraceEvent } from '../trace-event/sink.ts';
import type { EventRecord } from './record.ts';

const filed = new BlockEvent();

/** Files the record of a block event by its fields; false when the event called `name` is none. */
export function fileBlockRecord(
  out: TraceBuilder,
  event: TraceEvent,
  name: string,
  record: EventRecord,
): boolean {
  const phase = blockEventPhases.get(name);
  if (phase === undefined) return false;
  const number = (field: string, absent: number): number => {
    const value = record.number(field);
    return Number.isNaN(value) ? absent : value;
  };
  filed.clear();
  filed.time = event.time;
  filed.phase = blockPhaseId[phase];
  filed.thread = event.thread;
  filed.cpu = event.cpu;
  // The kernel keeps a dev_t as major << 20 | minor.
  filed.device = number('dev', 0);
  filed.sector = phase === 'plug' || phase === 'unplug' ? -1 : sectorOf(number('sector', -1));
  const sectors = number('nr_sector', 0);
  filed.bytes = phase === 'unplug' ? number('nr_rq', 0) : sectors > 0 ? sectors * SECTOR : number('bytes', 0);
  filed.error = number('error', 0);
  const [from, to] = record.textRange('rwbs');
  readRwbs(record.bytes, from, to, filed);
  if (filed.bytes === 0 && (filed.flags & blockFlag.preflush) !== 0) filed.op = blockOpId.flush;
  const priority = record.number('ioprio');
  if (!Number.isNaN(priority)) filed.ioprio = priority;
  if (phase === 'split') {
    filed.otherSector = sectorOf(number('new_sector', -1));
    filed.bytes = Math.max(0, filed.otherSector - filed.sector) * SECTOR;
  } else if (phase === 'remap') {
    filed.otherDevice = number('old_dev', 0);
    filed.otherSector = sectorOf(number('old_sector', -1));
  }
  filed.file(out);
  return true;
}
