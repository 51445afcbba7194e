import type { Finding } from '../../../model/finding.ts';
import { meminfo, NODE, vmstat } from '../../../model/page-series.ts';
import { formatCount, formatShare, formatValue } from '../../../model/units.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import type { Context } from '../../context.ts';
import { type Increase, increaseOf } from '../../derived/counters/increase.ts';
import { entitiesOf, lastValue, readingsOf } from '../../derived/counters/readings.ts';
import { nodeCpus } from '../../derived/memory/node-cpus.ts';
import { settingsRead } from '../../derived/settings.ts';
import { countedFinding } from '../finding.ts';

const PATH = '/proc/sys/vm/zone_reclaim_mode';
const SECTION = 'memory/zone-reclaim/counts';
/** Part of memory in page cache from which the host is one that lives by it (heuristic). */
const CACHE = 0.2;

interface ZoneReclaim {
  /** Bits: 1 reclaim within the node, 2 write pages out for it, 4 swap for it. */
  readonly mode: number;
  /** Attempts to make room within a node instead of taking memory from another, that gave it and that did not. */
  readonly success: Increase | undefined;
  readonly failed: Increase | undefined;
  /** Pages of files that came back after reclaim. */
  readonly refaults: Increase | undefined;
  /** Bytes; NaN = not read. */
  readonly cache: number;
  readonly total: number;
  readonly nodes: number;
  /** Bytes free on the fullest node and on the emptiest; NaN without meminfo of nodes. */
  readonly leastFree: number;
  readonly mostFree: number;
}

/** vm.zone_reclaim_mode other than 0: a node throws away page cache while the next one has memory free. */
export const zoneReclaim = defineAnalyzer({
  id: 'memory/zone-reclaim',
  question: 'Does reclaim within a memory node (vm.zone_reclaim_mode) throw away page cache?',
  needs: [
    {
      missing: 'the setting vm.zone_reclaim_mode',
      captureWith:
        'for w in before after; do for f in /proc/vmstat /proc/meminfo /proc/sys/vm/zone_reclaim_mode /sys/devices/system/node/node[0-9]*/{meminfo,cpulist}; do cat $f > $w@$(echo $f | cut -c2- | tr / @); done; [ $w = after ] || sleep 60; done',
      met: (_, context) => context.derive(zoneReclaimRead) !== undefined,
    },
  ],
  metrics: [
    {
      id: 'memory.numa.zone_reclaims',
      unit: 'count',
      labels: ['outcome'],
      about:
        'Δzone_reclaim_success, Δzone_reclaim_failed of /proc/vmstat: attempts to make room within a node before memory of another is taken.',
    },
  ],
  run(context) {
    const read = context.derive(zoneReclaimRead);
    if (read === undefined) return { metrics: [], findings: [], sections: [] };
    const { success, failed } = read;
    const counts = [
      ['success', success],
      ['failed', failed],
    ] as const;
    return {
      metrics: counts.flatMap(([outcome, gained]) =>
        gained === undefined
          ? []
          : [
              {
                id: 'memory.numa.zone_reclaims',
                labels: { outcome },
                value: gained.value,
                unit: 'count' as const,
                better: 'lower' as const,
                n: gained.n,
              },
            ],
      ),
      findings: finding(read),
      sections: [
        {
          kind: 'table',
          id: SECTION,
          title: 'Reclaim within memory nodes',
          note: `vm.zone_reclaim_mode = ${read.mode}`,
          columns: [
            { name: 'what', unit: 'text' },
            { name: 'value', unit: 'text' },
          ],
          rows: rowsOf(read).map((cells) => ({ cells })),
          of: rowsOf(read).length,
        },
      ],
    };
  },
});

function zoneReclaimRead(context: Context): ZoneReclaim | undefined {
  const text = context.derive(settingsRead).get(PATH)?.trim() ?? '';
  if (!/^\d+$/.test(text)) return undefined;
  const gained = (key: string): Increase | undefined => increaseOf(readingsOf(context, vmstat(key)));
  const nodes = new Set([...entitiesOf(context, NODE), ...context.derive(nodeCpus).keys()]);
  const free = entitiesOf(context, NODE)
    .map((node) => lastValue(readingsOf(context, meminfo('MemFree'), NODE, node)))
    .filter(Number.isFinite);
  const last = (key: string): number => lastValue(readingsOf(context, meminfo(key)));
  return {
    mode: Number(text),
    success: gained('zone_reclaim_success'),
    failed: gained('zone_reclaim_failed'),
    refaults: gained('workingset_refault_file') ?? gained('workingset_refault'),
    cache: last('Active(file)') + last('Inactive(file)'),
    total: last('MemTotal'),
    nodes: nodes.size,
    leastFree: free.length === 0 ? Number.NaN : Math.min(...free),
    mostFree: free.length === 0 ? Number.NaN : Math.max(...free),
  };
}

function rowsOf({
  success,
  failed,
  refaults,
  cache,
  total,
  leastFree,
  mostFree,
}: ZoneReclaim): [string, string][] {
  return [
    ['made room within a node', formatCount(success?.value ?? Number.NaN)],
    ['tried and did not', formatCount(failed?.value ?? Number.NaN)],
    ['pages of files that came back', formatCount(refaults?.value ?? Number.NaN)],
    ['page cache', `${formatValue(cache, 'bytes')}, ${formatShare(cache / total)} of memory`],
    [
      'free on the fullest and the emptiest node',
      `${formatValue(leastFree, 'bytes')}, ${formatValue(mostFree, 'bytes')}`,
    ],
  ];
}

function finding(read: ZoneReclaim): Finding[] {
  const { mode, success, failed, refaults, cache, total, nodes, mostFree } = read;
  if (mode === 0 || nodes === 1) return [];
  const tried = (success?.value ?? 0) + (failed?.value ?? 0);
  const counted = success !== undefined || failed !== undefined;
  const back = refaults?.value ?? 0;
  const share = cache / total;
  const suffers = tried > 0 && (back > 0 || share > CACHE);
  const reclaims = `${formatCount(tried)} attempts to make room within a node`;
  return [
    countedFinding(
      'memory/zone-reclaim',
      suffers ? 'warning' : 'note',
      suffers
        ? `Nodes made room by dropping page cache instead of using memory of another node: ${reclaims} (vm.zone_reclaim_mode = ${mode})`
        : `vm.zone_reclaim_mode = ${mode}: a node that is full drops page cache before it takes memory of another`,
      {
        section: SECTION,
        formula: `Δzone_reclaim_success ${formatCount(success?.value ?? Number.NaN)} + Δzone_reclaim_failed ${formatCount(failed?.value ?? Number.NaN)}; page cache ${formatValue(cache, 'bytes')} = ${formatShare(share)} of memory; ${formatCount(back)} pages of files came back`,
        n: Math.max(1, success?.n ?? 0, failed?.n ?? 0),
      },
      {
        share: Number.isFinite(share) ? share : 0,
        verdict: {
          knob: 'vm.zone_reclaim_mode',
          state: suffers ? 'worse' : counted ? 'inconclusive' : 'not enough data',
          ...(counted ? { mechanism: reclaims } : {}),
          why: suffers
            ? back > 0
              ? 'pages that were dropped were needed again'
              : 'the host lives by its page cache'
            : counted
              ? 'it did nothing between the copies'
              : 'two copies of /proc/vmstat are needed',
        },
        actions: [
          {
            text: 'Let nodes take memory from each other; only programs that are bound to nodes and read no files gain by the setting',
            run: 'sysctl -w vm.zone_reclaim_mode=0',
            undo: `sysctl -w vm.zone_reclaim_mode=${mode}`,
            verify:
              'grep -E "zone_reclaim|workingset_refault" /proc/vmstat; sleep 10; grep -E "zone_reclaim|workingset_refault" /proc/vmstat',
            persist: "echo 'vm.zone_reclaim_mode = 0' > /etc/sysctl.d/90-zone-reclaim.conf",
            risk: 'low',
            setting: { path: PATH, value: '0', was: String(mode) },
          },
        ],
        caveats: [
          ...(mostFree > 0
            ? [`the emptiest node had ${formatValue(mostFree, 'bytes')} free at the last copy`]
            : []),
          ...(nodes === 0
            ? ['how many nodes there are was not read: with one the setting does nothing']
            : []),
          'more than 20 % of memory in page cache is a heuristic',
        ],
      },
    ),
  ];
}
