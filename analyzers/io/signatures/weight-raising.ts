import type { Action, Finding } from '../../../model/finding.ts';
import { deviceNumber } from '../../../model/io-tables.ts';
import { formatValue } from '../../../model/units.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import type { Context } from '../../context.ts';
import { deviceText } from '../../derived/io/device-names.ts';
import { requestModel } from '../../derived/io/requests.ts';
import { deviceSpan } from '../../derived/io/service.ts';
import { isStream, type ServiceGroup, serviceGroups } from '../../derived/io/service-groups.ts';
import { queueSetting, schedulerOf } from '../../derived/settings.ts';
import { mannWhitney } from '../../stats/mann-whitney.ts';
import { holm } from '../../stats/multiplicity.ts';
import { needsRequests } from '../needs.ts';
import { devicesOf, needsScheduler, queuePath } from './needs.ts';

/**
 * How long bfq raises the weight of a new queue, s: ref_wr_duration (7 s rotating, 2.5 s flash) over
 * the peak rate, which is assumed to be 2/3 of the reference until it is measured, and never less than
 * 3 s or more than 25 s (block/bfq-iosched.c, bfq_wr_duration and bfq_init_queue).
 */
const RAISED = { rotating: 10.5, flash: 3.75 } as const;
const SHORTEST = 3;
const LONGEST = 25;
/** Whole seconds behind the end of it without which nothing can be told, and those that are looked at. */
const FEWEST = 5;
const MOST = 15;
/** Every stream more makes a change of another harder to show. */
const MOST_STREAMS = 8;
const LEVEL = 0.01;
/** Rates nearer to each other than this are no signature. */
const LEAST = 1.5;

interface Transient {
  readonly group: ServiceGroup;
  /** s from the start at which its rate changes. */
  readonly until: number;
  /** Requests completed a second, mean over the seconds before and behind. */
  readonly before: number;
  readonly after: number;
  readonly seconds: number;
  readonly p: number;
}

/** New queues of bfq with low_latency weigh 30 times as much for their first seconds: a benchmark's beginning is not its end. */
export const weightRaising = defineAnalyzer({
  id: 'io/signature/weight-raising',
  question: 'Are the first seconds under bfq served differently from the rest?',
  needs: [needsRequests, needsScheduler],
  metrics: [
    {
      id: 'io.signature.weight_raising',
      unit: '1/s',
      labels: ['device', 'who'],
      about:
        'Change of the requests a second of a stream at a moment at which bfq’s weight-raising may end (3 to 25 s). Present where seconds before and behind differ (Mann–Whitney, Holm, 1 %) by half or more.',
    },
  ],
  run(context) {
    const found = devicesOf(context).flatMap((device) => transientsOf(context, device));
    return {
      metrics: found.map(({ group, before, after, seconds }) => ({
        id: 'io.signature.weight_raising',
        labels: { device: deviceNumber(group.device), who: group.who },
        value: after - before,
        unit: '1/s',
        better: 'neither',
        n: seconds,
      })),
      findings: devicesOf(context).flatMap((device) => {
        const own = found.filter(({ group }) => group.device === device);
        return own.length > 0 ? [finding(context, own)] : tooShort(context, device);
      }),
      sections: [],
    };
  },
});

/** bfq raises weights on this device, as far as the settings tell. */
function raises(context: Context, device: number): boolean {
  return (
    schedulerOf(context, device) === 'bfq' && queueSetting(context, device, 'iosched/low_latency') !== '0'
  );
}

function firstEnd(context: Context, device: number): number {
  return queueSetting(context, device, 'rotational') === '0' ? RAISED.flash : RAISED.rotating;
}

/** Streams whose rate changes where weight-raising may end, the one that changes most first. */
export function transientsOf(context: Context, device: number): Transient[] {
  if (!raises(context, device)) return [];
  const { from, to } = deviceSpan(context, device);
  const seconds = Math.floor((to - from) / 1e9);
  const { complete } = context.derive(requestModel).requests.columns;
  const drafts = context
    .derive(serviceGroups)
    .filter((group) => group.device === device && isStream(group.who))
    .sort((a, b) => b.rows.length - a.rows.length)
    .slice(0, MOST_STREAMS)
    .flatMap((group) => {
      const counts = Array.from({ length: seconds }, () => 0);
      for (const row of group.rows) {
        const at = Math.floor(((complete[row] as number) - from) / 1e9);
        if (at < seconds) counts[at] = (counts[at] as number) + 1;
      }
      return cuts(seconds).map((until) => ({
        group,
        until,
        // The first second is everybody's start, the last everybody's end.
        before: counts.slice(1, until),
        after: counts.slice(until, Math.min(seconds - 1, until + MOST)),
      }));
    })
    .map((draft) => ({ ...draft, p: mannWhitney(draft.before, draft.after).p }));
  const adjusted = holm(drafts.map(({ p }) => p));
  const best = new Map<string, Transient>();
  drafts.forEach(({ group, until, before, after }, i) => {
    const p = adjusted[i] as number;
    const found = {
      group,
      until,
      before: meanOf(before),
      after: meanOf(after),
      seconds: before.length + after.length,
      p,
    };
    if (p > LEVEL || factorOf(found.before, found.after) < LEAST) return;
    const other = best.get(group.who);
    const further =
      Math.abs(found.after - found.before) - Math.abs((other?.after ?? 0) - (other?.before ?? 0));
    if (other === undefined || further > 0) best.set(group.who, found);
  });
  return [...best.values()].sort((a, b) => factorOf(b.before, b.after) - factorOf(a.before, a.after));
}

/** Seconds at which it may end. */
function cuts(seconds: number): number[] {
  const last = Math.min(LONGEST, seconds - 1 - FEWEST);
  return Array.from({ length: Math.max(0, last - SHORTEST + 1) }, (_, i) => SHORTEST + i);
}

function factorOf(a: number, b: number): number {
  return Math.max(a, b) / Math.min(a, b);
}

function meanOf(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  return sum / values.length;
}

/** A run that ends before weight-raising does shows nothing else. */
function tooShort(context: Context, device: number): Finding[] {
  const { from, to } = deviceSpan(context, device);
  const needed = firstEnd(context, device) + FEWEST + 1;
  if (!raises(context, device) || (to - from) / 1e9 >= needed) return [];
  const name = deviceNumber(device);
  const [length, end] = [formatValue(to - from, 'ns'), formatValue(firstEnd(context, device) * 1e9, 'ns')];
  return [
    {
      id: `io/signature/weight-raising/${name}`,
      severity: 'note',
      claim: `Not enough data to tell bfq’s first seconds on ${deviceText(context, name)} from the rest: new queues weigh 30 times as much for about ${end}, and the trace is ${length} long`,
      share: 0,
      confidence: { n: Math.floor((to - from) / 1e9), low: 0, high: 1, why: 'seconds of trace' },
      evidence: [{ label: 'by stream', section: 'io/service/groups', selection: {} }],
      actions: [rerun(name)],
      caveats: [],
    },
  ];
}

function rerun(device: string): Action {
  return {
    text: 'Measure behind it, or without it: a run of some seconds under bfq shows its beginning only',
    run: `echo 0 > ${queuePath(device)}/iosched/low_latency`,
    undo: `echo 1 > ${queuePath(device)}/iosched/low_latency`,
    verify: 'record again for 30 s or more, and compare both: vtune compare --group-by low_latency RUNS',
    risk: 'low',
  };
}

function finding(context: Context, found: readonly Transient[]): Finding {
  const [first] = found as [Transient];
  const name = deviceNumber(first.group.device);
  const rate = ({ group, before, after }: Transient): string =>
    `${group.who} ${formatValue(before, '1/s')} → ${formatValue(after, '1/s')}`;
  return {
    id: `io/signature/weight-raising/${name}`,
    severity: 'note',
    claim: `bfq’s weight-raising on ${deviceText(context, name)}: new queues of programs come first for ${formatValue(first.until * 1e9, 'ns')}, and when that ends, ${rate(first)}`,
    share: Math.min(1, 1 - 1 / factorOf(first.before, first.after)),
    confidence: {
      n: first.seconds,
      low: 0,
      high: 1,
      why: `seconds before and behind; Mann–Whitney p ${first.p.toPrecision(2)} after Holm over streams and moments`,
    },
    evidence: [
      {
        label: 'by stream',
        section: 'io/service/groups',
        selection: {},
        formula: found.map(rate).join('; '),
      },
    ],
    actions: [rerun(name)],
    caveats: [
      'The kernel ends it between 3 and 25 s (10.5 s on a rotating disk, 3.75 s on flash, until it has measured the device). What else changed at that moment is not excluded.',
    ],
  };
}
