import type { BlockPhase } from '../../../model/io-tables.ts';

/** Which step each tracepoint of the block layer tells of (include/trace/events/block.h, 2.6.36 to 6.18). */
export const blockEventPhases: ReadonlyMap<string, BlockPhase> = new Map([
  ['block_bio_queue', 'queue'],
  ['block_getrq', 'getrq'],
  ['block_sleeprq', 'sleep'],
  ['block_plug', 'plug'],
  ['block_unplug', 'unplug'],
  ['block_unplug_io', 'unplug'],
  ['block_unplug_timer', 'unplug'],
  ['block_rq_insert', 'insert'],
  ['block_rq_issue', 'issue'],
  ['block_rq_complete', 'complete'],
  ['block_bio_complete', 'complete'],
  ['block_bio_backmerge', 'merge'],
  ['block_bio_frontmerge', 'front merge'],
  ['block_rq_merge', 'request merge'],
  ['block_rq_requeue', 'requeue'],
  ['block_split', 'split'],
  ['block_bio_remap', 'remap'],
  ['block_rq_remap', 'remap'],
  ['block_bio_bounce', 'bounce'],
]);
