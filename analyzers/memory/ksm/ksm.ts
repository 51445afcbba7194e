import type { Metric } from '../../../model/metric.ts';
import { defineAnalyzer } from '../../analyzer.ts';
import { type KsmState, ksmState } from '../../derived/memory/ksm-state.ts';
import { dearScanning, pagesUnmerged } from './cost.ts';
import { type ProcessProfit, processProfits } from './process-profits.ts';
import { dearProcesses } from './processes.ts';
import { hugePagesSplit, mergingAcrossNodes } from './side-effects.ts';
import { countsTable, processTable } from './tables.ts';
import { ksmVerdict } from './verdict.ts';

/** What same-page merging saves, what it costs, and whether it is time to say so. */
export const ksmAnalyzer = defineAnalyzer({
  id: 'memory/ksm',
  question: 'Is merging of equal pages (KSM) worth it?',
  needs: [
    {
      missing: 'copies of /sys/kernel/mm/ksm',
      captureWith:
        'for i in $(seq 0 9); do d=snap-00$i"_$(date +%s.%N)_$(cut -d" " -f1 /proc/uptime)"; mkdir $d; for f in /sys/kernel/mm/ksm/* /proc/vmstat /proc/meminfo /proc/$(pgrep -x ksmd)/stat /proc/$(pgrep -x ksmd)/schedstat; do cat $f > $d/$(echo $f | cut -c2- | tr / @); done; sleep 10; done',
      met: (_, context) => context.derive(ksmState) !== undefined,
    },
  ],
  metrics: [
    {
      id: 'memory.ksm.profit',
      unit: 'bytes',
      labels: [],
      about:
        'Memory saved less what its bookkeeping costs, at the last copy: general_profit, before Linux 6.4 pages_sharing × page − (shared + sharing + unshared + volatile) × 64. n is readings.',
    },
    {
      id: 'memory.ksm.full_scans',
      unit: 'count',
      labels: [],
      about: 'Passes over all mergeable memory since KSM was started.',
    },
    {
      id: 'memory.ksm.saved',
      unit: 'bytes',
      labels: [],
      about: 'pages_sharing × page size at the last copy.',
    },
    {
      id: 'memory.ksm.ratio',
      unit: 'count',
      labels: [],
      about: 'pages_sharing ÷ pages_shared: how often a kept page is used beyond once.',
    },
    {
      id: 'memory.ksm.waste',
      unit: 'count',
      labels: [],
      about: 'pages_unshared ÷ pages_sharing: pages looked at in vain for each one saved.',
    },
    {
      id: 'memory.ksm.scan_rate',
      unit: '1/s',
      labels: [],
      about:
        'Pages scanned a second; by pages_to_scan and sleep_millisecs where the kernel does not count (before 6.6), which is the most it can be.',
    },
    {
      id: 'memory.ksm.pass',
      unit: 'ns',
      labels: [],
      about:
        'Time of a full pass: counted where the copies reach over two, else mergeable pages known ÷ scan rate.',
    },
    { id: 'memory.ksm.cpu', unit: 'share', labels: [], about: 'CPU time of ksmd, share of one CPU.' },
    {
      id: 'memory.ksm.process_profit',
      unit: 'bytes',
      labels: ['pid'],
      about: 'The same profit of one process: ksm_process_profit, else merging × page − rmap_items × 64.',
    },
  ],
  run(context) {
    const state = context.derive(ksmState);
    if (state === undefined) return { metrics: [], findings: [], sections: [] };
    const processes = processProfits(context, state);
    return {
      metrics: [...hostMetrics(state), ...processes.map(processMetric)],
      findings: [
        ksmVerdict(context, state),
        ...dearScanning(context, state),
        ...pagesUnmerged(context),
        ...mergingAcrossNodes(context, state),
        ...hugePagesSplit(context, state),
        ...dearProcesses(context),
      ],
      sections: [countsTable(state), ...processTable(processes)],
    };
  },
});

function hostMetrics(state: KsmState): Metric[] {
  const metric = (
    id: string,
    value: number,
    unit: Metric['unit'],
    better: Metric['better'],
    n = state.n,
  ): Metric[] =>
    Number.isFinite(value) ? [{ id: `memory.ksm.${id}`, labels: {}, value, unit, better, n }] : [];
  const { cpu, cpuLow, cpuHigh, cpuIntervals } = state;
  return [
    ...metric('profit', state.profit, 'bytes', 'higher'),
    ...metric('full_scans', state.fullScans, 'count', 'neither'),
    ...metric('saved', state.sharing * state.pageSize, 'bytes', 'higher'),
    ...metric('ratio', state.sharing / state.shared, 'count', 'higher'),
    ...metric('waste', state.unshared / state.sharing, 'count', 'lower'),
    ...metric('scan_rate', state.scanRate, '1/s', 'neither'),
    ...metric('pass', state.passSeconds * 1e9, 'ns', 'neither'),
    ...metric('cpu', cpu, 'share', 'lower', cpuIntervals).map((each) => ({
      ...each,
      low: cpuLow,
      high: cpuHigh,
    })),
  ];
}

function processMetric({ pid, profit, n }: ProcessProfit): Metric {
  return {
    id: 'memory.ksm.process_profit',
    labels: { pid },
    value: profit,
    unit: 'bytes',
    better: 'higher',
    n,
  };
}
