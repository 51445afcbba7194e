import type { Finding, Severity } from '../../model/finding.ts';
import type { Metric } from '../../model/metric.ts';
import type { Section } from '../../model/section.ts';
import { formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type TopDownJudgement, topDownJudgement } from '../derived/top-down/judgement.ts';
import { type TopDownNode, topDownNodes } from '../derived/top-down/nodes.ts';
import { topDownActions, whatOf } from './top-down-advice.ts';

const SECTION = 'cpu/top-down/table';
/** Heuristics: shares of slots from which a class is worth looking at, and from which it rules. */
const WORTH = 0.2;
const RULES = 0.5;
/** Counters that ran for less are estimates. */
const ENOUGH = 0.5;

/** Where the slots of the pipeline went, by top-down analysis (Yasin, ISPASS 2014), as toplev measured it. */
export const topDown = defineAnalyzer({
  id: 'cpu/top-down',
  question: 'What holds the pipeline up: instructions, wrong guesses, memory, execution units?',
  needs: [
    {
      missing:
        'a top-down analysis (toplev of pmu-tools; needs hardware counters, which a virtual machine may not have)',
      captureWith: 'toplev.py -l2 -v --no-desc --csv , -o toplev.csv -- ./bench',
      met: (_, context) => context.derive(topDownJudgement) !== undefined,
    },
  ],
  metrics: [
    {
      id: 'cpu.topdown',
      unit: 'share',
      labels: ['node'],
      about:
        'Share of a node of the top-down tree, levels one and two of slots: mean over CPUs that were not idle, unweighted, and over intervals. Readings below −2 % or above 102 % are left out.',
    },
    {
      id: 'cpu.topdown.nonsense',
      unit: 'count',
      labels: [],
      about: 'Readings of nodes that no share can have, left out.',
    },
  ],
  run(context) {
    const nodes = context.derive(topDownNodes);
    const judgement = context.derive(topDownJudgement);
    if (judgement === undefined) return { metrics: [], findings: [], sections: [] };
    return {
      metrics: metricsOf(nodes),
      findings: [...bottleneck(judgement), ...broken(judgement, nodes)],
      sections: [table(nodes)],
    };
  },
});

function metricsOf(nodes: readonly TopDownNode[]): Metric[] {
  const shares = nodes
    .filter(({ share, level }) => !Number.isNaN(share) && level <= 2)
    .map(
      ({ name, share, low, high, n }): Metric => ({
        id: 'cpu.topdown',
        labels: { node: name },
        value: share,
        unit: 'share',
        better: name === 'Retiring' ? 'higher' : 'neither',
        n,
        ...(Number.isNaN(low) ? {} : { low, high }),
      }),
    );
  const nonsense = nodes.reduce((sum, node) => sum + node.nonsense, 0);
  const n = nodes.reduce((sum, node) => sum + node.n, nonsense);
  return [
    ...shares,
    { id: 'cpu.topdown.nonsense', labels: {}, value: nonsense, unit: 'count', better: 'lower', n },
  ];
}

function bottleneck(judgement: TopDownJudgement): Finding[] {
  const { path, first, state, isMarked, class: of } = judgement;
  const [root] = path;
  const leaf = path.at(-1);
  const retiring = first.find(({ key }) => key === 'retiring');
  if (root === undefined || leaf === undefined || of === undefined) return [];
  // Below the second level shares are of clocks and stalls, not of slots: the second names the class, the leaf the place.
  const known = [...path].reverse().find(({ level }) => level <= 2) ?? root;
  const isSmall = known.share < WORTH && !isMarked;
  const severity: Severity = of === 'retiring' || isSmall ? 'ok' : known.share >= RULES ? 'warning' : 'note';
  const claim = isSmall
    ? `Nothing stands out in the pipeline: the largest loss is ${known.name} with ${formatShare(known.share)} of slots${retiring === undefined ? '' : `, ${formatShare(retiring.share)} did work`}`
    : `The bottleneck is ${leaf.name}: ${formatShare(known.share)} of slots ${of === 'retiring' ? 'did work' : `went to ${whatOf(of)}`}`;
  return [
    {
      id: 'cpu/top-down/bottleneck',
      severity,
      claim,
      share: of === 'retiring' ? 0 : known.share,
      confidence: {
        n: known.n,
        low: Number.isNaN(known.low) ? 0 : known.low,
        high: Number.isNaN(known.high) ? 1 : known.high,
        why: `${known.n} readings; ${Number.isNaN(known.low) ? 'too few intervals for an interval of the mean: measure with -I' : 'mean over intervals'}`,
        ...(Number.isNaN(known.low) ? { bounds: true as const } : {}),
      },
      evidence: [{ label: 'top-down tree', section: SECTION, selection: {}, formula: formula(judgement) }],
      actions: isSmall ? [] : topDownActions(of, leaf),
      caveats: [
        isMarked
          ? 'toplev itself marked this node (<==)'
          : 'the largest child at every level; toplev marked none',
        ...(state === 'partly'
          ? [
              'not all four classes were printed: toplev leaves out what is below its thresholds; -v prints all',
            ]
          : []),
        ...multiplexed(path, first),
        ...(known.isIdle ? ['every core is marked idle: the program ran elsewhere, or slept'] : []),
        ...(leaf.level > 2
          ? [`below level two shares are of clocks or stalls: ${leaf.name} ${formatShare(leaf.share)}`]
          : []),
        '20 % and 50 % are heuristics; means over CPUs are not weighted by their slots',
      ],
    },
  ];
}

function formula({ first, sum, path }: TopDownJudgement): string {
  const level = first.map(({ name, share }) => `${name} ${formatShare(share)}`).join(' + ');
  const rest = path.slice(1).map(({ name, share }) => `${name} ${formatShare(share)}`);
  return [`${level} = ${formatShare(sum)}`, ...rest].join('; ');
}

function multiplexed(path: readonly TopDownNode[], first: readonly TopDownNode[]): string[] {
  const ran = [...path, ...first].map(({ multiplex }) => multiplex).filter((share) => !Number.isNaN(share));
  const least = ran.reduce((a, b) => Math.min(a, b), 1);
  if (ran.length === 0 || least >= 1) return [];
  return [
    `counters took turns: those of the scarcest node ran ${formatShare(least)} of the time${least < ENOUGH ? ', its share is an estimate; --no-multiplex runs the program several times instead' : ''}`,
  ];
}

/** Numbers that cannot be: nonsense readings, classes that do not add up. */
function broken({ state, sum, first, nonsense }: TopDownJudgement, nodes: readonly TopDownNode[]): Finding[] {
  if (state !== 'broken' && nonsense.length === 0) return [];
  const left = nonsense.reduce((total, node) => total + node.nonsense, 0);
  const n = nodes.reduce((total, node) => total + node.n, left);
  const named = nonsense
    .slice(0, 5)
    .map(({ name, worst }) => `${name} ${formatShare(worst)}`)
    .join(', ');
  const total = `${first.map(({ name, share }) => `${name} ${formatShare(share)}`).join(' + ')} = ${formatShare(sum)}`;
  return [
    {
      id: 'cpu/top-down/broken',
      severity: state === 'broken' ? 'warning' : 'note',
      claim:
        left > 0
          ? `${left} readings of toplev cannot be shares and are not used: ${named}${state === 'broken' ? '; what the bottleneck is stays open' : ''}`
          : `The classes of the top-down analysis add up to ${formatShare(sum)}, not to 100 %: what the bottleneck is stays open`,
      share: left > 0 ? left / n : Math.min(1, Math.abs(1 - sum)),
      confidence: {
        n: left > 0 ? n : first.length,
        low: 0,
        high: 1,
        why: 'not enough data: inconclusive',
        bounds: true,
      },
      evidence: [{ label: 'top-down tree', section: SECTION, selection: {}, formula: total }],
      actions: [
        {
          text: 'Measure again without multiplexing, on a core that is not idle and whose counters nobody else uses (NMI watchdog, other profilers)',
          run: 'sudo sysctl kernel.nmi_watchdog=0 && toplev.py -l1 -v --no-desc --no-multiplex --csv , -o toplev.csv -- ./bench',
          undo: 'sudo sysctl kernel.nmi_watchdog=1',
          risk: 'low',
        },
      ],
      caveats: [
        'shares below −2 % or above 102 %, and sums more than 5 points off, are taken for broken (heuristics)',
        ...(nodes.every(({ isIdle }) => isIdle)
          ? ['every core is marked idle: the program ran elsewhere']
          : []),
        'a core that is idle, a hypervisor that does not pass all counters on, and programs shorter than the turns of the counters give such numbers',
      ],
    },
  ];
}

function table(nodes: readonly TopDownNode[]): Section {
  return {
    kind: 'table',
    id: SECTION,
    title: 'Top-down analysis: where the slots of the pipeline went',
    note: 'Levels one and two are shares of slots, deeper ones of clocks or stalls. Means over CPUs that were not idle and over intervals.',
    columns: [
      { name: 'node', unit: 'text' },
      { name: 'level', unit: 'count' },
      { name: 'share', unit: 'share' },
      { name: '95 % from', unit: 'share' },
      { name: 'to', unit: 'share' },
      { name: 'counters ran', unit: 'share' },
      { name: 'marked <==', unit: 'count' },
      { name: 'not used', unit: 'count' },
      { name: 'sample with', unit: 'text' },
      { name: 'n', unit: 'count' },
    ],
    rows: nodes.map((node) => ({
      cells: [
        node.name,
        node.level,
        node.share,
        node.low,
        node.high,
        node.multiplex,
        node.marked,
        node.nonsense,
        node.sample,
        node.n,
      ],
    })),
    of: nodes.length,
  };
}
