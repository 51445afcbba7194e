import type { Action } from '../../model/finding.ts';
import type { TopDownClass } from '../derived/top-down/judgement.ts';
import type { TopDownNode } from '../derived/top-down/nodes.ts';

/** Names of events as toplev prints them; nothing in them means anything to a shell. */
const harmless = /^[\w.:=,/-]+$/;

interface Advice {
  /** What the share is of, in a few words. */
  readonly what: string;
  readonly texts: readonly string[];
}

const advice: Readonly<Record<TopDownClass, Advice>> = {
  frontend: {
    what: 'waiting for instructions',
    texts: [
      'Make hot code smaller and denser: profile-guided optimisation and link-time optimisation, or a layout from a profile (BOLT, AutoFDO); large jump tables and templates spread it',
      'Put code on huge pages where instruction TLB misses are the matter (-z common-page-size=2097152 with transparent huge pages for text, hugetext of the runtime)',
    ],
  },
  'bad speculation': {
    what: 'work thrown away after wrong guesses',
    texts: [
      'Find the branches that are guessed wrong and make them predictable or none: sort the input, turn them into arithmetic or conditional moves, take virtual calls out of inner loops; profile-guided optimisation does some of it',
      'Where machine clears are the matter: look for false sharing (perf c2c), code that writes code, and denormal floating-point numbers',
    ],
  },
  memory: {
    what: 'waiting for data',
    texts: [
      'Touch less and nearer memory: smaller elements, arrays instead of linked nodes, blocking of loops for the cache the time goes to',
      'Huge pages where the data TLB misses (transparent huge pages, madvise), memory on the node of its threads (numactl --localalloc), and a look for false sharing where stores or other cores’ caches are named',
    ],
  },
  core: {
    what: 'waiting for execution units',
    texts: [
      'Shorten chains of dependent operations and take divisions and square roots out of hot loops; let the compiler vectorise (-O3 -march of the machine, restrict, no aliasing)',
      'On cores with two threads the other thread uses the same units: measure with one thread a core',
    ],
  },
  backend: {
    what: 'waiting for data or execution units',
    texts: ['Measure one level deeper: it tells memory from execution units, whose cures differ'],
  },
  retiring: {
    what: 'work done',
    texts: [
      'The pipeline is well used: only less work makes this faster. A better algorithm, vector instructions, fewer instructions for the same result',
    ],
  },
};

export const whatOf = (of: TopDownClass): string => advice[of].what;

/** What to do about a class, and how to find the code: the event toplev names for the node, else one level deeper. */
export function topDownActions(of: TopDownClass, node: TopDownNode): Action[] {
  const sampled = harmless.test(node.sample);
  return [
    sampled
      ? {
          text: `Find the code: sample the event toplev names for ${node.name}`,
          run: `perf record -e ${node.sample.replace(/:pp?p?$/, '')}:pp -g -- ./bench && perf script --header > perf.txt   # ocperf.py record knows the names of events perf lacks`,
          risk: 'none',
        }
      : {
          text: 'Measure one level deeper, with the events to sample',
          run: `toplev.py -l${Math.min(6, node.level + 1)} -v --no-desc --show-sample --csv , -o toplev.csv -- ./bench`,
          risk: 'none',
        },
    ...advice[of].texts.map((text): Action => ({ text, risk: 'low' })),
  ];
}
