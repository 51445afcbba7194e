import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { type CpuShares, hostShares } from '../derived/cpu-time/cpu-shares.ts';
import { BAD, CONTENDED } from './steal-levels.ts';

/** Ticks of all CPUs below which a share is too coarse. */
const FEWEST = 50;

function stealOf(context: Context): CpuShares | undefined {
  const shares = context.derive(hostShares);
  return shares === undefined || Number.isNaN(shares.of.steal) ? undefined : shares;
}

/** How the share came about, and what counts as readings. */
function told({ of, ticks, n, source, seconds }: CpuShares): {
  readonly formula: string;
  readonly why: string;
  readonly n: number;
} {
  const share = formatShare(of.steal);
  if (Number.isNaN(ticks))
    return {
      formula: `%steal of ${source}, mean of ${formatCount(n)} readings = ${share}`,
      why: `printed by ${source}; ticks of 10 ms at both ends of ${formatCount(Math.round(seconds))} s, and rounding`,
      n,
    };
  return {
    formula: `Δsteal ${formatCount(Math.round(of.steal * ticks))} ÷ ${formatCount(ticks)} ticks = ${share}`,
    why: `counted in ticks, ${formatCount(ticks)} of all CPUs`,
    n: n + 1,
  };
}

/** Time the host of a guest gave to others while the guest wanted to run. */
export const kvmSteal = defineAnalyzer({
  id: 'kvm/steal',
  question: 'Does the host of this guest give its CPU time to others?',
  needs: [
    {
      missing: 'two copies of /proc/stat, or readings of mpstat, vmstat, iostat or sar -u',
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
        'Δsteal ÷ Δ(user + nice + system + idle + iowait + irq + softirq + steal), all CPUs; guest time is in user already. Of tools that print shares, the mean of their readings.',
    },
  ],
  run(context) {
    const steal = stealOf(context);
    if (steal === undefined) return { metrics: [], findings: [], sections: [] };
    const share = steal.of.steal;
    const { formula, why, n } = told(steal);
    const enough = !(steal.ticks < FEWEST);
    const low = Math.max(0, share - steal.error);
    const high = Math.min(1, share + steal.error);
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
                : share > 0
                  ? 'note'
                  : 'ok',
          claim: enough
            ? `The host gave ${formatShare(share)} of the CPU time this machine wanted to others (steal)`
            : `Not enough data on steal: ${formatCount(steal.ticks)} ticks of all CPUs`,
          share,
          confidence: {
            n,
            low,
            high,
            why: enough ? why : 'not enough data: copy /proc/stat over a longer time',
            bounds: true,
          },
          evidence: [
            {
              label: 'CPU time of the host',
              section: 'host/environment/table',
              selection: {},
              formula: `${formula}; above 5 % contention, above 10 % bad (heuristics)`,
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
            ...(share === 0
              ? ['0 is also what a guest without a paravirtual clock shows, and a machine that is no guest']
              : []),
          ],
        },
      ],
      sections: [],
    };
  },
});
