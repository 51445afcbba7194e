import type { Finding } from '../../model/finding.ts';
import { deviceNumber } from '../../model/io-tables.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { formatCount, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { requestLabels } from '../derived/io/request-labels.ts';
import { firstSeen } from '../derived/io/request-table.ts';
import { requestModel } from '../derived/io/requests.ts';
import { jain } from '../stats/jain.ts';
import { needsRequests } from './needs.ts';
import { caveats } from './wait-findings.ts';

const WORST = 10;
/** Longest waits whose overtakers are counted. */
const ASKED = 200;
/** Nobody answers for a wait shorter than this, ns. */
const STARVED = 1e9;

/** One request that waited while others went past it. */
interface Starved {
  readonly row: number;
  /** ns from its first event to its issue. */
  readonly wait: number;
  /** Requests of other threads on the device that came later and were issued before it. */
  readonly overtakers: number;
}

/** Whether threads share a device, and who is passed over. */
export const ioFairness = defineAnalyzer({
  id: 'io/fairness',
  question: 'Do threads share a block device fairly, and is anyone starved?',
  needs: [needsRequests],
  metrics: [
    {
      id: 'io.jain',
      unit: 'share',
      labels: ['device'],
      about:
        'Jain’s index of the bytes completed per submitting thread: 1 = all the same, 1/n = one thread has everything. Threads that ask for less get less, so a low one need not be unfair.',
    },
    {
      id: 'io.starvation.max',
      unit: 'ns',
      labels: ['device', 'comm', 'ioprio'],
      about:
        'Longest time a request waited to be issued while requests other threads queued later were issued before it, by device; n = how many.',
    },
  ],
  run(context) {
    const starved = context.derive(starvedRequests);
    const names = context.derive(requestLabels);
    const devices = new Map<string, Starved>();
    for (const each of starved) {
      const device = names.device(each.row);
      if (!devices.has(device)) devices.set(device, each);
    }
    return {
      metrics: [
        ...jainMetrics(context),
        ...[...devices].map(
          ([device, { row, wait, overtakers }]): Metric => ({
            id: 'io.starvation.max',
            labels: { device, comm: names.comm(row), ioprio: names.ioprio(row) },
            value: wait,
            unit: 'ns',
            better: 'lower',
            n: overtakers,
          }),
        ),
      ],
      findings: [...devices].flatMap(([device, each]) => finding(context, device, each)),
      sections: starved.length === 0 ? [] : [table(context, starved.slice(0, WORST))],
    };
  },
});

function jainMetrics(context: Context): Metric[] {
  const { requests, completed } = context.derive(requestModel);
  const { device, submitter, bytes } = requests.columns;
  const moved = new Map<number, Map<number, number>>();
  for (const row of completed) {
    const own = moved.get(device[row] as number) ?? new Map<number, number>();
    moved.set(device[row] as number, own);
    const thread = submitter[row] as number;
    own.set(thread, (own.get(thread) ?? 0) + (bytes[row] as number));
  }
  return [...moved]
    .filter(([, own]) => own.size > 1)
    .map(([id, own]) => ({
      id: 'io.jain',
      labels: { device: deviceNumber(id) },
      value: jain([...own.values()]),
      unit: 'share',
      better: 'higher',
      n: own.size,
    }));
}

/** The longest waits before issue in which others went past, longest first. */
export function starvedRequests(context: Context): Starved[] {
  const { requests, completed } = context.derive(requestModel);
  const { columns } = requests;
  const { issue, device, submitter } = columns;
  const wait = (row: number): number => (issue[row] as number) - firstSeen(columns, row);
  const issued = completed.filter((row) => wait(row) > 0);
  const byIssue = issued.slice().sort((a, b) => (issue[a] as number) - (issue[b] as number));
  const longest = issued
    .slice()
    .sort((a, b) => wait(b) - wait(a) || a - b)
    .subarray(0, ASKED);
  const found: Starved[] = [];
  for (const row of longest) {
    const from = firstSeen(columns, row);
    let overtakers = 0;
    for (let at = firstAfter(byIssue, issue, from); at < byIssue.length; at++) {
      const other = byIssue[at] as number;
      if ((issue[other] as number) >= (issue[row] as number)) break;
      const passes =
        device[other] === device[row] &&
        submitter[other] !== submitter[row] &&
        firstSeen(columns, other) > from;
      if (passes) overtakers++;
    }
    if (overtakers > 0) found.push({ row, wait: wait(row), overtakers });
  }
  return found;
}

/** Index of the first of these rows issued after `time`. */
function firstAfter(rows: Uint32Array, issue: Float64Array, time: number): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((issue[rows[middle] as number] as number) > time) high = middle;
    else low = middle + 1;
  }
  return low;
}

function finding(context: Context, device: string, { row, wait, overtakers }: Starved): Finding[] {
  if (wait < STARVED) return [];
  const names = context.derive(requestLabels);
  const { completed } = context.derive(requestModel);
  return [
    {
      id: `io/fairness/starved/${device}`,
      severity: 'warning',
      claim: `A ${names.op(row)} of ${names.comm(row)} (priority ${names.ioprio(row)}) waited ${formatValue(wait, 'ns')} to be issued to ${device} while ${formatCount(overtakers)} later requests of others went past it`,
      share: Math.min(1, overtakers / completed.length),
      confidence: {
        n: completed.length,
        bounds: true,
        low: Math.min(1, overtakers / completed.length),
        high: Math.min(1, overtakers / completed.length),
        why: 'one request, seen from its queueing to its completion; its overtakers are counted, not estimated',
      },
      evidence: [
        {
          label: 'the longest such waits',
          section: 'io/fairness/starved',
          selection: {},
          formula: `${formatCount(overtakers)} of ${formatCount(completed.length)} requests came later and were issued earlier`,
        },
      ],
      actions: [
        {
          text: 'A real-time class, an expiry or a weight decides who goes first: look at IO priorities, and at the scheduler’s limits on what may overtake',
          run: `grep -H . /sys/dev/block/${device.replace(',', ':')}/queue/scheduler /sys/dev/block/${device.replace(',', ':')}/queue/iosched/*`,
          risk: 'none',
        },
      ],
      caveats: caveats(context),
    },
  ];
}

function table(context: Context, starved: readonly Starved[]): Section {
  const names = context.derive(requestLabels);
  return {
    kind: 'table',
    id: 'io/fairness/starved',
    title: 'Requests that waited longest while later ones of other threads were issued',
    columns: [
      { name: 'process', unit: 'text' },
      { name: 'device', unit: 'text' },
      { name: 'operation', unit: 'text' },
      { name: 'IO priority', unit: 'text' },
      { name: 'waited', unit: 'ns' },
      { name: 'overtaken by', unit: 'count' },
    ],
    rows: starved.map(({ row, wait, overtakers }) => ({
      cells: [names.comm(row), names.device(row), names.op(row), names.ioprio(row), wait, overtakers],
    })),
    of: starved.length,
  };
}
