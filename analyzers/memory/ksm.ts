import type { TableSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { ksmFindings } from './ksm-findings.ts';
import { type KsmState, ksmState } from './ksm-state.ts';

const SECTION = 'memory/ksm/table';

/** Kernel samepage merging (Documentation/admin-guide/mm/ksm.rst): is it worth its cost? */
export const ksmAnalyzer = defineAnalyzer({
  id: 'memory/ksm',
  question: 'Does merging equal pages (KSM) save more than it costs?',
  needs: [
    {
      missing: 'copies of /sys/kernel/mm/ksm/*',
      captureWith:
        'for s in 0 1; do d=snap-00$s"_"$(cut -d" " -f1 /proc/uptime); mkdir $d; for f in /sys/kernel/mm/ksm/* /proc/$(pgrep -x ksmd)/stat; do cp $f $d/$(echo $f | tr / @); done; sleep 60; done',
      met: (_, context) => context.derive(ksmState) !== undefined,
    },
  ],
  metrics: [
    {
      id: 'memory.ksm.profit',
      unit: 'bytes',
      labels: [],
      about:
        'Memory KSM saves less what its bookkeeping takes, at the last reading: general_profit, before Linux 6.4 (sharing + zero pages)·4096 − rmap items·64. Negative: it costs more than it saves.',
    },
    {
      id: 'memory.ksm.full_scans',
      unit: 'count',
      labels: [],
      about: 'Complete passes over all mergeable memory: fewer than 3 tell nothing of what could be merged.',
    },
    { id: 'memory.ksm.sharing', unit: 'count', labels: [], about: 'Pages that are saved: pages_sharing.' },
    {
      id: 'memory.ksm.cpu',
      unit: 'share',
      labels: [],
      about: 'CPU time of ksmd, as a share of one CPU, with what ticks of 10 ms leave open.',
    },
  ],
  run(context) {
    const state = context.derive(ksmState) as KsmState;
    const { n, cpu } = state;
    const measured = [
      { id: 'memory.ksm.profit', value: state.profit, unit: 'bytes', better: 'higher' },
      { id: 'memory.ksm.full_scans', value: state.fullScans, unit: 'count', better: 'neither' },
      { id: 'memory.ksm.sharing', value: state.sharing, unit: 'count', better: 'neither' },
    ] as const;
    return {
      metrics: [
        ...measured
          .filter(({ value }) => !Number.isNaN(value))
          .map((metric) => ({ ...metric, labels: {}, n })),
        ...(cpu === undefined
          ? []
          : [
              {
                id: 'memory.ksm.cpu',
                labels: {},
                value: cpu.share,
                unit: 'share',
                better: 'lower',
                n: cpu.n,
                low: Math.max(0, cpu.share - cpu.error),
                high: cpu.share + cpu.error,
              } as const,
            ]),
      ],
      findings: ksmFindings(context, state, SECTION),
      sections: [table(state), ...(state.processes.length === 0 ? [] : [processTable(state)])],
    };
  },
});

function table(state: KsmState): TableSection {
  const rows: [string, string][] = [
    ['profit', formatValue(state.profit, 'bytes')],
    ['computed', state.profitFormula],
    ['pages saved (pages_sharing)', formatCount(state.sharing)],
    ['pages kept for them (pages_shared)', formatCount(state.shared)],
    ['saved for each kept', formatCount(state.sharing / state.shared)],
    ['looked at and unique (pages_unshared)', formatCount(state.unshared)],
    ['changing too fast (pages_volatile)', formatCount(state.volatile)],
    ['complete passes (full_scans)', formatCount(state.fullScans)],
    ['pages looked at a second', formatCount(Math.round(state.scanRate))],
    ['a pass takes', formatValue(state.passSeconds * 1e9, 'ns')],
    ['CPU of ksmd', state.cpu === undefined ? 'not captured' : formatShare(state.cpu.share)],
    ['MiB saved for a percent of a CPU', formatCount(savedPerCpu(state))],
  ];
  return {
    kind: 'table',
    id: SECTION,
    title: `KSM at the last of ${state.n} readings`,
    columns: [
      { name: 'what', unit: 'text' },
      { name: 'value', unit: 'text' },
    ],
    rows: rows.map((cells) => ({ cells })),
    of: rows.length,
  };
}

function savedPerCpu({ profit, cpu }: KsmState): number {
  return cpu === undefined || !(cpu.share > 0) ? Number.NaN : profit / 2 ** 20 / (cpu.share * 100);
}

function processTable({ processes }: KsmState): TableSection {
  const rows = [...processes].sort((a, b) => b.profit - a.profit);
  return {
    kind: 'table',
    id: 'memory/ksm/processes',
    title: 'Processes KSM works for',
    columns: [
      { name: 'process', unit: 'text' },
      { name: 'pages merged', unit: 'count' },
      { name: 'items kept', unit: 'count' },
      { name: 'profit', unit: 'bytes' },
    ],
    rows: rows.slice(0, 50).map(({ pid, merging, rmapItems, profit }) => ({
      cells: [pid, merging, rmapItems, profit],
    })),
    of: rows.length,
  };
}
