import type { Finding } from '../../model/finding.ts';
import { formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type Sibling, type Siblings, siblings, wanting } from '../derived/cgroup-cpu/siblings.ts';

const MOST_ROWS = 100;
/** A CPU that idles more than this is not fought over. */
const IDLE = 0.05;
/** Heuristics: a group that waits this much wants more than it gets; an error of shares worth telling. */
const HUNGRY = 0.1;
const UNFAIR = 0.1;

/** Weights of cgroups: are they in force, and does CPU time follow them. */
export const cpuWeights = defineAnalyzer({
  id: 'cgroup/cpu-weights',
  question: 'Are weights of cgroups (cpu.weight, cpu.shares) in force?',
  needs: [
    {
      missing: 'cpu.weight or cpu.shares of cgroups',
      captureWith:
        'for i in 0 1; do d=snap-00$i"_$(date +%s.%N)_$(cut -d" " -f1 /proc/uptime)"; mkdir $d; for f in /sys/fs/cgroup/*/cpu.* /proc/stat; do cat $f > $d/$(echo $f | cut -c2- | tr / @); done; sleep 60; done',
      met: (_, context) => context.derive(siblings).length > 0,
    },
  ],
  metrics: [
    {
      id: 'cgroup.cpu.weight_share',
      unit: 'share',
      labels: ['cgroup'],
      about:
        'Weight over the sum of the weights of all siblings that used CPU time: what the group can count on.',
    },
    {
      id: 'cgroup.cpu.share',
      unit: 'share',
      labels: ['cgroup'],
      about: 'CPU time over that of the same siblings: what it got.',
    },
  ],
  run(context) {
    const all = context.derive(siblings);
    const shared = all.map((each) => ({ each, shares: sharesOf(each) }));
    const rows = shared.flatMap(({ shares }) =>
      shares.map(({ sibling, expected, got }) => ({
        cells: [
          sibling.cgroup,
          `${sibling.setting.path.slice(sibling.setting.path.lastIndexOf('/') + 1)} ${sibling.setting.text}`,
          expected,
          got,
          sibling.pressure,
        ],
      })),
    );
    return {
      metrics: shared.flatMap(({ shares }) =>
        shares.flatMap(({ sibling, expected, got }) => {
          const common = {
            labels: { cgroup: sibling.cgroup },
            unit: 'share',
            better: 'neither',
            n: sibling.usage?.n ?? 0,
          } as const;
          return [
            { id: 'cgroup.cpu.weight_share', value: expected, ...common },
            { id: 'cgroup.cpu.share', value: got, ...common },
          ];
        }),
      ),
      findings: shared.map(({ each, shares }) => finding(each, shares)),
      sections: [
        {
          kind: 'table',
          id: 'cgroup/cpu-weights/groups',
          title: 'Weights of cgroups that used CPU time, and what they got',
          note: 'Shares are of siblings that used any; the scales of both versions differ, ratios within one count.',
          columns: [
            { name: 'cgroup', unit: 'text' },
            { name: 'weight', unit: 'text' },
            { name: 'promised', unit: 'share' },
            { name: 'got', unit: 'share' },
            { name: 'pressure', unit: 'share' },
          ],
          rows: rows.slice(0, MOST_ROWS),
          of: rows.length,
        },
      ],
    };
  },
});

interface Share {
  readonly sibling: Sibling;
  readonly expected: number;
  readonly got: number;
}

function sharesOf(of: Siblings): readonly Share[] {
  const active = wanting(of);
  const weights = active.reduce((sum, { weight }) => sum + weight, 0);
  const used = active.reduce((sum, { usage }) => sum + (usage?.used ?? 0), 0);
  return active.map((sibling) => ({
    sibling,
    expected: sibling.weight / weights,
    got: (sibling.usage?.used ?? 0) / used,
  }));
}

function finding({ parent, idle, idleOf }: Siblings, shares: readonly Share[]): Finding {
  const where = parent === '/' ? 'the top level' : parent;
  const hungry = shares.length > 1 && shares.every(({ sibling }) => sibling.pressure >= HUNGRY);
  const inForce = idle <= IDLE || hungry;
  const error = Math.max(0, ...shares.map(({ got, expected }) => Math.abs(got / expected - 1)));
  const state = stateOf(shares.length, inForce, idle, hungry, error);
  return {
    id: `cgroup/cpu-weights${parent}`,
    severity: state === 'better' || state === 'no difference' ? 'ok' : 'note',
    claim: claimOf(where, shares, inForce, idle, idleOf),
    share: inForce ? error : 0,
    confidence: {
      n: shares[0]?.sibling.usage?.n ?? 0,
      low: 0,
      high: 1,
      why: hungry ? 'all groups waited for CPUs' : 'groups that wanted less than their share get less',
      bounds: true,
    },
    evidence: [
      {
        label: 'weights of cgroups',
        section: 'cgroup/cpu-weights/groups',
        selection: {},
        formula:
          shares
            .slice(0, 4)
            .map(
              ({ sibling, got, expected }) =>
                `${sibling.cgroup}: weight ${sibling.setting.text}, promised ${formatShare(expected)}, got ${formatShare(got)}`,
            )
            .join('; ') || 'no group used CPU time',
      },
    ],
    actions: [],
    caveats: [
      'shares act only while the CPU is full; idling beyond 5 % counts as not full',
      'siblings that are not in the capture take their part too',
      'from shares to weights there are two conversions in use (linear, and one that makes 100 of 1024): neither is assumed',
    ],
    verdict: { knob: 'cpu.weight', state, why: whyOf(state, idle, hungry, error) },
  };
}

function stateOf(many: number, inForce: boolean, idle: number, hungry: boolean, error: number) {
  if (Number.isNaN(idle) && !hungry) return 'not enough data' as const;
  if (!inForce) return 'no difference' as const;
  if (many < 2) return 'not enough data' as const;
  return error <= UNFAIR ? ('better' as const) : ('inconclusive' as const);
}

function claimOf(
  where: string,
  shares: readonly Share[],
  inForce: boolean,
  idle: number,
  idleOf: string,
): string {
  const [first, last] = [...shares]
    .sort((a, b) => b.sibling.weight - a.sibling.weight)
    .flatMap((each, i, all) => (i === 0 || i === all.length - 1 ? [each] : []));
  if (Number.isNaN(idle) && !inForce)
    return `Whether weights of cgroups at ${where} are in force is not known: no two copies of /proc/stat`;
  if (!inForce)
    return `Weights of cgroups at ${where} were not in effect: ${idleOf} idled ${formatShare(idle)} of the time`;
  if (first === undefined || last === undefined)
    return `The CPU was full, but fewer than two cgroups at ${where} with a known weight used it: nothing to share out`;
  return `Weights of cgroups at ${where} were in force: ${first.sibling.cgroup} and ${last.sibling.cgroup} got CPU time ${(first.got / last.got).toFixed(2)} : 1, their weights say ${(first.expected / last.expected).toFixed(2)} : 1`;
}

function whyOf(state: string, idle: number, hungry: boolean, error: number): string {
  if (state === 'no difference') return `not in effect: ${formatShare(idle)} idle`;
  if (state === 'better') return `CPU time follows the weights within ${formatShare(error)}`;
  if (state === 'inconclusive')
    return hungry
      ? `CPU time is ${formatShare(error)} off the weights: groups not captured, quotas or pinning share it too`
      : 'not all groups are shown to have wanted more than they got';
  return Number.isNaN(idle)
    ? 'no two copies of /proc/stat'
    : 'fewer than two groups with a weight used CPU time';
}
