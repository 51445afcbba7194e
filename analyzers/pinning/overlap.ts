import type { Finding } from '../../model/finding.ts';
import type { TableSection } from '../../model/section.ts';
import { formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { formatCpuList } from '../derived/cpu-list.ts';
import type { BusyThread } from '../derived/pinning/busy-threads.ts';
import { heldThreads, type Overlap, overlaps } from '../derived/pinning/overlaps.ts';
import { captureTopology, topology } from '../derived/sched/topology.ts';
import { captureAffinity, spreadThreads } from './overlap-actions.ts';

const SECTION = 'pinning/overlap/table';
const MOST_ROWS = 100;

/** Pinning to a CPU that others keep busy is the commonest way in which pinning harms. */
export const pinningOverlap = defineAnalyzer({
  id: 'pinning/overlap',
  question: 'Are busy threads held to CPUs they have to share while others idle?',
  needs: [
    {
      missing:
        'which CPUs busy threads may run on (Cpus_allowed_list of /proc/PID/task/*/status, or the cpuset of their group), with how long they ran (two copies of stat or schedstat of the same threads, or sched_switch events)',
      captureWith: captureAffinity,
      met: (_, context) => context.derive(heldThreads).length > 0,
    },
  ],
  metrics: [
    {
      id: 'pinning.overlap.threads',
      unit: 'count',
      labels: ['cpus'],
      about:
        'Busy threads that may run on these CPUs only, and are more than the CPUs can run: they wanted more than 1.1 times the time there is, or used 90 % of it (heuristics). A thread is busy when it wants a CPU a fifth of the time.',
    },
    {
      id: 'pinning.overlap.wait_share',
      unit: 'share',
      labels: ['cpus'],
      about: 'Δwait / (Δrun + Δwait) of these threads together.',
    },
  ],
  run(context) {
    const found = context.derive(overlaps);
    return {
      metrics: found.flatMap(({ cpus, threads, waitShare, kind }) => {
        if (kind === 'core') return [];
        const common = { labels: { cpus: formatCpuList(cpus) }, better: 'lower', n: nOf(threads) } as const;
        return [
          { id: 'pinning.overlap.threads', value: threads.length, unit: 'count' as const, ...common },
          ...(Number.isFinite(waitShare)
            ? [{ id: 'pinning.overlap.wait_share', value: waitShare, unit: 'share' as const, ...common }]
            : []),
        ];
      }),
      findings: found.length === 0 ? [noOverlap(context)] : found.map((each) => finding(context, each)),
      sections: [table(context)],
    };
  },
});

const nOf = (threads: readonly BusyThread[]): number => Math.max(...threads.map(({ n }) => n));

function finding(context: Context, overlap: Overlap): Finding {
  const { kind, cpus, threads, pinned, wanted, waitShare, free, freeKnown } = overlap;
  const list = formatCpuList(cpus);
  const named = `CPU${cpus.length > 1 ? 's' : ''} ${list}`;
  const [idlest] = free;
  const elsewhere =
    idlest === undefined
      ? freeKnown
        ? 'and no other CPU has room'
        : 'and whether others idle was not captured'
      : kind === 'core'
        ? `while the core of CPU ${idlest.cpu} idles ${formatShare(idlest.idle)}`
        : `while CPU ${idlest.cpu} idles ${formatShare(idlest.idle)}`;
  const where =
    kind === 'core'
      ? `${pinned ? 'are pinned onto' : 'stay on'} ${named}, the hardware threads of one core,`
      : `${pinned ? 'are pinned onto' : 'were seen only on'} ${named}`;
  const share = Number.isFinite(waitShare) ? waitShare : Math.max(0, 1 - cpus.length / wanted);
  return {
    id: `pinning/overlap/${kind}${list}`,
    severity: pinned && idlest !== undefined && kind === 'cpu' ? 'warning' : 'note',
    claim: `${threads.length} busy threads ${where} ${elsewhere}`,
    share,
    confidence: {
      n: nOf(threads),
      low: share,
      high: share,
      why: `run time counted by the kernel (${threads[0]?.from === 'switches' ? 'every switch' : 'copies of /proc'}); allowed CPUs as last read`,
      bounds: true,
    },
    evidence: [
      {
        label: 'threads and the CPUs they are held to',
        section: SECTION,
        selection: {},
        formula: `${threads.length} threads wanted ${wanted.toFixed(2)} CPUs of ${cpus.length}${Number.isFinite(waitShare) ? `; wait / (run + wait) = ${formatShare(waitShare)}` : ''}${
          free.length === 0
            ? ''
            : `; idle: ${free
                .slice(0, 4)
                .map(({ cpu, idle }) => `CPU ${cpu} ${formatShare(idle)}`)
                .join(', ')}`
        }`,
      },
    ],
    actions: [
      ...spreadThreads(overlap),
      ...(pinned
        ? []
        : [
            {
              text: 'Whether they are pinned was not captured: copy what they may run on',
              run: threads
                .slice(0, 4)
                .map(({ tid }) => `taskset -cp ${tid}`)
                .join('; '),
              risk: 'none' as const,
            },
          ]),
    ],
    caveats: [
      'a fifth of the time wanted makes a thread busy, 20 % idle makes room: heuristics',
      ...(kind === 'core'
        ? [
            'what two threads of one core lose to each other depends on what they do: compare runs with each on a core of its own',
          ]
        : []),
      ...(Number.isFinite(waitShare)
        ? []
        : ['how long they waited was not captured: schedstat of the threads tells']),
      ...(context.derive(topology).coreOf(cpus[0] ?? 0) === undefined && kind === 'cpu'
        ? [`whether the idle CPU is another core is not known; capture the topology with: ${captureTopology}`]
        : []),
    ],
    verdict: {
      knob: 'pinning',
      state: 'not enough data',
      mechanism: `${threads.length} threads on ${named}`,
      why: 'one run shows who shares a CPU; what moving them gains takes repetitions of both, five a side or more',
    },
  };
}

function noOverlap(context: Context): Finding {
  const held = context.derive(heldThreads);
  const pinned = held.filter(({ place }) => place.told).length;
  return {
    id: 'pinning/overlap/none',
    severity: 'ok',
    claim: `${held.length === 1 ? 'The one busy thread' : `None of the ${held.length} busy threads`} held to fewer CPUs than there are ${held.length === 1 ? 'shares them with no' : 'has to share them with an'}other busy one`,
    share: 0,
    confidence: {
      n: held.length,
      low: 0,
      high: 0,
      why: `${pinned} of ${held.length} by what they may run on, the others by where they were seen`,
      bounds: true,
    },
    evidence: [{ label: 'threads and the CPUs they are held to', section: SECTION, selection: {} }],
    actions: [],
    caveats: ['only threads whose files or switches were captured are known'],
  };
}

function table(context: Context): TableSection {
  const held = context.derive(heldThreads);
  return {
    kind: 'table',
    id: SECTION,
    title: 'Busy threads held to fewer CPUs than there are',
    columns: [
      { name: 'thread', unit: 'text' },
      { name: 'CPUs', unit: 'text' },
      { name: 'told by', unit: 'text' },
      { name: 'ran', unit: 'share' },
      { name: 'waited', unit: 'share' },
      { name: 'over', unit: 'text' },
      { name: 'n', unit: 'count' },
    ],
    rows: held.slice(0, MOST_ROWS).map(({ thread, place }) => ({
      cells: [
        thread.label,
        formatCpuList(place.cpus),
        thread.allowed?.from ?? `seen there in all of ${thread.looks} looks`,
        thread.run,
        thread.wait,
        formatValue(thread.elapsed, 'ns'),
        thread.n,
      ],
    })),
    of: held.length,
  };
}
