import { formatShare, formatValue } from '../../../model/units.ts';
import { deviceText } from '../../derived/io/device-names.ts';
import { deviceSummaries } from '../../derived/io/device-summary.ts';
import { type ReadResource, resourceUse } from './resource.ts';
import { loggedErrors, stalledShare } from './stalled.ts';

const MOST_DISKS = 8;
const capture = {
  utilisation: 'iostat -xt 1 60 > iostat.txt',
  saturation: 'iostat -xt 1 60 > iostat.txt',
  errors: 'dmesg > dmesg.txt',
};

/** Block devices, busiest first: time with a request in flight, queue length, errors in the kernel's log. */
export const diskUse: ReadResource = (context) => {
  const errors = loggedErrors(context, /I\/O error/, 'I/O errors of all disks');
  const disks = context.derive(deviceSummaries).slice(0, MOST_DISKS);
  const pressure = stalledShare(context, 'io');
  if (disks.length === 0) {
    const row = { resource: 'disks', share: undefined, utilisation: undefined, saturation: pressure, errors };
    return [resourceUse(row, capture)];
  }
  return disks.map(({ device, util, queue }) =>
    resourceUse(
      {
        resource: `disk ${deviceText(context, device)}`,
        share: Number.isNaN(util.value) ? undefined : util.value,
        utilisation: Number.isNaN(util.value)
          ? undefined
          : { text: `busy ${formatShare(Math.min(1, util.value))} of the time`, n: util.n },
        saturation: Number.isNaN(queue.value)
          ? pressure
          : { text: `${formatValue(queue.value, 'requests')} in flight on average`, n: queue.n },
        errors,
      },
      capture,
    ),
  );
};
