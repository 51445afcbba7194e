import type { Finding } from '../../model/finding.ts';
import type { Section } from '../../model/section.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { hostFacts } from '../derived/host-facts.ts';
import { deviceIntervals } from '../derived/io/device-intervals.ts';
import { checkLittlesLaw, type LawCheck } from '../derived/io/littles-law.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { iostatCommand } from './capture.ts';

const MOST_ROWS = 100;

/** Whether rows of disk reports agree with themselves. */
export const littlesLaw = defineAnalyzer({
  id: 'io/littles-law',
  question: 'Do the disk reports agree with themselves?',
  needs: [
    {
      missing: 'disk reports with queue length, rates and waits (iostat -x, sar -d)',
      captureWith: iostatCommand,
      met: (_, context) => context.derive(lawChecks).rows > 0,
    },
  ],
  metrics: [
    {
      id: 'iostat.law.rows',
      unit: 'count',
      labels: [],
      about: 'Rows in which aqu-sz can be compared with Σ rate × await.',
    },
    {
      id: 'iostat.law.violations',
      unit: 'count',
      labels: [],
      about: 'Rows in which they differ by more than printing can have rounded away.',
    },
  ],
  run(context) {
    const check = context.derive(lawChecks);
    const count = (id: string, value: number, better: 'lower' | 'neither') =>
      ({ id, labels: {}, value, unit: 'count', better, n: check.rows }) as const;
    return {
      metrics: [
        count('iostat.law.rows', check.rows, 'neither'),
        count('iostat.law.violations', check.violations.length, 'lower'),
      ],
      findings: findings(context, check),
      sections: sections(context, check),
    };
  },
});

function lawChecks(context: Context): LawCheck {
  const checks = context.derive(deviceIntervals).map(checkLittlesLaw);
  return {
    rows: checks.reduce((sum, { rows }) => sum + rows, 0),
    violations: checks.flatMap(({ violations }) => violations),
    largest: checks.reduce((most, { largest }) => Math.max(most, largest), 0),
  };
}

function findings(context: Context, { rows, violations, largest }: LawCheck): Finding[] {
  const share = violations.length / rows;
  const { kernel = '' } = context.derive(hostFacts);
  const old = accountsOtherwise(kernel);
  const n = violations.length;
  const claim =
    n === 0
      ? `All ${formatCount(rows)} disk rows agree with Little’s law (aqu-sz = Σ rate × await)`
      : `${formatCount(n)} of ${formatCount(rows)} disk rows contradict Little’s law: aqu-sz is not Σ rate × await`;
  const [first] = violations;
  return [
    {
      id: 'io/littles-law/rows',
      severity: n === 0 ? 'ok' : old ? 'note' : 'warning',
      claim,
      share,
      confidence: {
        n: rows,
        ...wilsonInterval(share, rows),
        why: 'row by row, with the range that the printed digits and whole milliseconds leave',
      },
      evidence: [
        {
          label: n === 0 ? 'every disk' : 'rows that contradict it',
          section: n === 0 ? 'io/disks/devices' : 'io/littles-law/rows',
          selection: {},
          formula:
            first === undefined
              ? `off by ${largest.toFixed(3)} requests at most where all kinds of requests are printed`
              : `${first.device}: printed ${first.printed}, but Σ rate × await = ${first.expected.toFixed(3)}, at least ${first.low.toFixed(3)} and at most ${first.high.toFixed(3)}`,
        },
      ],
      actions:
        n === 0
          ? []
          : [
              {
                text: 'Do not trust these rows: was the file edited, joined, or its columns renamed? Capture it again',
                run: iostatCommand,
                risk: 'none',
              },
            ],
      caveats: old
        ? [
            `Linux ${kernel} counts time in the queue in another way than waits (before 5.0 also of requests not yet done, from 5.0 to 5.6 in whole timer ticks): rows may differ without being wrong`,
          ]
        : kernel === '' && n > 0
          ? ['the kernel is not known; before 5.7 rows may differ without being wrong']
          : [],
    },
  ];
}

/** Kernels whose time in queue is not the sum of the times of requests: before 5.7 (block/diskstats). */
export function accountsOtherwise(kernel: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(kernel) ?? [];
  return major !== undefined && (Number(major) < 5 || (Number(major) === 5 && Number(minor) < 7));
}

function sections(context: Context, { violations, rows }: LawCheck): Section[] {
  if (violations.length === 0) return [];
  const { start } = context.derive(traceSpan);
  return [
    {
      kind: 'table',
      id: 'io/littles-law/rows',
      title: 'Disk rows that contradict Little’s law',
      note: `${formatShare(violations.length / rows)} of ${formatCount(rows)} rows. The range is what the printed digits leave for the number of requests in flight.`,
      columns: [
        { name: 'time', unit: 'ns' },
        { name: 'disk', unit: 'text' },
        { name: 'aqu-sz printed', unit: 'requests' },
        { name: 'Σ rate × await', unit: 'requests' },
        { name: 'at least', unit: 'requests' },
        { name: 'at most', unit: 'requests' },
      ],
      rows: violations.slice(0, MOST_ROWS).map(({ device, time, printed, expected, low, high }) => ({
        cells: [Number.isNaN(time) ? '' : time - start, device, printed, expected, low, high],
      })),
      of: violations.length,
    },
  ];
}
