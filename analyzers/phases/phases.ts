import type { Metric } from '../../model/metric.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { type PhaseModel, phaseModel } from './model.ts';
import { needsPhasesWanted, needsTimedObservations, needsWindows } from './needs.ts';
import { costFindings, courseFinding } from './phase-findings.ts';
import { cardsSection, matrixSection, ribbonSection } from './phase-sections.ts';
import { phaseSummaries } from './phase-summary.ts';

/** Stretches of time in which a run does one thing, and which of them are the same thing again. */
export const phases = defineAnalyzer({
  id: 'phases/phases',
  question: 'Does the run have phases, and what sets each of them apart?',
  needs: [needsPhasesWanted, needsTimedObservations, needsWindows],
  metrics: [
    {
      id: 'phases.segments',
      unit: 'count',
      labels: [],
      about: 'Stretches of time between changes; 1 = nothing changes.',
    },
    {
      id: 'phases.clusters',
      unit: 'count',
      labels: [],
      about: 'Distinct phases: one that comes again counts once.',
    },
    {
      id: 'phases.boundary',
      unit: 's',
      labels: ['index'],
      about:
        'When one stretch ends and the next begins, in seconds from the start of the trace; index 1 is the first.',
    },
    {
      id: 'phases.share',
      unit: 'share',
      labels: ['phase'],
      about: 'Share of the time the run is in this phase: A, B … by first appearance.',
    },
    { id: 'phases.window', unit: 's', labels: [], about: 'Length of the windows phases are found in.' },
  ],
  run(context) {
    const model = context.derive(phaseModel);
    if (model === undefined) return { metrics: [], findings: [], sections: [] };
    const matrix = matrixSection(model);
    return {
      metrics: metrics(context, model),
      findings: [courseFinding(context, model), ...costFindings(context, model)],
      sections: [
        ribbonSection(context, model),
        ...(model.phases > 1 ? [cardsSection(context, model)] : []),
        ...(matrix === undefined ? [] : [matrix]),
      ],
    };
  },
});

function metrics(context: Context, { grid, stretches, boundaries, phases: distinct }: PhaseModel): Metric[] {
  const count = (id: string, value: number): Metric => ({
    id,
    labels: {},
    value,
    unit: 'count',
    better: 'neither',
    n: grid.windows,
  });
  return [
    count('phases.segments', stretches.length),
    count('phases.clusters', distinct),
    ...boundaries.map(
      ({ at, low, high }, i): Metric => ({
        id: 'phases.boundary',
        labels: { index: String(i + 1) },
        value: at,
        unit: 's',
        better: 'neither',
        n: grid.windows,
        low,
        high,
      }),
    ),
    ...context.derive(phaseSummaries).map(
      ({ name, share, n }): Metric => ({
        id: 'phases.share',
        labels: { phase: name },
        value: share,
        unit: 'share',
        better: 'neither',
        n,
      }),
    ),
    {
      id: 'phases.window',
      labels: {},
      value: grid.step / 1e9,
      unit: 's',
      better: 'neither',
      n: grid.windows,
    },
  ];
}
