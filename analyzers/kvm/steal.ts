import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { increaseOf } from '../derived/counters/increase.ts';
import { readingsOf } from '../derived/counters/readings.ts';
import { BAD, CONTENDED } from './steal-levels.ts';

/** Ticks of all CPUs below which a share is too coarse. */
const FEWEST = 50;
/** Guest time is part of user and nice already. */
const whole = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];

interface Steal {
  readonly stolen: number;
  readonly all: number;
  readonly n: number;
}

function stealOf(context: Context): Steal | undefined {
  const gains = whole.map((state) => increaseOf(readingsOf(context, `cpu time ${state}`)));
  const stolen = gains[whole.indexOf('steal')];
  if (stolen === undefined) return undefined;
  const all = gains.reduce((sum, gained) => sum + (gained?.value ?? 0), 0);
  return all > 0 ? { stolen: stolen.value, all, n: stolen.n + 1 } : undefined;
}

/** Time the host of a guest gave to others while the guest wanted to run. */
export const kvmSteal = defineAnalyzer({
  id: 'kvm/steal',
  question: 'Does the host of this guest give its CPU time to others?',
  needs: [
    {
      missing: 'two copies of /proc/stat',
      captureWith: 'cat /proc/stat > before@proc@stat; sleep 30; cat /proc/stat > after@proc@stat',
      met: (_, context) => stealOf(context) !== undefined,
    },
  ],
  metrics: [
    {
      id: 'steal.share',
      unit: 'share',
      labels: [],
      about:
        'Δsteal ÷ Δ(user + nice + system + idle + iowait + irq + softirq + steal), all CPUs; guest time is in user already.',
    },
  ],
  run(context) {
    const steal = stealOf(context);
    if (steal === undefined) return { metrics: [], findings: [], sections: [] };
    const { stolen, all, n } = steal;
    const share = stolen / all;
    const enough = all >= FEWEST;
    const low = Math.max(0, stolen - 2) / all;
    const high = Math.min(1, (stolen + 2) / all);
    return {
      metrics: [
        { id: 'steal.share', labels: {}, value: share, unit: 'share', better: 'lower', n, low, high },
      ],
      findings: [
        {
          id: 'kvm/steal/share',
          severity: !enough
            ? 'note'
            : share > BAD
              ? 'critical'
              : share > CONTENDED
                ? 'warning'
                : stolen > 0
                  ? 'note'
                  : 'ok',
          claim: enough
            ? `The host gave ${formatShare(share)} of the CPU time this machine wanted to others (steal)`
            : `Not enough data on steal: ${formatCount(all)} ticks of all CPUs`,
          share,
          confidence: {
            n,
            low,
            high,
            why: enough
              ? `counted in ticks, ${formatCount(all)} of all CPUs`
              : 'not enough data: copy /proc/stat over a longer time',
            bounds: true,
          },
          evidence: [
            {
              label: 'CPU time of the host',
              section: 'host/environment/table',
              selection: {},
              formula: `Δsteal ${formatCount(stolen)} ÷ ${formatCount(all)} ticks = ${formatShare(share)}; above 5 % contention, above 10 % bad (heuristics)`,
            },
          ],
          actions:
            enough && share > CONTENDED
              ? [
                  {
                    text: 'On the host, see how long the vCPU threads wait for a CPU: it should be about the same; then pin them, or move guests away',
                    run: 'for t in /proc/$(pgrep -o qemu)/task/*; do echo "$(cat $t/comm) $(cut -d" " -f2 $t/schedstat)"; done',
                    risk: 'none',
                  },
                ]
              : [],
          caveats: [
            ...(stolen === 0
              ? ['0 is also what a guest without a paravirtual clock shows, and a machine that is no guest']
              : []),
          ],
        },
      ],
      sections: [],
    };
  },
});
