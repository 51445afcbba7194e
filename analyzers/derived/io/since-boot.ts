import { DEVICE_SINCE_BOOT } from '../../../model/device-series.ts';
import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';
import { deviceIntervals } from './device-intervals.ts';

/** Whether all that is told of disks are averages since boot: iostat ran without an interval. */
export function onlySinceBoot(context: Context): boolean {
  const { series } = context.trace.tables;
  const sinceBoot = series.columns.entity.some(
    (id) => decodeString(context.trace.strings, id) === DEVICE_SINCE_BOOT,
  );
  return sinceBoot && context.derive(deviceIntervals).length === 0;
}
