import type { Finding } from '../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { DeviceSummary } from '../derived/io/device-summary.ts';
import type { Ratio } from '../stats/ratio-interval.ts';
import { traceRequests } from './capture.ts';
import { countsTicks } from './saturation.ts';

/** Requests in flight from which on it is worth asking what they wait for. */
const SOME = 1;
/** A request that takes this long, ns, without a queue is slow on any device that is well. */
const SLOW = 50e6;
const FEWEST_REQUESTS = 20;

/**
 * Largest part of the wait that can be queueing, 0..1. By Little's law aqu-sz requests are in
 * flight on average, and at least one of them is served whenever the device is busy: the rest, at
 * most, queues. A device that serves several at a time queues less; one at a time exactly that.
 * NaN when the file does not tell.
 */
export function mostQueueing({ queue, util }: DeviceSummary): number {
  if (!(queue.value > 0)) return Number.NaN;
  return Math.max(0, 1 - util.value / queue.value);
}

/** What requests wait for: the device, or each other, as far as averages can tell. */
export function waitFindings(summary: DeviceSummary, kernel: string): Finding[] {
  const { device, queue, util, all } = summary;
  const most = mostQueueing(summary);
  if (Number.isNaN(most) || !(all.wait.value > 0)) return [];
  const formula = `1 − %util / aqu-sz = 1 − ${util.value.toFixed(3)} / ${queue.value.toFixed(3)} = ${formatShare(most)} of ${formatValue(all.wait.value, 'ns')}`;
  const blurred =
    countsTicks(kernel) && all.wait.value < 10e6
      ? ['busy time is counted in timer ticks: for requests this short the bound is rough']
      : [];
  const common = {
    confidence: {
      n: all.wait.n,
      low: 0,
      high: most,
      why: 'by Little’s law: whenever the device is busy it serves at least one request, the others queue at most',
      bounds: true as const,
    },
    evidence: [{ label: 'every disk', section: 'io/disks/devices', selection: {}, formula }],
    actions: [traceRequests(device)],
  };
  if (all.wait.value >= SLOW && most <= 0.5 && summary.requests >= FEWEST_REQUESTS) {
    return [
      {
        id: `io/disks/slow/${device}`,
        severity: 'warning',
        claim: `${device} takes ${intervalText(all.wait)} a request with ${formatValue(queue.value, 'requests')} in flight: the device is slow, not its queue`,
        share: 1 - most,
        ...common,
        caveats: [
          'what lies below counts as the device: a RAID, a network, a hypervisor, a throttled cgroup of another guest',
          ...blurred,
        ],
      },
    ];
  }
  if (queue.value < SOME) return [];
  return [
    {
      id: `io/disks/waits/${device}`,
      severity: 'note',
      claim: `Requests to ${device} take ${intervalText(all.wait)}, of which at most ${formatShare(most)} is waiting for other requests`,
      share: most,
      ...common,
      caveats: [
        'if it serves one request at a time, it is exactly that part; if it serves several, less',
        `averages of ${formatCount(all.wait.n)} intervals: what the slowest requests take is not in them`,
        ...blurred,
      ],
    },
  ];
}

function intervalText({ value, low, high }: Ratio): string {
  const spread = Number.isNaN(low)
    ? ''
    : ` (95 % CI ${formatValue(Math.max(0, low), 'ns')} – ${formatValue(high, 'ns')})`;
  return `${formatValue(value, 'ns')}${spread}`;
}
