import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { lastValue, readingsOf } from '../../../analyzers/derived/counters/readings.ts';
import { memoryCgroups } from '../../../analyzers/derived/memory/cgroups.ts';
import { freeForOrder, rankTasks, totalPages } from '../../../analyzers/derived/memory/oom-points.ts';
import { type OomReport, oomReports } from '../../../analyzers/derived/memory/oom-reports.ts';
import { cgroupMemoryUse } from '../../../analyzers/memory/cgroup.ts';
import { isHarmlessPath } from '../../../analyzers/memory/limit-action.ts';
import { oomKills } from '../../../analyzers/memory/oom/oom.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { kernelLog } from '../../../workers/importers/kernel-log.ts';
import { importRun } from '../../support/import.ts';

const real = (name: string): Buffer =>
  readFileSync(fileURLToPath(new URL(`../../../datasets/real/memory/${name}`, import.meta.url)));

const log = (text: string): readonly OomReport[] =>
  new Context(importRun([kernelLog, Buffer.from(text)])).derive(oomReports);

/** Copies of files, by the second at which they were taken. */
const copies = (...snapshots: readonly Readonly<Record<string, string>>[]): Context =>
  new Context(
    importRun(
      ...snapshots.flatMap((files, at) =>
        Object.entries(files).map(
          ([path, text]) =>
            [
              kernelFilesImporter,
              Buffer.from(text),
              `snap-${at}_${100 + at * 10}.0/${path.slice(1).replaceAll('/', '@')}`,
            ] as const,
        ),
      ),
    ),
  );

const v2 = '/sys/fs/cgroup/t/memory';
const v1 = '/sys/fs/cgroup/memory/t/memory';
const pressure = (us: number): string =>
  `some avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\n`;

describe('reports of the OOM killer', () => {
  it('points of the recorded victim are its pages and those of its page tables', () => {
    const [report] = log(real('dmesg-oom-v1-6.18.txt').toString());
    expect(report).toMatchObject({
      cgroup: '/pmem_b',
      constraint: 'MEMCG',
      version: 1,
      limit: 64 * 2 ** 20,
      failcnt: 74,
      killed: [{ pid: 11293, comm: 'oomhog' }],
      pageSize: 4096,
    });
    // 16651 rss + 176128 / 4096 = 43 of page tables.
    expect(rankTasks(report as OomReport, 16384)[0]?.points).toBe(16694);
  });

  it('of a whole machine the adjustment is a part of RAM managed and swap', () => {
    const [report] = log(real('dmesg-oom-global-6.1.txt').toString());
    expect(report).toMatchObject({ constraint: 'NONE', cgroup: '' });
    expect(totalPages(report as OomReport, Number.NaN)).toBe(98171 - 10272);
    const answer = oomKills.run(new Context(importRun([kernelLog, real('dmesg-oom-global-6.1.txt')])));
    expect(answer.findings[0]).toMatchObject({ severity: 'critical', id: 'memory/oom/host' });
  });

  const table = `[  1.0] a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[  1.0] memory: usage 400000kB, limit 400000kB, failcnt 9
[  1.0] Memory cgroup stats for /t:
[  1.0] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[  1.0] [   10]     0    10    20000     13016   155648        0             0 my hog
[  1.0] [   11]     0    11    20000      3933    40960        0             0 small
[  1.0] [   12]     0    12    20000     20000    40960        0         -1000 kept
[  1.0] [   13]     0    13    20000      5000    40960      100          -100 less
[  1.0] oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/t,task_memcg=/t,task=my hog,pid=10,uid=0
[  1.0] Memory cgroup out of memory: Killed process 10 (my hog) total-vm:80000kB, anon-rss:1kB, file-rss:1kB, shmem-rss:0kB, UID:0 pgtables:152kB oom_score_adj:0
`;

  it('ranks by rss, swap, page tables and the adjustment; −1000 is never killed', () => {
    const [report] = log(table);
    // 400000 kB = 100000 pages: −100 takes 100 · 100 = 10000 off 5000 + 100 + 10.
    expect(
      rankTasks(report as OomReport, totalPages(report as OomReport, 0)).map(({ comm, points }) => [
        comm,
        points,
      ]),
    ).toEqual([
      ['my hog', 13016 + 38],
      ['small', 3943],
      ['less', 5110 - 10000],
      ['kept', Number.NEGATIVE_INFINITY],
    ]);
  });

  it.each([
    ['a level', (line: string) => line.replace(/^/, '<4>')],
    ['a caller', (line: string) => line.replace(/\] /, '][  T123] ')],
    ['journald', (line: string) => line.replace(/^\[ +1\.0\]/, 'Nov 24 10:00:00 host kernel:')],
    ['journald with the time of printk', (line: string) => `2026-11-24T10:00:00+0000 host kernel: ${line}`],
    ['dmesg -T', (line: string) => line.replace(/^\[ +1\.0\]/, '[Tue Nov 24 10:00:00 2026]')],
    ['ISO time', (line: string) => line.replace(/^\[ +1\.0\]/, '2026-11-24T10:00:00,123456+00:00')],
  ])('reads lines that begin with %s', (_, change) => {
    const text = table.replace(/^\[.*$/gm, change);
    expect(text).not.toBe(table);
    expect(log(text)).toMatchObject([{ cgroup: '/t', killed: [{ pid: 10 }], tasks: { length: 4 } }]);
  });

  it('trap: kernels before 4.19 say it in two lines, and count page tables in pages', () => {
    const [report, ...more] = log(`[  1.0] a invoked oom-killer: gfp_mask=0x24201ca, order=0, oom_score_adj=0
[  1.0] Task in /t killed as a result of limit of /t
[  1.0] memory: usage 40000kB, limit 40000kB, failcnt 9
[  1.0] [ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name
[  1.0] [   10]     0    10    20000      9000      30       3        7             0 hog
[  1.0] Memory cgroup out of memory: Kill process 10 (hog) score 900 or sacrifice child
[  1.0] Killed process 10 (hog) total-vm:80000kB, anon-rss:36000kB, file-rss:0kB
`);
    expect(more).toEqual([]);
    expect(report).toMatchObject({ cgroup: '/t', killed: [{ pid: 10, comm: 'hog' }] });
    expect(rankTasks(report as OomReport, 10000)[0]?.points).toBe(9000 + 7 + 33);
  });

  it('trap: memory.oom.group kills the rest of the group in the same report', () => {
    const [report, ...more] = log(
      `${table}[  1.0] Tasks in /t are going to be killed due to memory.oom.group set
[  1.0] Memory cgroup out of memory: Killed process 11 (small) total-vm:80000kB, anon-rss:1kB, file-rss:1kB
`,
    );
    expect(more).toEqual([]);
    expect(report).toMatchObject({ group: true, killed: [{ pid: 10 }, { pid: 11 }] });
  });

  it('trap: free memory in blocks that are too small is fragmentation', () => {
    const [report] = log(`[  1.0] a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=3, oom_score_adj=0
[  1.0] Node 0 Normal: 100*4kB (U) 10*8kB (U) 0*16kB 1*32kB (U) 0*64kB = 512kB
[  1.0] Out of memory: Killed process 10 (hog) total-vm:80000kB, anon-rss:36000kB, file-rss:0kB
`);
    expect(freeForOrder(report as OomReport)).toEqual({ free: 512, usable: 32 });
  });
});

describe('memory of control groups', () => {
  it('trap: failcnt that rises over page cache is ordinary reclaim', () => {
    const at = (failcnt: number, us: number) => ({
      [`${v1}.usage_in_bytes`]: '67108864\n',
      [`${v1}.limit_in_bytes`]: '67108864\n',
      [`${v1}.failcnt`]: `${failcnt}\n`,
      [`${v1}.stat`]: 'cache 1\nrss 1\ntotal_cache 65000000\ntotal_rss 0\ntotal_inactive_file 65000000\n',
      '/sys/fs/cgroup/unified/t/memory.pressure': pressure(us),
    });
    const context = copies(at(0, 0), at(353, 120_000));
    expect(context.derive(memoryCgroups)[0]).toMatchObject({ file: 65000000, anon: 0, slack: 2108864 });
    expect(cgroupMemoryUse.run(context).findings.map(({ severity }) => severity)).toEqual(['ok']);
    expect(cgroupMemoryUse.run(context).metrics).toContainEqual(
      expect.objectContaining({ id: 'cgroup.memory.usage', labels: { cgroup: '/t' }, value: 67108864, n: 2 }),
    );
  });

  const held = (events: string, us: number, refaults = 0) => ({
    [`${v2}.current`]: '33554432\n',
    [`${v2}.high`]: '33554432\n',
    [`${v2}.max`]: '67108864\n',
    [`${v2}.events`]: events,
    [`${v2}.stat`]: `anon 33000000\nfile 0\ninactive_file 0\nworkingset_refault_file ${refaults}\n`,
    [`${v2}.pressure`]: pressure(us),
  });

  it('trap: memory.high never kills, it stalls: told, with a command and the way back', () => {
    const context = copies(
      held('low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n', 0),
      held('low 0\nhigh 206\nmax 0\noom 0\noom_kill 0\n', 2_000_000),
    );
    const [finding] = cgroupMemoryUse.run(context).findings;
    expect(finding).toMatchObject({ severity: 'warning', verdict: { knob: 'memory.high', state: 'worse' } });
    expect(finding?.share).toBeCloseTo(0.2, 9);
    expect(finding?.actions[0]).toMatchObject({
      run: 'echo 50331648 > /sys/fs/cgroup/t/memory.high',
      undo: 'echo 33554432 > /sys/fs/cgroup/t/memory.high',
    });
  });

  it('the same stall hurts at memory.max when what was reclaimed came back', () => {
    const before = held('high 0\nmax 0\noom_kill 0\n', 0);
    const run = (refaults: number) =>
      cgroupMemoryUse.run(copies(before, held('high 0\nmax 99\noom_kill 0\n', 700_000, refaults))).findings[0]
        ?.severity;
    expect(run(0)).toBe('ok');
    // 5 % of 64 MiB are 820 pages.
    expect(run(820)).toBe('warning');
  });

  it('trap: without pressure and without refaults a limit met says nothing', () => {
    const file = (max: number) => ({
      [`${v2}.current`]: '33554432\n',
      [`${v2}.max`]: '33554432\n',
      [`${v2}.events`]: `max ${max}\noom_kill 0\n`,
    });
    expect(cgroupMemoryUse.run(copies(file(0), file(9))).findings[0]?.verdict?.state).toBe('not enough data');
  });

  it('trap: no limit is no number: `max`, and the largest whole number of pages of version 1', () => {
    for (const files of [
      { [`${v2}.current`]: '4096\n', [`${v2}.max`]: 'max\n' },
      { [`${v1}.usage_in_bytes`]: '4096\n', [`${v1}.limit_in_bytes`]: '9223372036854771712\n' },
    ])
      expect(copies(files).derive(memoryCgroups)[0]?.max).toBeNaN();
  });

  it('trap: a limit of what looks like the root, below MemTotal, is the view from a container', () => {
    const context = copies({
      '/proc/meminfo': 'MemTotal:        8000000 kB\nMemFree:        1 kB\n',
      '/sys/fs/cgroup/memory.current': '4096\n',
      '/sys/fs/cgroup/memory.max': '1073741824\n',
    });
    expect(cgroupMemoryUse.run(context).findings.map(({ id }) => id)).toContain('memory/container-view');
  });

  it('names that are not plain paths never reach a command', () => {
    expect(isHarmlessPath('/system.slice/db@1.service')).toBe(true);
    for (const hostile of ['/a;reboot', '/a b', '/$(id)', '/../x', '/a\n/b', '/', '/a/./b'])
      expect(isHarmlessPath(hostile), hostile).toBe(false);
  });
});

describe('memory of the host', () => {
  it('trap: units: KiB become bytes, pages stay pages, nr_dirtied and pswpin are counts', () => {
    const context = copies({
      '/proc/meminfo': 'MemTotal:        4 kB\nHugePages_Total:    3\nActive(anon):   2 kB\n',
      '/proc/vmstat': 'nr_free_pages 7\nnr_dirtied 5\npswpin 2\npgpgin 3\nnr_kernel_stack 16\n',
    });
    const read = (name: string) => {
      const readings = readingsOf(context, name);
      return [lastValue(readings), readings?.unit, readings?.kind];
    };
    expect(read('meminfo MemTotal')).toEqual([4096, 'bytes', 'gauge']);
    expect(read('meminfo HugePages_Total')).toEqual([3, 'pages', 'gauge']);
    expect(read('meminfo Active(anon)')).toEqual([2048, 'bytes', 'gauge']);
    expect(read('vmstat nr_free_pages')).toEqual([7, 'pages', 'gauge']);
    expect(read('vmstat nr_dirtied')).toEqual([5, 'count', 'cumulative']);
    expect(read('vmstat pswpin')).toEqual([2, 'count', 'cumulative']);
    expect(read('vmstat pgpgin')).toEqual([3072, 'bytes', 'cumulative']);
    expect(read('vmstat nr_kernel_stack')).toEqual([16384, 'bytes', 'gauge']);
  });
});
