import type { Finding } from '../../model/finding.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { BUSY, type DeviceSummary, wholeParts } from '../derived/io/device-summary.ts';
import { traceRequests } from './capture.ts';

/** Intervals in which a device was busy throughout and completed nothing. */
export function stallFindings(summary: DeviceSummary): Finding[] {
  const { device, intervals } = summary;
  const { length, columns, duration } = intervals;
  const { rate } = wholeParts(intervals);
  const stalled = Array.from({ length }, (_, row) => {
    const flushes = columns.get('f/s')?.[row] ?? 0;
    return (columns.get('util')?.[row] ?? 0) >= BUSY && rate[row] === 0 && !(flushes > 0);
  });
  const n = stalled.filter(Boolean).length;
  if (n === 0) return [];
  let [longest, run] = [0, 0];
  stalled.forEach((is, row) => {
    run = is ? run + (duration[row] as number) : 0;
    if (!(run <= longest)) longest = run;
  });
  return [
    {
      id: `io/disks/stalled/${device}`,
      severity: 'warning',
      claim: `${device} completed nothing in ${formatCount(n)} of ${formatCount(length)} intervals though requests were in flight all the time`,
      share: n / length,
      confidence: { n: length, low: n / length, high: n / length, why: 'counted' },
      evidence: [
        {
          label: 'busy over time',
          section: 'io/disks/util',
          selection: {},
          formula: `%util of 95 % and more, no request completed; longest ${Number.isNaN(longest) ? 'not known' : formatValue(longest, 'ns')}`,
        },
      ],
      actions: [
        {
          text: 'Look for resets and timeouts of the device in the kernel’s log',
          run: 'dmesg -T | grep -iE "timeout|reset|i/o error|blk_update_request"',
          risk: 'none',
        },
        traceRequests(device),
      ],
      caveats: ['a throttled cgroup or a frozen backing store looks the same'],
    },
  ];
}
