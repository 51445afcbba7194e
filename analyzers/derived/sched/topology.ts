import { decodeString } from '../../../model/strings.ts';
import type { Context } from '../../context.ts';

/** How far apart two CPUs are, nearest first. */
export const distances = ['same core', 'same socket', 'same node', 'other node'] as const;
export type Distance = (typeof distances)[number] | 'not known';

/** CPUs by core, socket and NUMA node, from what perf script -I prints before the samples (`sibling threads`, `sibling sockets`, `node0 cpu list`). */
export interface Topology {
  readonly known: boolean;
  distance(from: number, to: number): Distance;
}

export function topology({ trace }: Context): Topology {
  const { facts } = trace.tables;
  const core = new Map<number, number>();
  const socket = new Map<number, number>();
  const node = new Map<number, number>();
  for (let row = 0; row < facts.length; row++) {
    const key = decodeString(trace.strings, facts.columns.key[row] as number);
    const value = decodeString(trace.strings, facts.columns.value[row] as number);
    const into = /^sibling threads$/.test(key)
      ? core
      : /^sibling (?:sockets|cores|dies)$/.test(key)
        ? socket
        : /^node\d+ cpu list$/.test(key)
          ? node
          : undefined;
    for (const cpu of into === undefined ? [] : cpuList(value)) into?.set(cpu, row);
  }
  return {
    known: socket.size + node.size > 1,
    distance: (from, to) => {
      const same = (group: ReadonlyMap<number, number>): boolean =>
        group.has(from) && group.get(from) === group.get(to);
      if (same(core)) return 'same core';
      if (same(socket)) return 'same socket';
      if (same(node)) return 'same node';
      return node.has(from) && node.has(to) ? 'other node' : 'not known';
    },
  };
}

/** `0-3,8,10-11`: the kernel's lists of CPUs. */
export function cpuList(text: string): number[] {
  return text.split(',').flatMap((part) => {
    const range = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part);
    if (range === null) return [];
    const [first, last] = [Number(range[1]), Number(range[2] ?? range[1])];
    return last - first > 65_536
      ? []
      : Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  });
}
