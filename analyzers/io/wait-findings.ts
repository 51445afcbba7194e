import type { Action, Finding } from '../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { deviceText } from '../derived/io/device-names.ts';
import { quantileOf, type RequestGroup, shareOf, totalsOf } from '../derived/io/request-groups.ts';
import { requestModel } from '../derived/io/requests.ts';
import { knownParts, type WaitPart, waitTimes, wholeRequests } from '../derived/io/wait-parts.ts';
import { intervalText } from './wait-tables.ts';

/** A p99 beyond this is felt by whoever waits for an answer. */
const LONG = 100e6;
/** Fewest requests a share is told of. */
const FEWEST = 20;

const phrases: Readonly<Record<WaitPart, string>> = {
  tag: 'waiting for a tag: the device’s queue was full',
  plug: 'plugged or on the way to the scheduler',
  scheduler: 'in the IO scheduler',
  device: 'in the device',
};

/** What one device's requests spend most of their time on. */
export function waitFindings(context: Context, group: RequestGroup): Finding[] {
  const times = context.derive(waitTimes);
  const device = group.labels[0] ?? '';
  const at = wholeRequests(context, group.at);
  const n = at.length;
  if (n < FEWEST) return [tooFew(context, device, n)];
  const totals = totalsOf(times, at);
  const known = context.derive(knownParts);
  const most = known.reduce<WaitPart>((a, b) => (totals[b] > totals[a] ? b : a), 'device');
  const share = shareOf(times, most, at);
  const p99 = quantileOf(group, 0.99);
  const all = at.reduce((sum, i) => sum + (times.latency[i] as number), 0);
  const isQueue = most === 'scheduler' || most === 'tag';
  return [
    {
      id: `io/waits/${device}`,
      severity: p99.value > LONG ? (isQueue ? 'warning' : 'note') : 'ok',
      claim: `Requests of device ${deviceText(context, device)} spend ${formatShare(share.value)} of their time ${phrases[most]}; one in a hundred takes more than ${formatValue(p99.value, 'ns')}`,
      share: share.value,
      confidence: {
        n,
        low: Number.isNaN(share.low) ? 0 : share.low,
        high: Number.isNaN(share.high) ? 1 : share.high,
        why: `p99 with 95 % confidence ${intervalText(p99.low, p99.high) || 'not bounded by so few'}`,
      },
      evidence: [
        {
          label: 'time by part',
          section: 'io/waits/parts',
          selection: {},
          formula: `${formatValue(totals[most], 'ns')} of ${formatValue(all, 'ns')} in ${formatCount(n)} requests = ${formatShare(totals[most] / all)}`,
        },
        { label: 'by process', section: 'io/waits/processes', selection: {} },
      ],
      actions: [action(most, device)],
      caveats: caveats(context),
    },
  ];
}

function tooFew(context: Context, device: string, n: number): Finding {
  return {
    id: `io/waits/${device}`,
    severity: 'note',
    claim: `Device ${deviceText(context, device)} completed ${formatCount(n)} requests of which every step is known: too few to say where they wait`,
    share: 0,
    confidence: { n, low: 0, high: 1, why: `fewer than ${FEWEST} requests` },
    evidence: [{ label: 'by device', section: 'io/waits/devices', selection: {} }],
    actions: [],
    caveats: [],
  };
}

function action(part: WaitPart, device: string): Action {
  const queue = `/sys/dev/block/${device.replace(',', ':')}/queue`;
  switch (part) {
    case 'tag':
      return {
        text: 'All requests the queue may have were taken: see who fills it (by process, below) and how many there may be. More of them let requests wait in the scheduler instead, where priorities count',
        run: `grep -H . ${queue}/nr_requests ${queue}/scheduler /sys/dev/block/${device.replace(',', ':')}/device/queue_depth`,
        verify: 'record again, and compare io.wait.tag: vtune compare --baseline BEFORE --candidate AFTER',
        risk: 'none',
      };
    case 'scheduler':
      return {
        text: 'The scheduler in use holds requests back: for fairness, for order on the disk, or because the driver is full. See which one it is and what else there is; try those under the same load',
        run: `grep -H . ${queue}/scheduler ${queue}/iosched/*`,
        verify: 'record again, and compare io.latency.p99: vtune compare --baseline BEFORE --candidate AFTER',
        risk: 'none',
      };
    case 'plug':
      return {
        text: 'Submitters gather requests in a plug list before they send them; look at who submits in long batches',
        risk: 'none',
      };
    case 'device':
      return {
        text: 'The device itself is what takes time: see its queue depth and seeks below; fewer, larger or more sequential requests, or a faster device, help, a scheduler hardly',
        run: 'iostat -x 1 10',
        risk: 'none',
      };
  }
}

/** What was not recorded and might change the answer. */
export function caveats(context: Context): string[] {
  const { lost, strays } = context.derive(requestModel);
  const { fromQueue } = context.derive(waitTimes);
  const dropped = context.trace.imports.reduce((sum, row) => sum + row.lost, 0);
  return [
    ...(fromQueue
      ? []
      : [
          'Queueing was not recorded: waits for a tag, and who submitted what a kworker issued, are not known.',
        ]),
    ...(lost + strays > 0
      ? [
          `${formatCount(lost)} completions and ${formatCount(strays)} issues were not recorded; these requests are left out.`,
        ]
      : []),
    ...(dropped > 0 ? [`The recorder dropped ${formatCount(dropped)} events.`] : []),
  ];
}
