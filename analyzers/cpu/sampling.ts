import type { Metric } from '../../model/metric.ts';
import type { TableSection } from '../../model/section.ts';
import { formatCount, formatShare, formatValue } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { profile } from '../derived/profile.ts';
import { type Sampling, sampling } from '../derived/sampling.ts';
import { needsSamples } from '../needs.ts';
import { countFinding, driftFinding, lostFinding, orderFinding, resolution } from './sampling-findings.ts';

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
