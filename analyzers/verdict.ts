import type { Finding } from '../model/finding.ts';
import type { Metric } from '../model/metric.ts';
import type { Run, Verdict } from '../model/report.ts';
import { shortName } from '../model/symbol-name.ts';
import { formatCount, formatShare, formatValue } from '../model/units.ts';
import type { Context } from './context.ts';
import { type EventSummary, eventSummaries, FOLDED, profileEvents } from './derived/event-summary.ts';
import { groupsBy } from './derived/groups.ts';
import { deviceIntervals } from './derived/io/device-intervals.ts';
import { onlySinceBoot } from './derived/io/since-boot.ts';
import { profile } from './derived/profile.ts';
import { traceSpan } from './derived/trace-span.ts';
import { BUSIEST } from './host/use-method.ts';

interface Parts {
  readonly context: Context;
  readonly run: Run;
  /** Most important first. */
  readonly findings: readonly Finding[];
  readonly metrics: readonly Metric[];
}

/** The answer in a few lines: what is wrong or where the time goes, how much of it, how sure. */
export function verdictOf(parts: Parts): Verdict {
  const { context, findings } = parts;
  const { rows, event, duration } = context.derive(profile);
  const severity = findings[0]?.severity ?? 'ok';
  const load = findings.find(({ id }) => id === 'load/average/made-of');
  // A high load is what people ask about; else the profile speaks first where there is one.
  if (rows.length === 0 || load?.severity === 'warning') {
    const traced = traceVerdict(parts, load);
    if (traced !== undefined) return traced;
  }
  if (rows.length === 0) {
    return {
      severity: 'note',
      headline: nothingToJudge(parts),
      lines: [],
    };
  }
  return {
    severity,
    headline: headline(parts),
    lines: [
      kindLine(parts),
      functionLine(parts),
      ...findings
        .filter((finding) => finding.severity === 'critical' || finding.severity === 'warning')
        .slice(0, 2)
        .map(({ claim }) => `${claim}.`),
      countLine(rows.length, event, duration),
    ].filter((line) => line !== ''),
  };
}

function nothingToJudge({ context, run }: Parts): string {
  if (context.derive(profileEvents).length > 0) return 'Nothing ran: every sample is of an idle CPU.';
  if (context.trace.imports.some(({ clock }) => clock.name === 'ticks')) {
    return 'The trace clock counts something else than time: events have an order and no durations.';
  }
  if (context.derive(onlySinceBoot)) {
    return 'These disk reports are averages since boot: they tell nothing of any interval.';
  }
  return run.samples > 0
    ? `${formatCount(run.samples)} events, and none that an analyzer asks about.`
    : 'There are no samples to judge.';
}

/** The verdict of a trace of switches, calls, block requests or task states; undefined when it has none of these. */
function traceVerdict(parts: Parts, load: Finding | undefined): Verdict | undefined {
  const { context, metrics } = parts;
  // The summary of the host leads only where nothing else was found.
  const others = parts.findings.filter(({ id }) => id !== BUSIEST);
  const findings = others.length > 0 ? others : parts.findings;
  const [first] = findings;
  const switches = metrics.find(({ id }) => id === 'sched.switches')?.value ?? 0;
  const calls = context.trace.tables.calls.length;
  const requests = metrics.reduce((sum, { id, value }) => (id === 'io.requests' ? sum + value : sum), 0);
  const looks = context.trace.tables.taskSamples.length;
  const events = context.derive(eventSummaries).reduce((sum, { samples }) => sum + samples, 0);
  if (first === undefined && switches + calls + looks + requests === 0) return undefined;
  const lead = first?.severity === 'critical' ? first : (load ?? first);
  const disks = context.derive(deviceIntervals);
  const rows = disks.reduce((sum, { length }) => sum + length, 0);
  const { duration } = context.derive(traceSpan);
  const span = duration > 0 ? ` in ${formatValue(duration * 1e9, 'ns')}` : '';
  const counted = [
    ...(switches > 0 ? [`${formatCount(switches)} context switches`] : []),
    ...(calls > 0 ? [`${formatCount(calls)} traced calls`] : []),
    ...(requests > 0 ? [`${formatCount(requests)} requests of block devices`] : []),
    ...(events > 0 ? [`${formatCount(events)} events`] : []),
    ...(looks > 0 ? [`${formatCount(looks)} task states sampled`] : []),
    ...(rows > 0
      ? [
          `${formatCount(rows)} intervals of ${formatCount(disks.length)} ${disks.length === 1 ? 'disk' : 'disks'}`,
        ]
      : []),
  ];
  const besides = findings.filter((finding) => finding !== lead && finding.severity !== 'ok');
  return {
    severity: first?.severity ?? 'ok',
    headline: lead === undefined ? 'Nothing conspicuous in this trace.' : `${lead.claim}.`,
    lines: [
      ...besides.slice(0, 4).map(({ claim }) => `${claim}.`),
      ...(counted.length > 0 ? [`${counted.join(', ')}${span}.`] : []),
    ],
  };
}

/** Part of the weight from which on naming the process says nothing new. */
const ALONE = 0.95;

/** What is critically wrong, else who uses the time: the process that has most of it, or its hottest place. */
function headline({ context, run, findings, metrics }: Parts): string {
  const [first] = findings;
  if (first?.severity === 'critical') return `${first.claim}.`;
  const { event, weight, duration } = context.derive(profile);
  const [process, next] = groupsBy(context).process;
  if (process === undefined) return 'There are no samples to judge.';
  const cpus = Number(run.host.cpus ?? Number.NaN);
  const used = event.unit === 'ns' && duration > 0 ? weight / 1e9 / duration : Number.NaN;
  const load = Number.isNaN(used)
    ? ''
    : `, with ${used.toFixed(2)}${Number.isNaN(cpus) ? '' : ` of ${cpus}`} CPUs busy on average`;
  const what = event.whole;
  const hottest = largest(metrics, 'cpu.function.self.share');
  if (process.share > ALONE && hottest !== undefined) {
    const where = shortName(hottest.labels.function ?? '');
    return `${process.name} spends ${formatShare(hottest.value)} of the ${what} in ${where}${load}.`;
  }
  if (process.share > 0.5 || next === undefined) {
    return `${process.name} uses ${formatShare(process.share)} of the ${what}${load}.`;
  }
  if (hottest !== undefined && hottest.value > process.share) {
    return `${shortName(hottest.labels.function ?? '')} takes ${formatShare(hottest.value)} of the ${what}${load}.`;
  }
  return `${process.name} (${formatShare(process.share)}) and ${next.name} (${formatShare(next.share)}) use most of the ${what}${load}.`;
}

function kindLine({ context, metrics }: Parts): string {
  const shares = metrics
    .filter(({ id, value }) => id === 'cpu.kind.share' && value >= 0.005)
    .sort((a, b) => b.value - a.value)
    .map(({ labels, value }) => `${formatShare(value)} ${labels.kind}`);
  const idle = metrics.find(({ id }) => id === 'cpu.idle.share');
  if (shares.length === 0) return '';
  const { isTime, name } = context.derive(profile).event;
  const busy = `${isTime ? 'Busy time' : name} is ${shares.join(', ')}`;
  return idle === undefined ? `${busy}.` : `${busy}; idle ${formatShare(idle.value)} of all.`;
}

function functionLine({ metrics }: Parts): string {
  const top = metrics
    .filter(({ id }) => id === 'cpu.function.self.share')
    .sort((a, b) => b.value - a.value)
    .slice(0, 3)
    .map(({ labels, value }) => `${shortName(labels.function ?? '')} ${formatShare(value)}`);
  return top.length === 0 ? '' : `Hottest functions: ${top.join(', ')}.`;
}

function largest(metrics: readonly Metric[], id: string): Metric | undefined {
  return metrics
    .filter((metric) => metric.id === id)
    .reduce<Metric | undefined>(
      (best, metric) => (best === undefined || metric.value > best.value ? metric : best),
      undefined,
    );
}

function countLine(n: number, event: EventSummary, duration: number): string {
  if (event.name === FOLDED)
    return `${formatCount(n)} folded stacks, which do not say how many samples they were made of.`;
  const span = duration > 0 ? ` in ${formatValue(duration * 1e9, 'ns')}` : '';
  return `${formatCount(n)} ${event.isTime ? 'busy ' : ''}samples of ${event.name}${span}.`;
}
