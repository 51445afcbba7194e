import { describe, expect, it } from 'vitest';
import { type Files, findingOf, metricOf, reportOf } from '../../support/copied-files.ts';

const folder = '/sys/kernel/mm/ksm';
const ksm = (values: Readonly<Record<string, number | string>>): Files =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`${folder}/${key}`, `${value}\n`]));
const base = {
  run: 1,
  pages_shared: 10,
  pages_sharing: 1000,
  pages_unshared: 100,
  pages_volatile: 90,
};
const settled = (more: Readonly<Record<string, number | string>> = {}) =>
  [ksm({ ...base, full_scans: 5, ...more }), ksm({ ...base, full_scans: 9, ...more })] as const;

describe('KSM', () => {
  it.each([0, 1, 2])('trap: %i full scans are too few for a verdict, whatever the profit', (scans) => {
    for (const profit of [-2_800_000, 9_000_000]) {
      const report = reportOf(ksm({ ...base, full_scans: scans, general_profit: profit }));
      expect(findingOf(report, 'memory/ksm/verdict')?.verdict?.state).toBe('inconclusive');
      expect(findingOf(report, 'memory/ksm/verdict')?.claim).toContain('not converged');
    }
  });

  it('trap: merged zero pages are savings that pages_sharing does not count (6.6)', () => {
    const report = reportOf(...settled({ ksm_zero_pages: 500 }));
    // (1000 + 500) × 4096 − (10 + 1000 + 100 + 90) × 64.
    expect(metricOf(report, 'memory.ksm.profit')).toBe(1500 * 4096 - 1200 * 64);
  });

  it('trap: the kernel’s profit is taken where it has one (6.4), and a difference is told', () => {
    const report = reportOf(...settled({ general_profit: 4_000_000 }));
    expect(metricOf(report, 'memory.ksm.profit')).toBe(4_000_000);
    expect(findingOf(report, 'memory/ksm/verdict')?.evidence[0]?.formula).toContain('copied a moment apart');
  });

  it('trap: merge_across_nodes can be changed only after everything was unmerged', () => {
    const nodes: Files = {
      '/sys/devices/system/node/node0/numastat': 'numa_hit 1\nlocal_node 1\nother_node 0\n',
      '/sys/devices/system/node/node1/numastat': 'numa_hit 1\nlocal_node 1\nother_node 0\n',
    };
    const [first, second] = settled({ merge_across_nodes: 1 });
    const action = findingOf(reportOf(first, { ...second, ...nodes }), 'memory/ksm/nodes')?.actions[0];
    expect(action?.run).toBe(
      `echo 2 > ${folder}/run && echo 0 > ${folder}/merge_across_nodes && echo 1 > ${folder}/run`,
    );
    expect([action?.undo, action?.persist, action?.verify]).not.toContain(undefined);
  });

  it('trap: stopping does not give pages back: what is merged stays merged until run = 2', () => {
    expect(
      findingOf(reportOf(ksm({ ...base, run: 0, full_scans: 9 })), 'memory/ksm/verdict')?.claim,
    ).toContain('merged earlier stays merged');
    // 10 pages saved, and 100 000 described in vain.
    const worse = settled({ pages_sharing: 10, pages_unshared: 100_000 });
    expect(findingOf(reportOf(...worse), 'memory/ksm/verdict')?.actions[0]?.run).toBe(
      `echo 2 > ${folder}/run`,
    );
  });

  it('trap: merging is a side channel between tenants', () => {
    expect(findingOf(reportOf(...settled()), 'memory/ksm/verdict')?.caveats.join()).toContain('side channel');
  });

  it('trap: pages written again as fast as they are merged are no gain', () => {
    const at = (cow: number, sharing: number): Files => ({
      ...ksm({ ...base, pages_sharing: sharing, full_scans: 9 }),
      '/proc/vmstat': `nr_free_pages 1\ncow_ksm ${cow}\n`,
    });
    expect(findingOf(reportOf(at(0, 1000), at(600, 1500)), 'memory/ksm/thrash')?.severity).toBe('warning');
    expect(findingOf(reportOf(at(0, 1000), at(400, 1500)), 'memory/ksm/thrash')).toBeUndefined();
  });

  it('trap: merging splits huge pages', () => {
    const [first, second] = settled();
    const of = (enabled: string) =>
      findingOf(
        reportOf(first, { ...second, '/sys/kernel/mm/transparent_hugepage/enabled': enabled }),
        'memory/ksm/huge-pages',
      );
    expect(of('[always] madvise never\n')?.claim).toContain('splits the huge page');
    expect(of('always [madvise] never\n')).toBeUndefined();
  });

  it('a process of which 64 times as much is described as merged loses by it', () => {
    const of = (items: number) => {
      const [first, second] = settled();
      return findingOf(
        reportOf(first, {
          ...second,
          '/proc/7/ksm_stat': `ksm_rmap_items ${items}\nksm_merging_pages 10\n`,
        }),
        'memory/ksm/process',
      );
    };
    expect(of(640)).toBeUndefined();
    expect(of(641)?.severity).toBe('note');
  });
});
