import type { Finding } from '../../../model/finding.ts';
import { blockOps, deviceNumber } from '../../../model/io-tables.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import type { Context } from '../../context.ts';
import { deviceText } from '../../derived/io/device-names.ts';
import { firstSeen } from '../../derived/io/request-table.ts';
import { requestModel } from '../../derived/io/requests.ts';
import { numberSetting, schedulerOf } from '../../derived/settings.ts';
import { wilsonInterval } from '../../stats/wilson.ts';
import { needsRequests } from '../needs.ts';
import { devicesOf, needsScheduler, queuePath } from './needs.ts';

/**
 * What is let through by its age goes soon after: behind those of its class that came of age before it,
 * one at a time, while the device does one for the higher class in between.
 */
const SOON = 0.15;
/** Fewer that went past it do not show that it was held back for them. */
const FEWEST_PAST = 10;

interface Aged {
  readonly device: number;
  /** ns */
  readonly expire: number;
  readonly captured: boolean;
  /** ns, waits of lower classes that ended just beyond the expiry, ascending. */
  readonly waits: readonly number[];
  /** Requests of a lower class. */
  readonly of: number;
  /** Of higher classes, issued during the longest of these waits. */
  readonly past: number;
  readonly example: string;
}

/**
 * mq-deadline (since 5.14) gives lower IO classes nothing while a higher one has requests, until they
 * are prio_aging_expire old: block/mq-deadline.c, dd_dispatch_prio_aged_requests.
 */
export const ageing = defineAnalyzer({
  id: 'io/signature/ageing',
  question: 'Do lower IO classes wait for mq-deadline’s ageing?',
  needs: [needsRequests, needsScheduler],
  metrics: [
    {
      id: 'io.signature.ageing',
      unit: 'share',
      labels: ['device'],
      about:
        'Part of the requests of lower IO classes that waited just beyond prio_aging_expire under mq-deadline while higher classes were served. Present where there are any.',
    },
  ],
  run(context) {
    const found = devicesOf(context).flatMap((device) => agedOf(context, device));
    return {
      metrics: found.map(({ device, waits, of }) => ({
        id: 'io.signature.ageing',
        labels: { device: deviceNumber(device) },
        value: waits.length / of,
        ...wilsonInterval(waits.length / of, of),
        unit: 'share',
        better: 'lower',
        n: of,
      })),
      findings: found.map((each) => finding(context, each)),
      sections: [],
    };
  },
});

/** RT before BE and none, before idle, as ioprio_class_to_prio has them. */
function rankOf(ioprio: number): number {
  const ioClass = ioprio >>> 13;
  return ioClass === 1 ? 0 : ioClass === 3 ? 2 : 1;
}

function agedOf(context: Context, device: number): Aged[] {
  if (schedulerOf(context, device) !== 'mq-deadline') return [];
  const { requests, completed } = context.derive(requestModel);
  const { columns } = requests;
  const { value, captured } = numberSetting(context, device, 'iosched/prio_aging_expire', 10_000);
  const expire = value * 1e6;
  const rows = completed.filter(
    (row) =>
      columns.device[row] === device &&
      columns.ioprio[row] !== 0xffff &&
      !Number.isNaN(columns.issue[row] as number),
  );
  const highest = rows.reduce((least, row) => Math.min(least, rankOf(columns.ioprio[row] as number)), 2);
  const lower = rows.filter((row) => rankOf(columns.ioprio[row] as number) > highest);
  const wait = (row: number): number => (columns.issue[row] as number) - firstSeen(columns, row);
  const aged = lower
    .filter((row) => wait(row) >= expire && wait(row) <= expire * (1 + SOON))
    .sort((a, b) => wait(a) - wait(b));
  const longest = aged.at(-1);
  if (longest === undefined) return [];
  const [from, to] = [firstSeen(columns, longest), columns.issue[longest] as number];
  const past = rows.filter(
    (row) =>
      rankOf(columns.ioprio[row] as number) < rankOf(columns.ioprio[longest] as number) &&
      (columns.issue[row] as number) > from &&
      (columns.issue[row] as number) < to,
  ).length;
  if (past < FEWEST_PAST) return [];
  const op = blockOps[columns.op[longest] as number] ?? 'request';
  return [
    {
      device,
      expire,
      captured,
      waits: Array.from(aged, wait),
      of: lower.length,
      past,
      example: op,
    },
  ];
}

function finding(context: Context, { device, expire, captured, waits, of, past, example }: Aged): Finding {
  const name = deviceNumber(device);
  const share = waits.length / of;
  const [least = 0, most = 0] = [waits[0], waits.at(-1)];
  const limit = formatValue(expire, 'ns');
  return {
    id: `io/signature/ageing/${name}`,
    severity: 'warning',
    claim: `mq-deadline’s ageing steps on ${deviceText(context, name)}: ${formatCount(waits.length)} of ${formatCount(of)} requests of lower IO classes waited ${waits.length === 1 ? formatValue(most, 'ns') : `${formatValue(least, 'ns')} to ${formatValue(most, 'ns')}`} and went when they were prio_aging_expire (${limit}) old`,
    share,
    confidence: {
      n: of,
      ...wilsonInterval(share, of),
      why: `${formatCount(past)} requests of higher classes were issued during the longest of these waits, a ${example}`,
    },
    evidence: [
      {
        label: 'longest waits',
        section: 'io/fairness/starved',
        selection: {},
        formula: `wait ÷ prio_aging_expire = ${(least / expire).toFixed(3)} … ${(most / expire).toFixed(3)}, ${formatShare(share)} of the lower classes`,
      },
      { label: 'by class', section: 'io/service/groups', selection: {} },
    ],
    actions: [
      {
        text: 'A real-time class on mq-deadline stops all others: give RT only to who needs it for moments, or shorten the step',
        run: `echo 1000 > ${queuePath(name)}/iosched/prio_aging_expire`,
        undo: `echo ${(expire / 1e6).toFixed(0)} > ${queuePath(name)}/iosched/prio_aging_expire`,
        verify: 'record again under the same load, and compare io.service.gap: vtune compare',
        risk: 'low',
      },
    ],
    caveats: captured ? [] : [`prio_aging_expire was not captured: ${limit} is the kernel’s default.`],
  };
}
