import type { Finding } from '../../model/finding.ts';
import type { TableSection } from '../../model/section.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import type { Context } from '../context.ts';
import { hostFacts } from '../derived/host-facts.ts';
import { profile } from '../derived/profile.ts';
import { type StackQuality, stackQuality } from '../derived/unwinding.ts';
import { needsStacks } from '../needs.ts';
import { symbolFix, symbolFixes } from './symbol-fix.ts';

const MUCH_UNKNOWN = 0.05;
const TOO_MUCH_UNKNOWN = 0.3;
const MUCH_BROKEN = 0.1;
const MOST_MODULES = 30;

/** Whether the stacks can be believed: frames without symbols by module, stacks cut short, stacks that are missing. */
export const stackQualityAnalyzer = defineAnalyzer({
  id: 'cpu/stack-quality',
  question: 'Can the call stacks be believed, and what would make them better?',
  needs: [needsStacks],
  metrics: [
    {
      id: 'stacks.unknown.share',
      unit: 'share',
      labels: ['event'],
      about: 'Share of busy weight whose innermost frame has no symbol.',
    },
    {
      id: 'stacks.unknown.module.share',
      unit: 'share',
      labels: ['module', 'event'],
      about: 'Share of busy weight with a frame without symbol in this module anywhere in the stack.',
    },
    {
      id: 'stacks.broken.share',
      unit: 'share',
      labels: ['event'],
      about: 'Share of user stacks that do not reach a start function (main, _start, clone …).',
    },
    {
      id: 'stacks.missing.share',
      unit: 'share',
      labels: ['event'],
      about: 'Share of busy samples without any stack.',
    },
    {
      id: 'stacks.cut.share',
      unit: 'share',
      labels: ['event'],
      about: 'Share of samples exactly as deep as the deepest, 127 frames or more: the recorder cut them.',
    },
  ],
  run(context) {
    const quality = context.derive(stackQuality);
    const { event } = context.derive(profile);
    const label = { event: event.name };
    return {
      metrics: [
        { id: 'stacks.unknown.share', labels: label, ...asMetric(quality.unknown) },
        ...quality.modules.slice(0, MOST_MODULES).map(({ module, share }) => ({
          id: 'stacks.unknown.module.share',
          labels: { module, ...label },
          ...asMetric(share),
        })),
        { id: 'stacks.broken.share', labels: label, ...asMetric(quality.broken) },
        { id: 'stacks.missing.share', labels: label, ...asMetric(quality.missing) },
        { id: 'stacks.cut.share', labels: label, ...asMetric(quality.cut) },
      ],
      findings: [
        ...unknownFinding(context, quality),
        ...brokenFinding(quality, (context.derive(hostFacts).command ?? '').includes('dwarf')),
        ...cutFinding(quality),
      ],
      sections: quality.modules.length === 0 ? [] : [moduleTable(quality)],
    };
  },
});

function asMetric({ share, low, high, n }: StackQuality['unknown']) {
  return { value: share, unit: 'share' as const, better: 'lower' as const, n, low, high };
}

function unknownFinding(context: Context, { unknown, modules, pids }: StackQuality): Finding[] {
  const { rows, event } = context.derive(profile);
  const worst = modules.slice(0, 4);
  const names = worst.map(({ module }) => module || '(not recorded)').join(', ');
  const bad = unknown.share >= MUCH_UNKNOWN;
  return [
    {
      id: 'cpu/stack-quality/unknown',
      severity: unknown.share >= TOO_MUCH_UNKNOWN ? 'warning' : bad ? 'note' : 'ok',
      claim: bad
        ? `${formatShare(unknown.share)} of the ${event.whole} is in code without symbols, mostly ${names}`
        : `${formatShare(1 - unknown.share)} of the ${event.whole} has a function name`,
      share: unknown.share,
      confidence: { n: rows.length, ...sideOf(unknown, bad), why: 'innermost frames' },
      evidence: [
        {
          ...(modules.length === 0
            ? { label: 'functions', section: 'cpu/hotspots/functions' }
            : { label: 'modules without symbols', section: 'cpu/stack-quality/modules' }),
          selection: {},
          formula: `${formatCount(unknown.n)} of ${formatCount(rows.length)} samples = ${formatShare(unknown.n / Math.max(1, rows.length))} by count`,
        },
      ],
      actions: bad ? symbolFixes(worst, pids) : [],
      caveats: [],
    },
  ];
}

function brokenFinding({ broken, userStacks, missing }: StackQuality, dwarf: boolean): Finding[] {
  if (userStacks === 0) return [];
  const bad = broken.low > MUCH_BROKEN;
  return [
    {
      id: 'cpu/stack-quality/broken',
      severity: bad ? 'warning' : 'ok',
      claim: bad
        ? `${formatShare(broken.share)} of the user stacks end before a start function: callers are missing`
        : `${formatShare(1 - broken.share)} of the user stacks reach a start function`,
      share: bad ? broken.share : 0,
      confidence: {
        n: userStacks,
        ...sideOf(broken, bad),
        why: 'outermost frames of samples with user frames',
      },
      evidence: [
        {
          label: 'functions',
          section: 'cpu/hotspots/functions',
          selection: {},
          formula: `${formatCount(broken.n)} of ${formatCount(userStacks)} user stacks; ${formatCount(missing.n)} more samples have no stack at all`,
        },
      ],
      actions: bad
        ? [
            {
              text: dwarf
                ? 'The copies of the stack may be too small to unwind: take larger ones, and install debug packages, which hold the unwind tables'
                : 'Unwind with debug information instead of frame pointers',
              run: `perf record -F 199 -a --call-graph dwarf,${dwarf ? 65528 : 16384} -- sleep 30 && perf script --header > perf.txt`,
              risk: 'none',
            },
            {
              text: 'Or build the programs with frame pointers, which costs less while recording',
              run: 'CFLAGS="-O2 -fno-omit-frame-pointer" make',
              risk: 'none',
            },
          ]
        : [],
      caveats: ['Functions, modules and self times are right all the same; totals of callers are too small.'],
    },
  ];
}

/** Interval of a bad share, or of what is left when the claim is about the good part. */
function sideOf({ low, high }: { low: number; high: number }, bad: boolean): { low: number; high: number } {
  return bad ? { low, high } : { low: 1 - high, high: 1 - low };
}

function cutFinding({ cut, depth }: StackQuality): Finding[] {
  if (cut.share < 0.01) return [];
  return [
    {
      id: 'cpu/stack-quality/cut',
      severity: 'warning',
      claim: `${formatShare(cut.share)} of the stacks are cut at ${depth} frames`,
      share: cut.share,
      confidence: {
        n: cut.n,
        low: cut.low,
        high: cut.high,
        why: 'samples exactly as deep as the recorder allows',
      },
      evidence: [{ label: 'functions', section: 'cpu/hotspots/functions', selection: {} }],
      actions: [
        {
          text: 'Allow deeper stacks and record again',
          run: `sysctl kernel.perf_event_max_stack=${Math.max(512, depth * 4)}`,
          undo: 'sysctl kernel.perf_event_max_stack=127',
          risk: 'low',
        },
      ],
      caveats: [],
    },
  ];
}

function moduleTable({ modules, pids }: StackQuality): TableSection {
  return {
    kind: 'table',
    id: 'cpu/stack-quality/modules',
    title: 'Modules with frames that have no symbol',
    note: 'Share of the weight whose stack holds such a frame; a stack may count for several modules.',
    columns: [
      { name: 'module', unit: 'text' },
      { name: 'share of time', unit: 'share' },
      { name: 'as innermost frame', unit: 'share' },
      { name: 'samples', unit: 'count' },
      { name: 'fix', unit: 'text' },
    ],
    rows: modules.slice(0, MOST_MODULES).map(({ module, path, share, leafShare }) => {
      const fix = symbolFix(module, path, pids);
      return {
        cells: [
          module || '(not recorded)',
          share.share,
          leafShare,
          share.n,
          fix.run === undefined ? fix.text : `${fix.text}: ${fix.run}`,
        ],
      };
    }),
    of: modules.length,
  };
}
