import type { Finding } from '../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { DeviceSummary } from '../derived/io/device-summary.ts';
import { showQueue, traceRequests } from './capture.ts';
import { isParallelByName } from './device-name.ts';
import { busyRows, parallelismOf } from './parallelism.ts';

/** Part of the time a device must be busy throughout to be worth a word, and to be worth a warning. */
const MENTION = 0.1;
const WARN = 0.25;
/** Requests in flight from which on somebody waits for somebody else. */
const QUEUED = 1.5;
/** Relative standard deviation below which a queue stands still. */
const STILL = 0.05;
/** Requests shorter than this, ns, are shorter than a timer tick and blur the kernel's busy time. */
const TICK = 10e6;

/** Devices that were busy throughout: saturated, or busy in a way that says little. */
export function saturationFindings(summary: DeviceSummary, kernel: string): Finding[] {
  const { device, saturated, util, all, intervals } = summary;
  if (!(saturated.value >= MENTION) || saturated.n < 2) return [];
  const busy = busyRows(summary);
  const queue = mean(busy.queue);
  const parallel = parallelismOf(summary);
  const several = parallel.kind === 'several at a time';
  const queues = Number.isNaN(queue) ? '' : ` with ${formatValue(queue, 'requests')} in flight on average`;
  const times = `busy at least 95 % of the time in ${formatShare(saturated.value)} of what was measured`;
  const severe = !several && saturated.value >= WARN && !(queue < QUEUED);
  return [
    {
      id: several ? `io/disks/util-misleading/${device}` : `io/disks/saturated/${device}`,
      severity: severe ? 'warning' : 'note',
      claim: several
        ? `${device} was ${times}, which does not mean that it was full: it serves several requests at a time`
        : severe
          ? `${device} is saturated: ${times}${queues}`
          : `${device} was ${times}${queues}`,
      share: saturated.value,
      confidence: {
        n: saturated.n,
        low: Math.max(0, orValue(saturated.low, saturated.value)),
        high: Math.min(1, orValue(saturated.high, saturated.value)),
        why: several
          ? parallel.why
          : `intervals with %util of 95 % and more; whether it serves several requests at a time is not known: ${parallel.why}`,
      },
      evidence: [
        {
          label: 'busy over time',
          section: 'io/disks/util',
          selection: {},
          formula: `${formatCount(busy.util.length)} of ${formatCount(intervals.length)} intervals; %util ${formatShare(util.value)} on average, ${formatValue(all.rate.value, '1/s')}`,
        },
        { label: 'every disk', section: 'io/disks/devices', selection: {} },
      ],
      actions: [showQueue(device), traceRequests(device)],
      caveats: [
        ...(several
          ? [
              'judge it by how long requests wait and by what it can deliver, not by %util',
              ...(isParallelByName(device)
                ? []
                : [
                    'a change from scattered to consecutive requests can look like serving several at a time',
                  ]),
            ]
          : []),
        ...(severe
          ? ['if it is an SSD, a RAID or a virtual disk, %util near 100 % says only that it was never idle']
          : []),
        ...(isStill(busy.queue)
          ? [
              `the queue stands still at ${queue.toFixed(1)}, probably the limit of the device or its driver: requests that wait for a free slot are in neither await nor aqu-sz`,
            ]
          : []),
        ...(countsTicks(kernel) && all.wait.value < TICK
          ? [
              'since Linux 5.0 busy time is counted in timer ticks: many short requests make %util too large or too small',
            ]
          : []),
      ],
    },
  ];
}

/** Whether the kernel takes busy time from ticks (block: delete part_round_stats, Linux 5.0). */
export function countsTicks(kernel: string): boolean {
  return Number(/^(\d+)\./.exec(kernel)?.[1] ?? 5) >= 5;
}

function isStill(queue: readonly number[]): boolean {
  const average = mean(queue);
  const deviation = Math.sqrt(mean(queue.map((each) => (each - average) ** 2)));
  return queue.length >= 5 && average > QUEUED && deviation < STILL * average;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0) / values.length;
}

function orValue(bound: number, value: number): number {
  return Number.isNaN(bound) ? value : bound;
}
