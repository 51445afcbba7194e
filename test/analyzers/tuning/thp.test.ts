import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../../model/comparison.ts';
import { type Files, findingOf, metricOf, reportOf } from '../../support/copied-files.ts';
import { repo } from '../../support/paths.ts';
import { scratch, vtune } from '../../support/vtune.ts';

const folder = '/sys/kernel/mm/transparent_hugepage';
const vmstat = (alloc: number, fallback = 0, stall = 0, more = ''): Files => ({
  '/proc/vmstat': `nr_free_pages 1\nthp_fault_alloc ${alloc}\nthp_fault_fallback ${fallback}\ncompact_stall ${stall}\n${more}`,
});
const rollup = (rss: number, huge: number, anonymous = huge): Files => ({
  '/proc/42/smaps_rollup': `5600-7fff ---p 00000000 00:00 0 [rollup]\nRss: ${rss} kB\nAnonymous: ${anonymous} kB\nAnonHugePages: ${huge} kB\n`,
});
const enabled = (value: string): Files => ({ [`${folder}/enabled`]: value });

describe('huge pages in one run', () => {
  it('trap: counters count events, not bytes; stalls are compacted away in the background', () => {
    const found = reportOf(vmstat(10, 5, 1), {
      ...vmstat(40, 15, 8),
      ...enabled('[always] madvise never\n'),
      [`${folder}/defrag`]: '[always] defer defer+madvise madvise never\n',
    });
    expect(metricOf(found, 'memory.thp.fault_alloc')).toBe(30);
    expect(metricOf(found, 'memory.thp.fallback')).toBe(0.25);
    expect(findingOf(found, 'memory/thp/verdict')?.claim).toContain('30 page faults');
    expect(findingOf(found, 'memory/thp/stalls')?.actions[0]).toMatchObject({
      run: `echo defer+madvise > ${folder}/defrag`,
      undo: `echo always > ${folder}/defrag`,
    });
  });

  it('counts larger free blocks as several huge pages: 3 + 2 × 2', () => {
    const found = reportOf(vmstat(0), {
      ...vmstat(0),
      '/proc/buddyinfo':
        'Node 0, zone   Normal      9      9      9      9      9      9      9      9      9      3      2 \n',
    });
    expect(metricOf(found, 'memory.thp.available')).toBe(7);
  });

  it('trap: AnonHugePages has PMD size only; smaller ones are told by size', () => {
    const stats = (alloc: number, fallback: number): Files => ({
      [`${folder}/hugepages-64kB/enabled`]: 'always inherit [madvise] never\n',
      [`${folder}/hugepages-64kB/stats/anon_fault_alloc`]: `${alloc}\n`,
      [`${folder}/hugepages-64kB/stats/anon_fault_fallback`]: `${fallback}\n`,
      [`${folder}/hugepages-64kB/stats/nr_anon`]: '160\n',
      '/proc/meminfo': 'MemTotal:       1024 kB\nAnonPages: 20480 kB\nAnonHugePages: 0 kB\n',
    });
    const found = reportOf({ ...vmstat(0), ...stats(10, 0) }, { ...vmstat(0), ...stats(40, 10) });
    expect(metricOf(found, 'memory.thp.coverage')).toBe(0);
    // 160 pages of 64 KiB.
    expect(metricOf(found, 'memory.thp.size.held', { size: '64kB' })).toBe(10 << 20);
    expect(metricOf(found, 'memory.thp.size.fallback', { size: '64kB' })).toBe(0.25);
    expect(findingOf(found, 'memory/thp/verdict')?.caveats.join()).toContain('mTHP, 10 MiB here');
    expect(findingOf(found, 'memory/thp/fallback/64kB')?.severity).toBe('note');
  });

  it('trap: hugetlbfs pages are separate', () => {
    const found = reportOf({
      '/proc/meminfo':
        'MemTotal:       8192 kB\nAnonPages: 4096 kB\nAnonHugePages: 0 kB\nHugePages_Total: 512\nHugePages_Free: 0\nHugetlb: 1048576 kB\n',
    });
    expect(metricOf(found, 'memory.thp.coverage')).toBe(0);
  });

  it('the file of the size is in force unless it says inherit', () => {
    const of = (size: string) =>
      findingOf(
        reportOf(vmstat(0), {
          ...vmstat(0),
          ...enabled('[always] madvise never\n'),
          [`${folder}/hugepages-2048kB/enabled`]: size,
        }),
        'memory/thp/verdict',
      )?.claim;
    expect(of('always inherit madvise [never]\n')).toBe('Huge pages are switched off (enabled = never)');
    expect(of('always [inherit] madvise never\n')).toContain('enabled = always');
  });

  it('what it cannot know of bloat is bounded: 64 MiB huge of 66 MiB, 511 of 512 pages perhaps untouched', () => {
    const found = reportOf(vmstat(0), { ...vmstat(32), ...rollup(67584, 65536) });
    const untouched = (65536 * 511) / 512;
    expect(metricOf(found, 'memory.thp.bloat_most', { pid: '42' })).toBeCloseTo(
      untouched / (67584 - untouched),
      12,
    );
    expect(findingOf(found, 'memory/thp/verdict')).toMatchObject({ verdict: { state: 'not enough data' } });
  });

  it('huge pages taken apart as mostly zeros are bloat that was counted', () => {
    const of = (n: number) => vmstat(100, 0, 0, `thp_underused_split_page ${n}\n`);
    expect(findingOf(reportOf(of(3), of(13)), 'memory/thp/underused')?.claim).toMatch(/^10 huge pages/);
    expect(findingOf(reportOf(of(3), of(3)), 'memory/thp/underused')).toBeUndefined();
  });
});

describe('what address translation costs', () => {
  const perf = (walks: number, misses: number, pct = 100): Files => ({
    'perf-stat.csv': `1000000,,cycles,5,100.00,,\n2000000,,instructions,5,100.00,,\n${misses},,dTLB-load-misses,5,100.00,,\n${walks},,dtlb_load_misses.walk_active,5,${pct}.00,,\n10000,,dtlb_store_misses.walk_active,5,100.00,,\n`,
  });
  const of = (counted: Files, huge: number, text = 'always [madvise] never\n') =>
    reportOf(vmstat(0), { ...vmstat(0), ...enabled(text), ...rollup(12000, huge, 10000), ...counted });

  it('walks of loads and stores over cycles: (70 000 + 10 000) ÷ 1 000 000', () => {
    expect(metricOf(of(perf(70_000, 100), 0), 'cpu.dtlb.walk_share')).toBe(0.08);
  });

  it.each([
    // walks, misses, huge kB of 10 000, verdict, proposes to switch on
    [70_000, 100, 0, 'inconclusive', true],
    [70_000, 100, 9000, 'inconclusive', false],
    [20_000, 100, 0, 'no difference', false],
    // 3000 × 1000 ÷ 2 000 000 = 1.5 misses per thousand instructions.
    [20_000, 3000, 0, 'inconclusive', true],
  ])('walks %i, misses %i, huge %i kB: %s', (walks, misses, huge, state, proposes) => {
    const found = findingOf(of(perf(walks, misses), huge), 'memory/thp/walks');
    expect(found?.verdict?.state).toBe(state);
    expect(found?.actions.some(({ setting }) => setting?.value === 'always')).toBe(proposes);
  });

  it('trap: a counter that ran less than half the time is not judged', () => {
    const found = of(perf(70_000, 100, 30), 0);
    expect(metricOf(found, 'cpu.dtlb.walk_share')).toBeUndefined();
    expect(findingOf(found, 'memory/thp/walks')?.verdict?.state).toBe('no difference');
    expect(findingOf(found, 'memory/thp/walks')?.caveats.join()).toContain('misses are counted');
  });

  it('where none was counted it says how to count', () => {
    const found = of({}, 0);
    expect(findingOf(found, 'memory/thp/walks')).toBeUndefined();
    expect(findingOf(found, 'memory/thp/verdict')?.actions.at(-1)?.run).toContain('walk_active');
  });
});

describe('memory bloat between runs with and without', () => {
  const archive = repo('datasets/real/thp-bloat.tar.xz/thp-bloat');
  const compared = async (...inside: readonly string[]): Promise<Comparison> => {
    const json = join(scratch(), 'c.json');
    const groups = inside.flatMap((each) => ['--group', each]);
    const { code, stderr } = await vtune(['compare', ...groups, '--json', json, '-q']);
    expect([0, 1], stderr).toContain(code);
    return JSON.parse(readFileSync(json, 'utf8')) as Comparison;
  };
  const bloat = ({ findings }: Comparison) => findings.find(({ id }) => id === 'compare/thp/bloat');

  it('32 pages of 4 KiB touched take 32 huge pages: 64 MiB more on 1.6 MiB', async () => {
    const found = bloat(await compared(`never=${archive}/never`, `always=${archive}/always`));
    expect(found).toMatchObject({ severity: 'warning', verdict: { knob: 'thp', state: 'worse' } });
    // VmHWM of the runs, kB: never 1584 to 1680, always 66996 to 67088; 67040 ÷ 1588 is about 42.
    expect(found?.confidence.low).toBeGreaterThan(38);
    expect(found?.confidence.high).toBeLessThan(43);
    expect(found?.confidence.n).toBe(12);
  });

  it('fewer than five runs a side give a range and no verdict', async () => {
    const found = bloat(await compared(`never=${archive}/never/rep-01`, `always=${archive}/always/rep-01`));
    expect(found?.verdict?.state).toBe('not enough data');
  });

  it('without both arms there is nothing to say', async () => {
    expect(bloat(await compared(`a=${archive}/never`, `b=${archive}/always`))).toBeUndefined();
  });
});
