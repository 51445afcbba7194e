import type { Need } from '../analyzer.ts';
import { requestModel } from '../derived/io/requests.ts';
import { needsSwitches } from '../needs.ts';

export const recordBlock =
  "trace-cmd record -C mono -e 'block:*' sleep 30 && trace-cmd report -t > block.txt   # or: blktrace -d /dev/sda -w 30";

export const needsRequests: Need = {
  missing:
    'completed requests of a block device (block_rq_issue and block_rq_complete events, or a blktrace)',
  captureWith: recordBlock,
  met: (_, context) => context.derive(requestModel).completed.length > 0,
};

export const needsBlockEvents: Need = {
  missing: 'events of the block layer',
  captureWith: recordBlock,
  met: ({ tables }) => tables.blockEvents.length > 0,
};

export const needsSwitchesBeside: Need = {
  ...needsSwitches,
  missing: 'context switches beside the block events: they tell who was blocked, not only whose request',
  captureWith:
    "trace-cmd record -C mono -e sched_switch -e sched_wakeup -e 'block:*' sleep 30 && trace-cmd report -t > trace.txt",
};
