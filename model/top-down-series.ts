/**
 * Series of top-down analysis (entity `TOP_DOWN`, its name the CPU, core or socket as toplev calls it, empty for all):
 * each named like its node, `Backend_Bound.Memory_Bound`. What is in per cent has the unit share, other metrics their own.
 */
export const TOP_DOWN = 'top-down';
/** Sorts of entities of what stands beside a node, each series named like the node. */
export const topDownBeside = {
  /** Part of the time in which the counters of the node ran, 0..1. */
  multiplex: 'top-down multiplex',
  /** 1 where toplev marked the node as the bottleneck. */
  bottleneck: 'top-down bottleneck',
  /** 1 where toplev took the node for too small to matter. */
  below: 'top-down below threshold',
  /** 1 where the core was idle for most of the time. */
  idle: 'top-down idle',
} as const;
/** Row in which toplev says how far counters had to share the hardware; in per cent, of no node. */
export const MUX = 'MUX';
/** Fact that names the event to sample a node with. */
export const topDownSampleFact = (node: string): string => `top-down sample ${node}`;
