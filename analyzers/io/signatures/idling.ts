import type { Finding } from '../../../model/finding.ts';
import { deviceNumber } from '../../../model/io-tables.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import type { Context } from '../../context.ts';
import { deviceText } from '../../derived/io/device-names.ts';
import { idleGaps } from '../../derived/io/idle-gaps.ts';
import { numberSetting, queueSetting, schedulerOf } from '../../derived/settings.ts';
import { needsRequests } from '../needs.ts';
import { devicesOf, needsScheduler, queuePath } from './needs.ts';

/** A device that stands idle for a smaller part of its busy time loses nothing worth a change. */
const LEAST = 0.05;
/** Shorter gaps are the way from one request to the next, ns. */
const SHORTEST = 500e3;
/** Fewer gaps are chance. */
const FEWEST = 5;

interface Idling {
  readonly device: number;
  readonly scheduler: string;
  readonly isFlash: boolean;
  readonly slice: { readonly value: number; readonly captured: boolean };
  readonly gaps: readonly number[];
  readonly share: number;
}

/** CFQ and bfq wait slice_idle for the next request of a queue they serve; on flash there is no seek to be saved by it. */
export const idling = defineAnalyzer({
  id: 'io/signature/idling',
  question: 'Does the scheduler let a flash drive stand idle while requests wait?',
  needs: [needsRequests, needsScheduler],
  metrics: [
    {
      id: 'io.signature.idling',
      unit: 'share',
      labels: ['device'],
      about: `Part of the time with requests in which CFQ or bfq held them and the device had none, in gaps no longer than slice_idle (8 ms where it was not captured). Present from ${LEAST * 100} % on; rotating disks gain by idling, flash does not.`,
    },
  ],
  run(context) {
    const found = devicesOf(context).flatMap((device) => idlingOf(context, device));
    return {
      metrics: found.map(({ device, share, gaps }) => ({
        id: 'io.signature.idling',
        labels: { device: deviceNumber(device) },
        value: share,
        unit: 'share',
        better: 'lower',
        n: gaps.length,
      })),
      findings: found.filter(({ isFlash }) => isFlash).map((each) => finding(context, each)),
      sections: [],
    };
  },
});

function idlingOf(context: Context, device: number): Idling[] {
  const scheduler = schedulerOf(context, device) ?? '';
  if (!/^(?:cfq|bfq|bfq-sq|bfq-mq)$/.test(scheduler)) return [];
  const slice = numberSetting(context, device, 'iosched/slice_idle', 8);
  if (slice.value === 0) return [];
  const { gaps: all, busy } = idleGaps(context, device);
  // A timer tick later at most: what takes longer is not the timer.
  const gaps = all.filter((gap) => gap >= SHORTEST && gap <= slice.value * 1e6 * 1.25 + 1e6);
  const share = gaps.reduce((sum, gap) => sum + gap, 0) / busy;
  if (gaps.length < FEWEST || !(share >= LEAST)) return [];
  return [
    { device, scheduler, isFlash: queueSetting(context, device, 'rotational') === '0', slice, gaps, share },
  ];
}

function finding(context: Context, { device, scheduler, slice, gaps, share }: Idling): Finding {
  const name = deviceNumber(device);
  const whole = gaps.reduce((sum, gap) => sum + gap, 0);
  const limit = formatValue(slice.value * 1e6, 'ns');
  return {
    id: `io/signature/idling/${name}`,
    severity: 'warning',
    claim: `${scheduler} idles on flash drive ${deviceText(context, name)}: for ${formatShare(share)} of the time with requests the drive had none while the scheduler held some`,
    share,
    confidence: {
      n: gaps.length,
      bounds: true,
      low: share,
      high: share,
      why: `${formatCount(gaps.length)} gaps from a completion to the next issue, each seen from both ends`,
    },
    evidence: [
      {
        label: 'parts of the latency',
        section: 'io/waits/parts',
        selection: {},
        formula: `${formatCount(gaps.length)} gaps of ${formatValue(whole / gaps.length, 'ns')} on average (slice_idle ${limit}) = ${formatValue(whole, 'ns')} = ${formatShare(share)}`,
      },
    ],
    actions: [
      {
        text: 'Idling saves seeks, and flash has none: turn it off, or use a scheduler without',
        run: `echo 0 > ${queuePath(name)}/iosched/slice_idle`,
        undo: `echo ${slice.value} > ${queuePath(name)}/iosched/slice_idle`,
        verify: 'record again under the same load, and compare io.service.rate: vtune compare',
        risk: 'low',
      },
    ],
    caveats: [
      'Idling also keeps weights and classes apart: without it a deep queue takes from the others.',
      ...(slice.captured ? [] : [`slice_idle was not captured: ${limit} is the kernel’s default.`]),
    ],
  };
}
