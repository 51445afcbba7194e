import type { Finding } from '../../../model/finding.ts';
import { formatCount, formatShare } from '../../../model/units.ts';
import type { Context } from '../../context.ts';
import { nodeAllocations, placements } from '../../derived/memory/numa-state.ts';
import { countedFinding } from '../finding.ts';
import { bindTo } from './actions.ts';

/** Of the pages allocated, so many on the node that asked are good (heuristic). */
const GOOD = 0.8;

/** How many pages were allocated on the node of the CPU that asked for them. */
export function localAllocations(context: Context, section: string): Finding[] {
  const nodes = context.derive(nodeAllocations);
  const sum = (pick: (node: (typeof nodes)[number]) => number): number =>
    nodes.reduce((all, node) => all + pick(node), 0);
  const [local, other] = [sum((node) => node.local.value), sum((node) => node.other.value)];
  const [misses, foreign] = [sum((node) => node.missTotal), sum((node) => node.foreignTotal)];
  const share = local / (local + other);
  const sinceBoot = nodes.some((node) => node.sinceBoot);
  const gained = sinceBoot ? '' : 'Δ';
  if (Number.isNaN(share)) return [];
  const policies = new Set(
    context
      .derive(placements)
      .flatMap((place) => [...place.policies.keys()].filter((policy) => policy !== 'default')),
  );
  return [
    countedFinding(
      'memory/numa/local',
      share >= GOOD ? 'ok' : 'note',
      `${formatShare(share)} of the pages were allocated on the node of the CPU that asked${sinceBoot ? ', since boot' : ''}`,
      {
        section,
        formula: `${gained}local_node ${formatCount(local)} ÷ (${formatCount(local)} + ${gained}other_node ${formatCount(other)}) = ${formatShare(share)}`,
        n: local + other,
      },
      {
        share,
        // A policy that was set is the reason, and is not overridden by another one.
        actions: share >= GOOD || policies.size > 0 || sinceBoot ? [] : [bindTo('0')],
        caveats: [
          ...(sinceBoot ? ['one copy counts since boot: take a second one a minute later to see now'] : []),
          'allocation is counted, not access: a process that reads memory of another node makes no miss; numa_maps beside its CPUs, or perf c2c, tell',
          `more than ${formatShare(GOOD)} is good: a heuristic`,
          ...(policies.size > 0
            ? [
                `policies were set: ${[...policies].slice(0, 5).join(', ')}; pages elsewhere are then asked for`,
              ]
            : []),
          ...(misses === foreign
            ? []
            : [
                `Σnuma_miss ${formatCount(misses)} ≠ Σnuma_foreign ${formatCount(foreign)}: copies of nodes lack or were taken apart in time`,
              ]),
        ],
      },
    ),
  ];
}
