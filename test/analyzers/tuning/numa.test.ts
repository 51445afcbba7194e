import { describe, expect, it } from 'vitest';
import { type Files, findingOf, metricOf, reportOf } from '../../support/copied-files.ts';

const node = (n: number, file: string): string => `/sys/devices/system/node/node${n}/${file}`;
const topology: Files = {
  [node(0, 'cpulist')]: '0-3\n',
  [node(1, 'cpulist')]: '4-7\n',
  [node(0, 'distance')]: '10 21\n',
  [node(1, 'distance')]: '21 10\n',
};
/** Fields 1 to 52 of stat, the last CPU in the 39th. */
const stat = (pid: number, cpu: number): string =>
  `${pid} (a) b) R ${Array.from({ length: 49 }, (_, i) => (i + 4 === 39 ? cpu : 0)).join(' ')}\n`;

describe('balancing', () => {
  const counts = (updates: number, hints: number, local: number, migrated: number): Files => ({
    '/proc/vmstat': `nr_free_pages 1\nnuma_pte_updates ${updates}\nnuma_hint_faults ${hints}\nnuma_hint_faults_local ${local}\nnuma_pages_migrated ${migrated}\n`,
    '/proc/sys/kernel/numa_balancing': '1\n',
  });
  const verdict = (...snapshots: readonly Files[]) =>
    findingOf(reportOf(...snapshots), 'memory/numa-balancing/verdict');

  it('trap: an explicit mempolicy exempts memory from balancing, which is then not to blame', () => {
    const same = counts(5, 7, 7, 0);
    const found = verdict(same, {
      ...same,
      '/proc/42/numa_maps': '7f00 prefer:1 anon=100 N1=100 kernelpagesize_kB=4\n',
    });
    expect(found?.verdict).toMatchObject({
      state: 'not enough data',
      why: expect.stringContaining('explicit policy exempts'),
    });
    expect(found?.severity).toBe('ok');
  });

  /** Five copies, ten seconds apart: hinting faults 1000 an interval, so many of them local, so many pages moved. */
  const series = (local: readonly number[], migrated: readonly number[]) => {
    let [l, m] = [0, 0];
    return [
      counts(0, 0, 0, 0),
      ...local.map((each, i) => {
        l += each;
        m += migrated[i] as number;
        return counts((i + 1) * 5000, (i + 1) * 1000, l, m);
      }),
    ];
  };

  it('pages that go on moving while locality stays flat are ping-pong: pin, or switch it off', () => {
    const found = verdict(...series([500, 500, 500, 500], [300, 300, 300, 300]));
    expect(found).toMatchObject({ severity: 'warning', verdict: { state: 'inconclusive' } });
    expect(found?.claim).toContain('come no nearer');
    expect(found?.evidence[0]?.formula).toContain(
      'first half 1 000 ÷ 2 000 = 50.0 % local, 30 /s pages moved'.replaceAll(' 000', '\u202f000'),
    );
    expect(found?.actions.at(-1)).toMatchObject({
      run: 'sysctl -w kernel.numa_balancing=0',
      undo: 'sysctl -w kernel.numa_balancing=1',
      setting: { path: '/proc/sys/kernel/numa_balancing', value: '0', was: '1' },
    });
    for (const { undo, verify, persist } of found?.actions ?? [])
      expect([undo, verify, persist]).not.toContain(undefined);
  });

  it('locality that rises while pages move is balancing at work', () => {
    const found = verdict(...series([300, 400, 700, 750], [300, 300, 300, 300]));
    expect(found).toMatchObject({ severity: 'ok', claim: expect.stringContaining('brings memory nearer') });
    expect(found?.actions).toEqual([]);
  });

  it('moves that died down are no ping-pong', () => {
    expect(verdict(...series([500, 500, 500, 500], [300, 300, 9, 0]))?.claim).not.toContain('come no nearer');
  });

  it('trap: few hinting faults tell nothing: 56 of 73 are between 65.8 and 84.9 % (Wilson)', () => {
    const found = verdict(counts(0, 0, 0, 0), counts(38637, 73, 56, 17));
    expect(found).toMatchObject({ severity: 'ok', verdict: { state: 'inconclusive' } });
    expect(found?.verdict?.why).toContain('between 65.8 % and 84.9 %');
  });

  it('trap: promotions of tiering are not judged by locality', () => {
    const tiered = series([500, 500, 500, 500], [300, 300, 300, 300]).map((files) => ({
      ...files,
      '/proc/sys/kernel/numa_balancing': '2\n',
    }));
    expect(verdict(...tiered)?.severity).toBe('ok');
  });
});

describe('placement', () => {
  const maps = (policy: string, on0: number, on1: number): Files => ({
    '/proc/42/numa_maps': `7f00 ${policy} anon=${on0 + on1} N0=${on0} N1=${on1} kernelpagesize_kB=4\n`,
  });

  it('weighs distance by bytes, huge pages included: (512 × 21 + 1 × 512 × 10) ÷ 1024', () => {
    const found = reportOf({
      ...topology,
      '/proc/42/numa_maps':
        '7f00 default anon=512 N1=512 kernelpagesize_kB=4\n7f01 default huge anon=1 N0=1 kernelpagesize_kB=2048\n',
    });
    expect(metricOf(found, 'memory.numa.distance', { pid: '42', cpu_node: '0' })).toBe(15.5);
    expect(metricOf(found, 'memory.numa.process_distance')).toBeUndefined();
  });

  it('sets the CPU a process ran on beside its memory: (100 × 10 + 900 × 21) ÷ 1000', () => {
    const found = reportOf({ ...topology, ...maps('default', 100, 900), '/proc/42/stat': stat(42, 3) });
    expect(metricOf(found, 'memory.numa.process_distance', { pid: '42' })).toBeCloseTo(19.9, 9);
    const said = findingOf(found, 'memory/numa/distance/42');
    expect(said?.claim).toBe(
      'Process 42 ran on node 0 and has 90.0 % of its memory on other nodes, at a mean distance of 19.9 (10 is local)',
    );
    expect(said?.actions.map(({ run, undo }) => [run, undo])).toEqual([
      ['migratepages 42 1 0', 'migratepages 42 0 1'],
      ['taskset -acp 4-7 42', 'taskset -acp 0-3 42'],
    ]);
  });

  it('a process that changed nodes has the mean of both, and both as bounds', () => {
    const found = reportOf(
      { ...topology, '/proc/42/stat': stat(42, 3) },
      { ...topology, ...maps('default', 0, 900), '/proc/42/stat': stat(42, 4) },
    );
    // Once from node 0 (21), once from node 1 (10).
    expect(found.metrics.find(({ id }) => id === 'memory.numa.process_distance')).toMatchObject({
      value: 15.5,
      low: 10,
      high: 21,
      n: 2,
    });
  });

  it('without a copy of stat the CPUs it is allowed tell, where they are of one node', () => {
    const status = (list: string): Files => ({
      '/proc/42/status': `Name:\ta\nCpus_allowed_list:\t${list}\n`,
    });
    const said = (list: string) =>
      findingOf(
        reportOf({ ...topology, ...maps('default', 0, 900), ...status(list) }),
        'memory/numa/distance/42',
      );
    expect(said('0-3')?.claim).toContain('may run on node 0');
    expect(said('0-7')).toBeUndefined();
  });

  it('memory near the process is nothing to say', () => {
    const found = reportOf({ ...topology, ...maps('default', 900, 100), '/proc/42/stat': stat(42, 3) });
    expect(findingOf(found, 'memory/numa/distance/42')).toBeUndefined();
  });

  it('trap: memory bound elsewhere by policy is the policy’s doing, and is not moved', () => {
    const found = reportOf({ ...topology, ...maps('bind:1', 0, 900), '/proc/42/stat': stat(42, 3) });
    const [action] = findingOf(found, 'memory/numa/distance/42')?.actions ?? [];
    expect(action?.text).toContain('The policy says so (bind:1)');
    expect(action?.run).toBeUndefined();
  });

  it('trap: bind:0-1 and interleave:0-1 are told apart', () => {
    const note = (policy: string) => {
      const table = reportOf({ ...topology, ...maps(policy, 9, 9) }).sections.find(
        ({ id }) => id === 'memory/numa/placement',
      );
      return table?.kind === 'table' ? table.rows[0]?.cells[1] : undefined;
    };
    expect(note('bind:0-1')).toContain('bind:0-1 72 KiB');
    expect(note('interleave:0-1')).toContain('interleave:0-1 72 KiB');
  });

  const numastat = (hit: number, miss: number, local: number, other: number): string =>
    `numa_hit ${hit}\nnuma_miss ${miss}\nnuma_foreign 0\ninterleave_hit 0\nlocal_node ${local}\nother_node ${other}\n`;

  it('trap: numa_miss is of allocations, not of access; remote binding shows in other_node', () => {
    // A program on node 0 whose memory is bound to node 1: its pages are hits of node 1, asked for by others.
    const found = reportOf(
      { [node(0, 'numastat')]: numastat(100, 0, 100, 0), [node(1, 'numastat')]: numastat(0, 0, 0, 0) },
      { [node(0, 'numastat')]: numastat(110, 0, 110, 0), [node(1, 'numastat')]: numastat(90, 0, 0, 90) },
    );
    expect(metricOf(found, 'memory.numa.miss', { node: '1' })).toBe(0);
    expect(metricOf(found, 'memory.numa.local', { node: '1' })).toBe(0);
    const said = findingOf(found, 'memory/numa/local');
    expect(said?.severity).toBe('note');
    expect(said?.caveats.join()).toContain('allocation is counted, not access');
  });

  it('misses of one node are foreign to another, or copies are missing', () => {
    const found = reportOf(
      { [node(0, 'numastat')]: numastat(1, 5, 1, 0) },
      { [node(0, 'numastat')]: numastat(2, 5, 2, 0) },
    );
    expect(findingOf(found, 'memory/numa/local')?.caveats.join()).toContain('Σnuma_miss 5 ≠ Σnuma_foreign 0');
  });
});

describe('reclaim within nodes', () => {
  const host = (mode: number, tried: number, refaults: number, cache: number): Files => ({
    ...topology,
    '/proc/sys/vm/zone_reclaim_mode': `${mode}\n`,
    '/proc/vmstat': `nr_free_pages 1\nzone_reclaim_success ${tried}\nzone_reclaim_failed 0\nworkingset_refault_file ${refaults}\n`,
    '/proc/meminfo': `MemTotal:   1000 kB\nActive(file): ${cache} kB\nInactive(file): 0 kB\n`,
  });
  const said = (mode: number, tried: number, refaults: number, cache: number) =>
    findingOf(reportOf(host(mode, 0, 0, cache), host(mode, tried, refaults, cache)), 'memory/zone-reclaim');

  it.each([
    // mode, attempts, refaults, cache of 1000 kB
    [1, 40, 7, 50, 'worse'],
    [1, 40, 0, 500, 'worse'],
    [1, 40, 0, 50, 'inconclusive'],
    [1, 0, 7, 500, 'inconclusive'],
  ])('mode %i, %i attempts, %i refaults, cache %i kB: %s', (mode, tried, refaults, cache, state) => {
    expect(said(mode, tried, refaults, cache)?.verdict?.state).toBe(state);
  });

  it('is switched off with the way back, and not spoken of when it is off or there is one node', () => {
    expect(said(1, 40, 7, 500)?.actions[0]).toMatchObject({
      run: 'sysctl -w vm.zone_reclaim_mode=0',
      undo: 'sysctl -w vm.zone_reclaim_mode=1',
      setting: { path: '/proc/sys/vm/zone_reclaim_mode', value: '0', was: '1' },
    });
    expect(said(0, 40, 7, 500)).toBeUndefined();
    const { [node(1, 'cpulist')]: _, [node(1, 'distance')]: __, ...one } = host(1, 40, 7, 500);
    expect(findingOf(reportOf(one, one), 'memory/zone-reclaim')).toBeUndefined();
  });
});
