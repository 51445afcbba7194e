import type { Finding } from '../../model/finding.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import type { Context } from '../context.ts';
import { FOLDED } from '../derived/event-summary.ts';
import { profile } from '../derived/profile.ts';
import type { Sampling } from '../derived/sampling.ts';
import { wilsonInterval } from '../stats/wilson.ts';

const MUCH_LOST = 0.01;
const TOO_MUCH_LOST = 0.1;
/** Periods that moved by more than this factor between parts of the capture. */
const DRIFT = 1.5;
/** Samples that tell a function at 5 % to ± 1 point. */
const ENOUGH = 1825;

/** Half-width of the 95 % interval of a function at 5 % of the time. */
export function resolution(context: Context): number {
  const { low, high } = wilsonInterval(0.05, context.derive(profile).effectiveSamples);
  return (high - low) / 2;
}

export function countFinding(context: Context): Finding[] {
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
      share: enough ? 0 : Math.min(1, half / 0.05),
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

export function lostFinding({ lost }: Sampling): Finding[] {
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

export function driftFinding({ drift, medians }: Sampling): Finding[] {
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

export function orderFinding({ outOfOrder }: Sampling): Finding[] {
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
