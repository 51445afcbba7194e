import type { RunGroup } from '../conclusions.ts';

/** A stream that does this part of the reads of one group must be in all others. */
const LARGE = 0.05;

/** The device most requests of all groups went to that every run has; undefined when there is none. */
export function commonDevice(groups: readonly RunGroup[]): string | undefined {
  const runs = groups.flatMap((group) => group.runs);
  const totals = new Map<string, { n: number; runs: number }>();
  for (const { metrics } of runs) {
    for (const { id, labels, n } of metrics) {
      if (id !== 'io.service.rate' || labels.who !== 'all') continue;
      const own = totals.get(labels.device ?? '') ?? { n: 0, runs: 0 };
      totals.set(labels.device ?? '', { n: own.n + n, runs: own.runs + 1 });
    }
  }
  return [...totals].filter(([, own]) => own.runs === runs.length).sort((a, b) => b[1].n - a[1].n)[0]?.[0];
}

/**
 * Why the groups cannot be held against each other: one has readers, or jobs of fio, that another has
 * not. How much each got is what is compared and proves nothing; that nobody asked is another
 * workload. Writes are not looked at: write-back merges as it pleases. Empty when nothing speaks against it.
 */
export function differentWorkloads(groups: readonly RunGroup[], device: string): string {
  for (const [what, namesOf] of [
    ['readers', (group: RunGroup) => readers(group, device)],
    ['jobs of fio', fioJobs],
  ] as const) {
    const all = groups.map((group) => ({ name: group.name, found: namesOf(group) }));
    for (const { name, found } of all) {
      for (const [each, { large }] of found) {
        const without = all.find((other) => other.found.size > 0 && !other.found.has(each));
        if (large && without !== undefined)
          return `different workloads: among the ${what}, ${name} has “${each}” and ${without.name} has not`;
      }
    }
    for (const { name, runs } of groups) {
      const first = namesOf({ name, runs: runs.slice(0, 1) });
      for (const run of runs.slice(1)) {
        const other = namesOf({ name, runs: [run] });
        const gone = [...first].find(([each, { large }]) => large && other.size > 0 && !other.has(each));
        const come = [...other].find(([each, { large }]) => large && first.size > 0 && !first.has(each));
        const odd = gone?.[0] ?? come?.[0];
        if (odd !== undefined)
          return `different workloads: within ${name}, not every run has “${odd}” among its ${what}`;
      }
    }
  }
  return '';
}

type Found = ReadonlyMap<string, { readonly large: boolean }>;

function readers({ runs }: RunGroup, device: string): Found {
  const counts = new Map<string, number>();
  for (const { metrics } of runs) {
    for (const { id, labels, n } of metrics) {
      const who = labels.who ?? '';
      if (id !== 'io.service.rate' || labels.device !== device || !/ read \S+ /.test(who)) continue;
      counts.set(who, (counts.get(who) ?? 0) + n);
    }
  }
  const all = [...counts.values()].reduce((sum, n) => sum + n, 0);
  return new Map([...counts].map(([who, n]) => [who, { large: n >= all * LARGE }] as const));
}

function fioJobs({ runs }: RunGroup): Found {
  const names = runs.flatMap(({ metrics }) =>
    metrics.filter(({ id }) => id === 'fio.ios').map(({ labels }) => `${labels.job} ${labels.op}`),
  );
  return new Map(names.map((name) => [name, { large: true }] as const));
}
