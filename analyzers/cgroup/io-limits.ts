import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import { formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { groupsWithoutLimits, ioLimits, type LimitUse } from '../derived/cgroup/io-limits.ts';
import { type LimitState, limitFinding, stateOf } from './io-limit-findings.ts';

const said: Readonly<Record<LimitState, string>> = {
  binds: 'binds',
  bypassed: 'does not bind buffered writes',
  idle: 'nothing charged',
  below: 'below the limit',
  unknown: 'counts not copied, or without times',
  lifted: 'taken away again',
};

/** Whether limits of block I/O hold their groups up, and whether writes go past them. */
export const cgroupIoLimits = defineAnalyzer({
  id: 'cgroup/io-limits',
  question: 'Do I/O limits of control groups bind?',
  needs: [
    {
      missing: 'copies of io.max and io.stat (or blkio.throttle.*) of a control group',
      captureWith:
        'for i in $(seq 20); do d=snap-"$i"_$(cut -d" " -f1 /proc/uptime); mkdir $d; cp /sys/fs/cgroup/mygroup/io.* $d; for f in vmstat meminfo diskstats; do cat /proc/$f > $d/proc@$f; done; sleep 0.5; done',
      met: (_, context) =>
        context.derive(ioLimits).length > 0 || context.derive(groupsWithoutLimits).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cgroup.io.limit.use',
      unit: 'share',
      labels: ['cgroup', 'device', 'limit'],
      about:
        'Rate charged to the group over its limit: in the longest stretch at the limit (95 % and more), else in the busiest interval between two copies.',
    },
    {
      id: 'cgroup.io.limit.at',
      unit: 'ns',
      labels: ['cgroup', 'device', 'limit'],
      about: 'Longest stretch in which at least 95 % of the limit was used.',
    },
    {
      id: 'cgroup.io.charged',
      unit: 'bytes',
      labels: ['cgroup', 'device', 'limit'],
      about: 'Bytes charged to the group on the device between the first and the last copy.',
    },
  ],
  run(context) {
    const uses = context.derive(ioLimits);
    const known = uses.filter((use) => use.charged !== undefined);
    const free = context.derive(groupsWithoutLimits);
    return {
      metrics: uses.flatMap(metricsOf),
      findings: [
        ...uses.flatMap((use) => limitFinding(context, use) ?? []),
        ...(uses.length === 0 && free.length > 0 ? [noLimit(free)] : []),
        ...(uses.length > 0 && known.length === 0 ? [notCounted(uses)] : []),
      ],
      sections:
        uses.length === 0
          ? []
          : [
              {
                kind: 'table',
                id: 'cgroup/io-limits/limits',
                title: 'I/O limits of control groups',
                note: 'At the limit: the longest stretch in which 95 % of it and more was used.',
                columns: [
                  { name: 'cgroup', unit: 'text' },
                  { name: 'device', unit: 'text' },
                  { name: 'limits', unit: 'text' },
                  { name: 'limit', unit: 'text' },
                  { name: 'charged', unit: 'text' },
                  { name: 'busiest interval', unit: 'text' },
                  { name: 'at the limit', unit: 'ns' },
                  { name: 'intervals', unit: 'count' },
                  { name: 'limit', unit: 'text' },
                ],
                rows: uses.map((use) => {
                  const unit = use.quantity === 'bytes' ? 'bytes/s' : '1/s';
                  return {
                    cells: [
                      use.cgroup,
                      use.device,
                      `${use.direction} ${use.quantity}`,
                      formatValue(use.limit, unit),
                      use.charged === undefined
                        ? '–'
                        : formatValue(use.charged.value, use.quantity === 'bytes' ? 'bytes' : 'requests'),
                      formatValue(use.peak, unit),
                      use.atLimit?.duration ?? 0,
                      use.charged?.n ?? 0,
                      said[stateOf(context, use)],
                    ],
                  };
                }),
                of: uses.length,
              },
            ],
    };
  },
});

function metricsOf(use: LimitUse): Metric[] {
  const { cgroup, device, charged } = use;
  if (charged === undefined) return [];
  const labels = { cgroup, device, limit: `${use.direction} ${use.quantity}` };
  const achieved = use.atLimit?.rate ?? use.peak;
  const common = { labels, n: charged.n, better: 'neither' } as const;
  return [
    ...(Number.isFinite(achieved)
      ? ([
          { id: 'cgroup.io.limit.use', value: achieved / use.limit, unit: 'share', ...common },
          { id: 'cgroup.io.limit.at', value: use.atLimit?.duration ?? 0, unit: 'ns', ...common },
        ] as const)
      : []),
    ...(use.quantity === 'bytes'
      ? ([{ id: 'cgroup.io.charged', value: charged.value, unit: 'bytes', ...common }] as const)
      : []),
  ];
}

function noLimit(groups: readonly string[]): Finding {
  return {
    id: 'cgroup/io-limits/none',
    severity: 'ok',
    claim: `No I/O limit was set on ${groups.length === 1 ? groups[0] : `any of ${groups.length} groups`}`,
    share: 0,
    confidence: { n: groups.length, low: 0, high: 0, why: 'their files of limits are empty', bounds: true },
    evidence: [],
    actions: [],
    caveats: [],
    verdict: { knob: 'io.max', state: 'not enough data', why: 'no limit was set' },
  };
}

function notCounted(uses: readonly LimitUse[]): Finding {
  return {
    id: 'cgroup/io-limits/not-counted',
    severity: 'note',
    claim: `${uses.length} I/O ${uses.length === 1 ? 'limit is' : 'limits are'} set, and nothing tells whether ${uses.length === 1 ? 'it binds' : 'they bind'}`,
    share: 0,
    confidence: {
      n: 0,
      low: 0,
      high: 1,
      why: 'not enough data: the counts of the groups were not copied twice',
      bounds: true,
    },
    evidence: [{ label: 'limits', section: 'cgroup/io-limits/limits', selection: {} }],
    actions: [
      {
        text: 'Copy io.stat (blkio.throttle.io_service_bytes in version 1) of the groups several times while they work',
        risk: 'none',
      },
    ],
    caveats: [],
  };
}
