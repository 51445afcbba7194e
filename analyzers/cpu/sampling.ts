import type { Finding } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { TableSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { FOLDED } from '../derived/event-summary.ts';
import { profile } from '../derived/profile.ts';
import { type Sampling, sampling } from '../derived/sampling.ts';
import { needsSamples } from '../needs.ts';
import { wilsonInterval } from '../stats/wilson.ts';

const MUCH_LOST = 0.01;
const TOO_MUCH_LOST = 0.1;
/** Periods that moved by more than this factor between parts of the capture. */
const DRIFT = 1.5;
/** Half-width wanted for a function at 5 %: ± 1 point. */
const ENOUGH = 1825;

/** Whether there are enough samples, evenly taken, and none lost. */
export const samplingQuality = defineAnalyzer({
  id: 'cpu/sampling',
  question: 'Are the samples enough, evenly taken and complete?',
  needs: [needsSamples],
  metrics: [
    { id: 'sampling.samples', unit: 'count', labels: ['event'], about: 'Busy samples of the event.' },
    {
      id: 'sampling.effective_samples',
      unit: 'count',
      labels: ['event'],
      about: '(Σw)²/Σw²: equally weighted samples that would tell as much.',
    },
    {
      id: 'sampling.rate',
      unit: 'hz',
      labels: ['event'],
      about: 'Samples per second of capture, all CPUs together.',
    },
    {
      id: 'sampling.resolution',
      unit: 'share',
      labels: ['event'],
      about: 'Half-width of the 95 % interval of a function at 5 % of the time.',
    },
    {
      id: 'sampling.lost.share',
      unit: 'share',
      labels: [],
      about: 'Lost events of all events the recorder tried to write.',
    },
    {
      id: 'sampling.period.drift',
      unit: 'count',
      labels: ['event'],
      about: 'Largest over smallest median period of the thirds of the capture; 1 = steady.',
    },
    {
      id: 'sampling.out_of_order.share',
      unit: 'share',
      labels: [],
      about: 'Samples whose time is before that of the sample above them.',
    },
  ],
  run(context) {
    const facts = context.derive(sampling);
    return {
      metrics: metrics(context, facts),
      findings: [
        ...countFinding(context),
        ...lostFinding(facts),
        ...driftFinding(facts),
        ...orderFinding(facts),
      ],
      sections: [table(context, facts)],
    };
  },
});

function resolution(context: Context): number {
  const { low, high } = wilsonInterval(0.05, context.derive(profile).effectiveSamples);
  return (high - low) / 2;
}

function metrics(context: Context, facts: Sampling): Metric[] {
  const { event, rows, effectiveSamples } = context.derive(profile);
  const labels = { event: event.name };
  const n = rows.length;
  return [
    { id: 'sampling.samples', labels, value: n, unit: 'count', better: 'higher', n },
    { id: 'sampling.effective_samples', labels, value: effectiveSamples, unit: 'count', better: 'higher', n },
    ...(facts.rate > 0
      ? [{ id: 'sampling.rate', labels, value: facts.rate, unit: 'hz', better: 'neither', n } as const]
      : []),
    { id: 'sampling.resolution', labels, value: resolution(context), unit: 'share', better: 'lower', n },
    {
      id: 'sampling.lost.share',
      labels: {},
      value: facts.lost.share,
      unit: 'share',
      better: 'lower',
      n: facts.lost.n,
      low: facts.lost.low,
      high: facts.lost.high,
    },
    ...(facts.drift > 0
      ? [
          {
            id: 'sampling.period.drift',
            labels,
            value: facts.drift,
            unit: 'count',
            better: 'lower',
            n,
          } as const,
        ]
      : []),
    {
      id: 'sampling.out_of_order.share',
      labels: {},
      value: facts.outOfOrder.share,
      unit: 'share',
      better: 'lower',
      n: facts.outOfOrder.of,
    },
  ];
}

function countFinding(context: Context): Finding[] {
  const { rows, effectiveSamples, event, duration } = context.derive(profile);
  if (event.name === FOLDED) return [foldedFinding(rows.length)];
  const half = resolution(context);
  const enough = effectiveSamples >= ENOUGH;
  const few = effectiveSamples < ENOUGH / 10;
  const rate = duration > 0 ? rows.length / duration : 0;
  const seconds = rate > 0 ? Math.ceil(ENOUGH / rate) : 60;
  return [
    {
      id: 'cpu/sampling/count',
      severity: enough ? 'ok' : few ? 'warning' : 'note',
      claim: `${formatCount(rows.length)} busy samples: a function at 5 % is known to ±${formatShare(half)}`,
      share: enough ? 0 : half / 0.05,
      confidence: {
        n: rows.length,
        low: Math.max(0, 0.05 - half),
        high: 0.05 + half,
        why: `Wilson interval for ${formatCount(Math.round(effectiveSamples))} equally weighted samples`,
      },
      evidence: [
        {
          label: 'how it was sampled',
          section: 'cpu/sampling/facts',
          selection: {},
          formula: `n_eff = (Σw)²/Σw² = ${formatCount(Math.round(effectiveSamples))}`,
        },
      ],
      actions: enough
        ? []
        : [
            {
              text: 'Not enough to rank functions of a few percent: record longer or at a higher rate',
              run: `perf record -F 997 -a -g -- sleep ${Math.min(600, Math.max(30, seconds))} && perf script --header > perf.txt`,
              risk: 'none',
            },
          ],
      caveats: [
        event.unit === 'samples' && event.name !== 'folded'
          ? 'No periods were recorded: every sample counts the same.'
          : '',
      ].filter(Boolean),
    },
  ];
}

function foldedFinding(n: number): Finding {
  return {
    id: 'cpu/sampling/count',
    severity: 'note',
    claim: `${formatCount(n)} folded stacks: how many samples they were made of is not known`,
    share: 0,
    confidence: {
      n,
      low: 0,
      high: 1,
      why: 'intervals take every line for one observation, which is too cautious',
    },
    evidence: [{ label: 'how it was sampled', section: 'cpu/sampling/facts', selection: {} }],
    actions: [
      {
        text: 'Give the capture itself instead: it has times, threads, CPUs and periods',
        run: 'perf script --header > perf.txt && vtune analyze perf.txt',
        risk: 'none',
      },
    ],
    caveats: [],
  };
}

function lostFinding({ lost }: Sampling): Finding[] {
  if (lost.events === 0) return [];
  return [
    {
      id: 'cpu/sampling/lost',
      severity: lost.share > TOO_MUCH_LOST ? 'critical' : lost.share > MUCH_LOST ? 'warning' : 'note',
      claim: `${formatShare(lost.share)} of the events were lost while recording`,
      share: lost.share,
      confidence: { n: lost.n, low: lost.low, high: lost.high, why: 'counted by the recorder' },
      evidence: [
        {
          label: 'how it was sampled',
          section: 'cpu/sampling/facts',
          selection: {},
          formula: `${formatCount(lost.events)} lost of ${formatCount(lost.n)} = ${formatShare(lost.share)}`,
        },
      ],
      actions: [
        {
          text: 'Give perf larger buffers, or sample less often',
          run: 'perf record -m 2048 -F 199 -a -g -- sleep 30',
          risk: 'none',
        },
      ],
      caveats: ['Losses come in bursts, when the machine is busiest: shares of those moments are too small.'],
    },
  ];
}

function driftFinding({ drift, medians }: Sampling): Finding[] {
  if (!(drift > DRIFT)) return [];
  return [
    {
      id: 'cpu/sampling/drift',
      severity: 'note',
      claim: `The sampling period changed by a factor of ${formatCount(Math.round(drift * 100) / 100)} during the capture`,
      share: 0,
      confidence: { n: 3, low: 0, high: 1, why: 'median periods of the thirds of the capture' },
      evidence: [
        {
          label: 'how it was sampled',
          section: 'cpu/sampling/facts',
          selection: {},
          formula: `medians ${medians.map((median) => formatCount(Math.round(median))).join(', ')}`,
        },
      ],
      actions: [
        {
          text: 'A fixed period keeps the weights even',
          run: 'perf record -c 10000000 -e cycles -a -g -- sleep 30',
          risk: 'none',
        },
      ],
      caveats: ['Weights are periods, so shares stay right; counts of samples would mislead.'],
    },
  ];
}

function orderFinding({ outOfOrder }: Sampling): Finding[] {
  if (outOfOrder.n === 0) return [];
  return [
    {
      id: 'cpu/sampling/order',
      severity: outOfOrder.share > 0.05 ? 'warning' : 'note',
      claim: `${formatCount(outOfOrder.n)} samples were not in time order and have been sorted`,
      share: outOfOrder.share,
      confidence: {
        n: outOfOrder.of,
        low: outOfOrder.share,
        high: outOfOrder.share,
        why: 'counted while reading',
      },
      evidence: [{ label: 'how it was sampled', section: 'cpu/sampling/facts', selection: {} }],
      actions: [],
      caveats: ['Captures of different hosts or boots in one report also look like this: give each its own.'],
    },
  ];
}

function table(context: Context, facts: Sampling): TableSection {
  const { event, rows, effectiveSamples, duration, idleSamples, weight } = context.derive(profile);
  const cells: [string, string][] = [
    ['event', event.name],
    ['busy samples', formatCount(rows.length)],
    ['idle samples', formatCount(idleSamples)],
    ['effective samples', formatCount(Math.round(effectiveSamples))],
    ['busy amount', rows.length === 0 ? '–' : formatValue(weight, event.unit)],
    ['duration', duration > 0 ? formatValue(duration * 1e9, 'ns') : 'samples have no times'],
    ['rate', facts.rate > 0 ? formatValue(facts.rate, 'hz') : '–'],
    [
      'period, median of thirds',
      facts.medians.length > 0 ? facts.medians.map((m) => formatValue(m, event.unit)).join(', ') : '–',
    ],
    [
      'lost events',
      facts.lost.events > 0
        ? `${formatCount(facts.lost.events)} (${formatShare(facts.lost.share)})`
        : 'none reported',
    ],
    ['out of time order', formatCount(facts.outOfOrder.n)],
  ];
  return {
    kind: 'table',
    id: 'cpu/sampling/facts',
    title: 'How it was sampled',
    columns: [
      { name: 'what', unit: 'text' },
      { name: 'value', unit: 'text' },
    ],
    rows: cells.map((row) => ({ cells: row })),
    of: cells.length,
  };
}
