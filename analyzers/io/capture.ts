import type { Action } from '../../model/finding.ts';
import { commandName } from './device-name.ts';

/** Averages of intervals hide single requests: this records each of them. */
export function traceRequests(device: string): Action {
  const name = commandName(device);
  return {
    text: 'See single requests: who issues them, where they wait, what the slowest take',
    run: 'trace-cmd record -C mono -e block:block_rq_insert -e block:block_rq_issue -e block:block_rq_complete sleep 30 && trace-cmd report > block.txt',
    verify:
      name === '*'
        ? 'ls /sys/block'
        : `blktrace -d /dev/${name} -w 30 -o ${name}   # the same without trace-cmd`,
    risk: 'low',
  };
}

export function showQueue(device: string): Action {
  return {
    text: 'See what the queue is set to',
    run: `grep -s . /sys/block/${commandName(device)}/queue/{scheduler,nr_requests,rotational,wbt_lat_usec}`,
    risk: 'none',
  };
}

export const iostatCommand = 'S_TIME_FORMAT=ISO iostat -x -t 1 60 > iostat.txt';
