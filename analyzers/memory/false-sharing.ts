import type { Action, Finding } from '../../model/finding.ts';
import { formatCount, formatShare } from '../../model/units.ts';
import { defineAnalyzer } from '../analyzer.ts';
import { type CacheLineAccess, neighbourOf, type SharedLine, sharedLines } from '../derived/c2c/lines.ts';
import { wilsonInterval } from '../stats/wilson.ts';
import { ACCESSES, accessTable, LINES, lineTable, MOST_ROWS } from './false-sharing-tables.ts';

const MOST_FINDINGS = 5;
/** Heuristics: samples from which a line is judged, and part of all from which it is worth a warning. */
const FEWEST = 20;
const MUCH = 0.1;
/** Lines below this part of all are in the table alone. */
const LITTLE = 0.01;

/** Lines of cache that cores take from each other: who, where, and whether they would not have to. */
export const falseSharing = defineAnalyzer({
  id: 'memory/false-sharing',
  question: 'Do cores take lines of cache from each other without need (false sharing)?',
  needs: [
    {
      missing:
        'perf c2c report --stdio (needs sampled memory accesses: PEBS, IBS or SPE, which virtual machines seldom have)',
      captureWith: 'perf c2c record -a -- sleep 10 && perf c2c report --stdio --full-symbols > c2c.txt',
      met: (_, context) => context.derive(sharedLines).length > 0,
    },
  ],
  metrics: [
    {
      id: 'memory.c2c.hitm',
      unit: 'samples',
      labels: ['line'],
      about:
        'Sampled loads of a line of cache that found it modified by another core, local and remote; on machines that do not tell, loads another core served.',
    },
    {
      id: 'memory.c2c.remote',
      unit: 'share',
      labels: ['line'],
      about: 'Part of them that came from another memory node.',
    },
    {
      id: 'memory.c2c.offsets',
      unit: 'count',
      labels: ['line'],
      about:
        'Distinct offsets of the line that were loaded in vain or stored to: two and more are false sharing.',
    },
  ],
  run(context) {
    const lines = context.derive(sharedLines);
    return {
      metrics: lines.slice(0, MOST_ROWS).flatMap((line) => [
        {
          id: 'memory.c2c.hitm',
          labels: { line: line.address },
          value: line.taken,
          unit: 'samples' as const,
          better: 'lower' as const,
          n: line.records,
        },
        ...(line.isPeer || line.taken === 0
          ? []
          : [
              {
                id: 'memory.c2c.remote',
                labels: { line: line.address },
                value: line.remote / line.taken,
                unit: 'share' as const,
                better: 'lower' as const,
                n: line.taken,
              },
            ]),
        {
          id: 'memory.c2c.offsets',
          labels: { line: line.address },
          value: line.offsets.length,
          unit: 'count' as const,
          better: 'neither' as const,
          n: line.records,
        },
      ]),
      findings: findingsOf(lines),
      sections: [lineTable(lines), accessTable(lines)],
    };
  },
});

function findingsOf(lines: readonly SharedLine[]): Finding[] {
  const total = lines.reduce((sum, { taken }) => sum + taken, 0);
  const judged = lines.filter(({ taken, share }) => taken >= FEWEST && share >= LITTLE);
  if (judged.length === 0)
    return [
      {
        id: 'memory/false-sharing/few',
        severity: 'ok',
        claim: `Cores hardly take lines of cache from each other: ${formatCount(total)} sampled loads found one modified elsewhere`,
        share: 0,
        confidence: {
          n: total,
          low: 0,
          high: 1,
          why: `not enough data on any line: at least ${FEWEST} samples are asked for (heuristic)`,
          bounds: true,
        },
        evidence: [{ label: 'shared lines of cache', section: LINES, selection: {} }],
        actions: [],
        caveats: ['only loads slower than a bound (ldlat) are sampled, on the machine as it was then'],
      },
    ];
  return judged.slice(0, MOST_FINDINGS).map(finding);
}

function finding(line: SharedLine): Finding {
  const { address, taken, share, sharing, offsets } = line;
  const what = line.isPeer ? 'loads another core served' : 'loads that found a line modified elsewhere';
  const claims = {
    false: `False sharing of the line at ${address}: ${offsets.length} offsets (${places(line)}) take it from each other, ${formatShare(share)} of all ${what}`,
    true: `True sharing of the line at ${address}: all its ${what}, ${formatShare(share)} of the recording's, are at one offset (${places(line)})`,
    adjacent: `The line at ${address} (${places(line)}) is taken away though nobody was seen storing to it, ${formatShare(share)} of all ${what}: its neighbour ${neighbourOf(address)} in the same 128 bytes is stored to`,
    unknown: `The line at ${address} has ${formatShare(share)} of all ${what}; who touches it is not in the report`,
  };
  const all = Math.round(share > 0 ? taken / share : taken);
  return {
    id: `memory/false-sharing/${address}`,
    severity: (sharing === 'false' || sharing === 'adjacent') && share >= MUCH ? 'warning' : 'note',
    claim: claims[sharing],
    share,
    confidence: {
      n: taken,
      ...wilsonInterval(share, all),
      why: `${formatCount(taken)} of ${formatCount(all)} sampled loads; how much time they cost is not told`,
    },
    evidence: [{ label: 'who touches the line', section: ACCESSES, selection: {}, formula: formula(line) }],
    actions: actions(line),
    caveats: [
      ...(sharing === 'false'
        ? [
            line.unwritten > 0
              ? `${formatCount(Math.round(line.unwritten))} of ${formatCount(taken)} were at offsets nobody stores to: those are false sharing for certain`
              : 'offsets that are stored to themselves may be truly shared besides',
            'members that the same threads always use together look the same: compare the offsets with the structure',
          ]
        : []),
      ...(sharing === 'adjacent' ? ['stores are sampled: none seen is not none made'] : []),
      ...(line.cpus > 0
        ? [`one place was seen on up to ${line.cpus} CPUs; a line found modified proves a second one`]
        : []),
      'addresses are of one run: the offsets and symbols are what stays',
      `${FEWEST} samples and ${formatShare(MUCH)} are heuristics`,
    ],
  };
}

/** The two places that matter most, at different offsets where there are several. */
function places({ accesses }: SharedLine): string {
  const [first] = accesses;
  if (first === undefined) return 'not listed';
  const second = accesses.find(({ offset }) => offset !== first.offset);
  return [first, ...(second === undefined ? [] : [second])].map(placeOf).join(' and ');
}

function placeOf({ offset, symbol, source }: CacheLineAccess): string {
  return `${offset} in ${symbol}${source === '' ? '' : ` ${source}`}`;
}

function formula({ isPeer, remote, local, taken, stores, records }: SharedLine): string {
  const nodes = isPeer
    ? `${formatCount(taken)} served by other cores`
    : `remote ${formatCount(remote)} ${remote > local ? '>' : '≤'} local ${formatCount(local)}: ${formatCount(remote)} / ${formatCount(taken)} = ${formatShare(remote / taken)} from another node`;
  return `${nodes}; ${formatCount(stores)} stores of ${formatCount(records)} samples`;
}

/** Names of files as perf prints them; nothing in them means anything to a shell. */
const harmless = /^[\w./+-]+$/;

function structureCommand(object: string): { readonly run?: string } {
  if (object.startsWith('[kernel')) return { run: 'pahole -E /sys/kernel/btf/vmlinux | less' };
  return harmless.test(object) && !object.startsWith('-') ? { run: `pahole -E ${object} | less` } : {};
}

function actions({ sharing, remote, local, accesses }: SharedLine): Action[] {
  const [first] = accesses;
  const layout: Action = {
    text: `Find the structure behind the offsets${first === undefined ? '' : ` (in ${first.object})`}: pahole prints its members by offset and line of cache`,
    ...(first === undefined ? {} : structureCommand(first.object)),
    risk: 'none',
  };
  const pin: Action[] =
    remote > local
      ? [
          {
            text: 'Most came from another memory node, which is dearer: keep the threads that share it on one node (numactl --cpunodebind), besides',
            risk: 'low',
          },
        ]
      : [];
  if (sharing === 'true')
    return [
      {
        text: 'Share less often: count per thread and sum up, make batches, hold the lock shorter or split it; padding does not help a single variable',
        risk: 'low',
      },
      ...pin,
    ];
  if (sharing === 'unknown') return [];
  if (sharing === 'adjacent')
    return [
      {
        text: 'Pad or align to 128 bytes instead of 64: the machine fetches both lines of a pair, so that stores to one take the other away',
        risk: 'low',
      },
      layout,
      ...pin,
    ];
  return [
    {
      text: 'Put what different threads write onto lines of their own: pad or align to 64 bytes, to 128 where the adjacent line is fetched too (alignas, ____cacheline_aligned, @Contended, CachePadded); move what is only read away from what is written',
      risk: 'low',
    },
    layout,
    ...pin,
  ];
}
