import type { Need } from '../../analyzer.ts';
import type { Context } from '../../context.ts';
import { requestModel } from '../../derived/io/requests.ts';
import { schedulerOf } from '../../derived/settings.ts';

/** Signatures of one scheduler are looked for only where it is known that it ran. */
export const needsScheduler: Need = {
  missing: 'the IO scheduler of the device, and its tunables',
  captureWith: 'grep -sH . /sys/block/*/queue/* /sys/block/*/queue/iosched/* > settings.txt',
  met: (_, context) => devicesOf(context).some((device) => schedulerOf(context, device) !== undefined),
};

/** Devices with completed requests. */
export function devicesOf(context: Context): number[] {
  const { requests, completed } = context.derive(requestModel);
  return [...new Set(Array.from(completed, (row) => requests.columns.device[row] as number))];
}

/** `/sys/dev/block/8:0/queue`: for commands that name no device by a name nobody captured. */
export function queuePath(device: string): string {
  return `/sys/dev/block/${device.replace(',', ':')}/queue`;
}
