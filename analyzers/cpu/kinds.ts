import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { TimelineSection } from '../../model/section.ts';
import { type FrameKind, frameKinds } from '../../model/tables.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { idleSamples } from '../derived/idle.ts';
import { leafKinds } from '../derived/leaf.ts';
import { estimateGroupShares, profile, type Share } from '../derived/profile.ts';
import { traceSpan } from '../derived/trace-span.ts';
import { needsKinds, needsSamples, needsStacks } from '../needs.ts';
import { wilsonInterval } from '../stats/wilson.ts';

/** Above this share of busy time the kernel, not the program, is the thing to look at. */
const MUCH_KERNEL = 0.4;
const MOST_STEPS = 200;

const described: Record<FrameKind, string> = {
  kernel: 'kernel',
  user: 'user',
  jit: 'jit (compiled at run time)',
  inlined: 'inlined (user)',
  unknown: 'unknown (no symbol)',
};

/** Kernel, user, jit, inlined, unknown: where the time goes by the kind of the innermost frame. */
export const kinds = defineAnalyzer({
  id: 'cpu/kinds',
  question: 'How much of the time is kernel, user, run-time compiled, inlined or unknown code?',
  needs: [needsSamples, needsStacks, needsKinds],
  metrics: [
    {
      id: 'cpu.kind.share',
      unit: 'share',
      labels: ['kind', 'event'],
      about:
        'Share of busy weight whose innermost frame is of this kind: kernel, user, jit, inlined, unknown.',
    },
    {
      id: 'cpu.idle.share',
      unit: 'share',
      labels: ['event'],
      about: 'Share of all weight in idle tasks outside interrupts; only in captures of whole CPUs (-a).',
    },
  ],
  run(context) {
    const shares = kindShares(context);
    const { event } = context.derive(profile);
    const shown = shares.filter(({ share }) => share.n > 0);
    const idle = idleShare(context);
    const timeline = kindTimeline(context);
    return {
      metrics: [
        ...shares.map(({ kind, share }) => metric('cpu.kind.share', { kind, event: event.name }, share)),
        ...(idle === undefined ? [] : [metric('cpu.idle.share', { event: event.name }, idle)]),
      ],
      findings: [...kernelFinding(context, shares), ...idleFinding(context, idle)],
      sections: [
        {
          kind: 'bars',
          id: 'cpu/kinds/bars',
          title: event.isTime ? 'Busy time by kind of code' : `${event.name} by kind of code`,
          note: 'By the innermost frame. Inlined functions run in user code; they are named by debug information.',
          unit: event.unit,
          rows: shown
            .sort((a, b) => b.share.weight - a.share.weight)
            .map(({ kind, share }) => ({ label: described[kind], value: share.weight, ...share })),
        },
        ...(timeline === undefined ? [] : [timeline]),
      ],
    };
  },
});

function kindShares(context: Context): { kind: FrameKind; share: Share }[] {
  const leaf = context.derive(leafKinds);
  const { stack } = context.trace.tables.samples.columns;
  const shares = estimateGroupShares(
    context,
    frameKinds.length,
    (row) => leaf[stack[row] as number] as number,
  );
  return frameKinds.map((kind, id) => ({ kind, share: shares[id] as Share }));
}

function idleShare(context: Context): Share | undefined {
  const { idleSamples: n, idleWeight, weight, rows, event } = context.derive(profile);
  if (n === 0 || !event.isTime) return undefined;
  const share = idleWeight / (idleWeight + weight);
  return { weight: idleWeight, share, n, ...wilsonInterval(share, n + rows.length) };
}

function kernelFinding(context: Context, shares: readonly { kind: FrameKind; share: Share }[]): Finding[] {
  const share = shares.find(({ kind }) => kind === 'kernel')?.share;
  const { event, weight, rows } = context.derive(profile);
  // Tracepoints fire in the kernel whoever is to blame.
  if (share === undefined || rows.length === 0 || share.n === 0 || !event.isTime) return [];
  const much = share.low > MUCH_KERNEL;
  return [
    {
      id: 'cpu/kinds/kernel',
      severity: much ? 'warning' : 'ok',
      claim: `The kernel takes ${formatShare(share.share)} of the busy time`,
      share: share.share,
      confidence: {
        n: rows.length,
        low: share.low,
        high: share.high,
        why: `innermost frames of ${formatCount(rows.length)} samples`,
      },
      evidence: [
        {
          label: 'time by kind',
          section: 'cpu/kinds/bars',
          selection: {},
          formula: `${formatValue(share.weight, event.unit)} of ${formatValue(weight, event.unit)} = ${formatShare(share.share)}`,
        },
      ],
      actions: much
        ? [
            {
              text: 'See which system calls and faults ask for it',
              run: 'perf trace -a -s -F all -- sleep 10',
              risk: 'none',
            },
          ]
        : [],
      caveats: [],
    },
  ];
}

function idleFinding(context: Context, idle: Share | undefined): Finding[] {
  if (idle === undefined) return [];
  const { event, idleWeight, weight, rows } = context.derive(profile);
  return [
    {
      id: 'cpu/kinds/idle',
      severity: 'note',
      claim: `The CPUs were idle for ${formatShare(idle.share)} of the time`,
      share: idle.share,
      confidence: {
        n: idle.n + rows.length,
        low: idle.low,
        high: idle.high,
        why: 'samples of idle tasks outside interrupts',
      },
      evidence: [
        {
          label: 'time by kind',
          section: 'cpu/kinds/bars',
          selection: {},
          formula: `${formatValue(idleWeight, event.unit)} of ${formatValue(idleWeight + weight, event.unit)} = ${formatShare(idle.share)}`,
        },
      ],
      actions:
        idle.share > 0.5
          ? [
              {
                text: 'Mostly waiting, not computing: record what threads wait for',
                run: 'perf sched record -g -- sleep 10 && perf script > sched.txt',
                risk: 'none',
              },
            ]
          : [],
      caveats: ['All other shares in this report are of the busy time.'],
    },
  ];
}

/** Busy weight per step of time by kind, and idle weight where it was sampled. */
function kindTimeline(context: Context): TimelineSection | undefined {
  const { event, start, duration, rows } = context.derive(profile);
  if (!(duration > 0) || rows.length < 2) return undefined;
  const { samples } = context.trace.tables;
  const { time, stack, weight, event: events } = samples.columns;
  const steps = Math.max(1, Math.min(MOST_STEPS, Math.ceil(rows.length / 10)));
  const step = duration / steps;
  const leaf = context.derive(leafKinds);
  const idle = context.derive(idleSamples);
  const series = [...frameKinds, 'idle'].map((name) => ({ name, values: new Array<number>(steps).fill(0) }));
  for (let row = 0; row < samples.length; row++) {
    const at = time[row] as number;
    if (events[row] !== event.id || Number.isNaN(at)) continue;
    const kind = idle[row] === 1 ? frameKinds.length : (leaf[stack[row] as number] as number);
    const values = series[kind]?.values as number[];
    const bin = Math.min(steps - 1, Math.floor((at - start) / 1e9 / step));
    values[bin] = (values[bin] as number) + (weight[row] as number);
  }
  return {
    kind: 'timeline',
    id: 'cpu/kinds/timeline',
    title: `${event.name} over time by kind of code`,
    unit: event.unit,
    start: (start - context.derive(traceSpan).start) / 1e9,
    step,
    series: series.filter(({ values }) => values.some((value) => value > 0)),
  };
}

function metric(id: string, labels: Record<string, string>, { share, low, high, n }: Share): Metric {
  return { id, labels, value: share, unit: 'share', better: 'neither', n, low, high };
}
