import type { Context } from '../../context.ts';
import { type TopDownNode, topDownNodes } from './nodes.ts';

const levelOne = ['frontendbound', 'badspeculation', 'backendbound', 'retiring'] as const;
export type TopDownClass = 'frontend' | 'bad speculation' | 'memory' | 'core' | 'backend' | 'retiring';

/** Heuristic: what groups of counters that took turns may leave open in the sum of level one. */
const OFF = 0.05;

/** Where the pipeline's slots went, as far as the numbers hold. */
export interface TopDownJudgement {
  /** Nodes of level one that have a share that makes sense. */
  readonly first: readonly TopDownNode[];
  /** Σ of their shares. */
  readonly sum: number;
  /** `whole`: four nodes that add up. `partly`: not all four were printed. `broken`: they do not add up, or one is nonsense. */
  readonly state: 'whole' | 'partly' | 'broken';
  /** Root to leaf: a class of level one, its largest child, and so on. Empty when broken, or nothing stands out. */
  readonly path: readonly TopDownNode[];
  readonly class: TopDownClass | undefined;
  /** toplev itself marked the leaf. */
  readonly isMarked: boolean;
  readonly nonsense: readonly TopDownNode[];
}

/** Undefined without nodes of level one. */
export function topDownJudgement(context: Context): TopDownJudgement | undefined {
  const nodes = context.derive(topDownNodes);
  const first = nodes.filter(({ key }) => levelOne.includes(key as (typeof levelOne)[number]));
  if (first.length === 0) return undefined;
  const good = first.filter(({ share }) => !Number.isNaN(share));
  const sum = good.reduce((total, { share }) => total + share, 0);
  const isBroken =
    first.some(({ nonsense, n }) => nonsense > n) ||
    sum > 1 + OFF ||
    (good.length === levelOne.length && sum < 1 - OFF);
  const state = isBroken ? 'broken' : good.length < levelOne.length ? 'partly' : 'whole';
  const path = state === 'broken' ? [] : pathOf(nodes, good);
  return {
    first: good,
    sum,
    state,
    path,
    class: path.length === 0 ? undefined : classOf(path),
    isMarked: (path.at(-1)?.marked ?? 0) > 0,
    nonsense: nodes.filter((node) => node.nonsense > 0),
  };
}

/** Where toplev marked a node, to it; else along the largest children. Retiring is work done: it stands out only alone. */
function pathOf(nodes: readonly TopDownNode[], first: readonly TopDownNode[]): TopDownNode[] {
  const [marked] = nodes
    .filter((node) => node.marked > 0 && !Number.isNaN(node.share))
    .sort((a, b) => b.marked - a.marked || b.level - a.level);
  if (marked !== undefined) {
    const parts = marked.key.split('.');
    return parts.flatMap((_, i) => {
      const key = parts.slice(0, i + 1).join('.');
      return nodes.find((node) => node.key === key && !Number.isNaN(node.share)) ?? [];
    });
  }
  const lost = first.filter(({ key }) => key !== 'retiring').sort((a, b) => b.share - a.share);
  const path: TopDownNode[] = [];
  for (let node = lost[0]; node !== undefined; ) {
    path.push(node);
    const { key, level } = node;
    node = nodes
      .filter((each) => each.level === level + 1 && each.key.startsWith(`${key}.`) && each.share > 0)
      .sort((a, b) => b.share - a.share)[0];
  }
  return path;
}

function classOf(path: readonly TopDownNode[]): TopDownClass {
  const keys = path.at(-1)?.key.split('.') ?? [];
  switch (keys[0]) {
    case 'frontendbound':
      return 'frontend';
    case 'badspeculation':
      return 'bad speculation';
    case 'retiring':
      return 'retiring';
    default:
      return keys.includes('memorybound') ? 'memory' : keys.includes('corebound') ? 'core' : 'backend';
  }
}
