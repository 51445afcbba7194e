import type { Finding } from '../../model/finding.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { hostFacts } from '../derived/host-facts.ts';
import { deviceIntervals } from '../derived/io/device-intervals.ts';
import { type DeviceSummary, deviceSummaries } from '../derived/io/device-summary.ts';
import { onlySinceBoot } from '../derived/io/since-boot.ts';
import { iostatCommand } from './capture.ts';
import { diskMetricDefinitions, diskMetrics } from './disk-metrics.ts';
import { diskSections } from './disk-sections.ts';
import { waitFindings } from './queueing.ts';
import { saturationFindings } from './saturation.ts';
import { slowDiskFindings } from './slow-disk.ts';
import { smallWriteFindings } from './small-writes.ts';
import { stallFindings } from './stalls.ts';

/** Disks from averages: iostat, sar -d, sadf, differences of /proc/diskstats. */
export const disks = defineAnalyzer({
  id: 'io/disks',
  question: 'How busy are the disks, and what do requests wait for?',
  needs: [
    {
      missing:
        'reports of disks over an interval (all there are averages since boot: iostat ran without an interval)',
      captureWith: iostatCommand,
      unusable: true,
      met: (_, context) => !context.derive(onlySinceBoot),
    },
    {
      missing: 'reports of disks over an interval (iostat, sar -d) or two copies of /proc/diskstats',
      captureWith: iostatCommand,
      met: (_, context) => context.derive(deviceIntervals).length > 0,
    },
  ],
  metrics: diskMetricDefinitions,
  run(context) {
    const summaries = context.derive(deviceSummaries);
    const { kernel = '' } = context.derive(hostFacts);
    const findings = [
      ...summaries.flatMap((summary) => [
        ...saturationFindings(summary, kernel),
        ...waitFindings(summary, kernel),
        ...smallWriteFindings(summary),
        ...stallFindings(summary),
      ]),
      ...slowDiskFindings(summaries),
    ];
    return {
      metrics: diskMetrics(summaries),
      findings: findings.length > 0 ? findings : overview(summaries),
      sections: diskSections(context, summaries),
    };
  },
});

/** What is said when nothing is wrong, or when too little is told to know. */
function overview(summaries: readonly DeviceSummary[]): Finding[] {
  const [busiest] = summaries;
  if (busiest === undefined) return [];
  const { util, intervals } = busiest;
  const isKnown = !Number.isNaN(util.value);
  return [
    {
      id: 'io/disks/overview',
      severity: isKnown ? 'ok' : 'note',
      claim: isKnown ? calm(busiest) : unknown(busiest),
      share: isKnown ? Math.min(1, util.value) : 0,
      confidence: {
        n: intervals.length,
        low: isKnown ? Math.max(0, util.low || 0) : 0,
        high: isKnown ? Math.min(1, util.high || 1) : 1,
        why: isKnown
          ? 'averages of intervals: bursts shorter than one are not seen'
          : 'to know how busy a disk was takes reports with %util, or copies of /proc/diskstats with times',
        ...(isKnown ? {} : { bounds: true as const }),
      },
      evidence: [{ label: 'every disk', section: 'io/disks/devices', selection: {} }],
      actions: isKnown ? [] : [{ text: 'Capture the extended report', run: iostatCommand, risk: 'none' }],
      caveats: [],
    },
  ];
}

function calm({ device, util, seconds, intervals }: DeviceSummary): string {
  const span = Number.isNaN(seconds)
    ? `${formatCount(intervals.length)} intervals`
    : formatValue(seconds * 1e9, 'ns');
  return `No disk was short of capacity: the busiest, ${device}, was busy ${formatShare(util.value)} of ${span}`;
}

function unknown({ device, intervals, requests, all }: DeviceSummary): string {
  if (intervals.timed)
    return `How busy the disks were is not told: ${device} had most requests, ${formatValue(all.rate.value, '1/s')}`;
  const wait = all.wait.value > 0 ? ` that took ${formatValue(all.wait.value, 'ns')} on average` : '';
  return `Between the copies of /proc/diskstats ${device} completed ${formatCount(requests)} requests${wait}; the copies carry no times, so rates are not known`;
}
