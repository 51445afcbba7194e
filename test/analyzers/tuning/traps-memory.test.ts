import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { oomReports } from '../../../analyzers/derived/memory/oom-reports.ts';
import { pointsShare } from '../../../analyzers/memory/oom/scores.ts';
import { kernelLog } from '../../../workers/importers/kernel-log.ts';
import { type Files, findingOf, metricOf, reportOf } from '../../support/copied-files.ts';
import { importRun } from '../../support/import.ts';

const MIB = 2 ** 20;
const v2 = '/sys/fs/cgroup/t/memory';
const v1 = '/sys/fs/cgroup/memory/t/memory';
const pressure = (us: number): string =>
  `some avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${us}\n`;
const stat = (values: Readonly<Record<string, number>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');
const swap = (kib: number): Files => ({ '/proc/meminfo': `MemTotal:  8192 kB\nSwapTotal:  ${kib} kB\n` });

describe('what a group’s memory is made of', () => {
  const group = (values: Readonly<Record<string, number>>, more: Files = {}): Files => ({
    [`${v2}.current`]: `${100 * MIB}\n`,
    [`${v2}.max`]: `${100 * MIB}\n`,
    [`${v2}.events`]: 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n',
    [`${v2}.stat`]: stat(values),
    ...more,
  });
  const metric = (id: string, files: Files) =>
    metricOf(reportOf(files), `cgroup.memory.${id}`, { cgroup: '/t' });

  it('trap: a working set counts page cache in use; what cannot be reclaimed is another number', () => {
    const files = group({
      anon: 10 * MIB,
      file: 85 * MIB,
      active_file: 85 * MIB,
      inactive_file: 0,
      slab_reclaimable: 5 * MIB,
    });
    expect(metric('working_set_of_limit', files)).toBe(1);
    expect(metric('oom_risk', files)).toBe(0.1);
    expect(findingOf(reportOf(files), 'memory/cgroup//t')).toBeUndefined();
  });

  it('trap: shared memory can go to swap where there is some, and has nowhere to go without', () => {
    const values = { anon: 10 * MIB, file: 85 * MIB, shmem: 80 * MIB, inactive_file: 0 };
    expect(metric('oom_risk', group(values, swap(0)))).toBe(0.9);
    expect(metric('oom_risk', group(values, swap(1024)))).toBe(0.1);
    // The group itself may be forbidden to swap.
    expect(metric('oom_risk', group(values, { ...swap(1024), [`${v2}.swap.max`]: '0\n' }))).toBe(0.9);
  });

  it('trap: version 1 counts shared memory as cache, not as rss', () => {
    const files = {
      [`${v1}.usage_in_bytes`]: `${100 * MIB}\n`,
      [`${v1}.limit_in_bytes`]: `${100 * MIB}\n`,
      [`${v1}.stat`]: stat({
        total_cache: 90 * MIB,
        total_rss: 5 * MIB,
        total_shmem: 88 * MIB,
        total_inactive_file: 2 * MIB,
      }),
      ...swap(0),
    };
    expect(metric('oom_risk', files)).toBeCloseTo(0.93, 9);
  });

  it('trap: locked anonymous memory is in two counts, and is not more than the whole', () => {
    expect(
      metric('oom_risk', group({ anon: 80 * MIB, file: 0, unevictable: 80 * MIB, inactive_file: 0 })),
    ).toBe(1);
  });

  it('usage is anon + file + kernel + what CPUs hold in advance: 64 pages each', () => {
    const cpus = '/proc/stat';
    const line = 'cpu  1 0 1 1 0 0 0 0 0 0\ncpu0 1 0 1 1 0 0 0 0 0 0\ncpu1 0 0 0 0 0 0 0 0 0 0\n';
    const of = (kernel: number) =>
      findingOf(
        reportOf(
          group({ anon: 95 * MIB, file: 4 * MIB, kernel, inactive_file: 0 }, { [cpus]: line, ...swap(0) }),
        ),
        'memory/cgroup//t',
      )?.caveats.join();
    // 1 MiB is left; two CPUs may hold 512 KiB.
    expect(of(MIB / 2)).not.toContain('moments apart');
    expect(of(MIB / 4)).toContain('768 KiB of the usage is neither anon, file nor kernel');
    expect(of(2 * MIB)).toContain('1 MiB more than the whole');
  });

  it('trap: at the last copy the program may be gone; the fullest copy is judged', () => {
    const files = (usage: number): Files => ({
      [`${v2}.current`]: `${usage}\n`,
      [`${v2}.max`]: `${100 * MIB}\n`,
      [`${v2}.events`]: 'low 0\nhigh 0\nmax 0\noom 0\noom_kill 0\n',
      [`${v2}.stat`]: stat({ anon: usage, file: 0, inactive_file: 0 }),
    });
    const report = reportOf(files(0), files(95 * MIB), files(0));
    expect(metricOf(report, 'cgroup.memory.oom_risk')).toBe(0.95);
    expect(findingOf(report, 'memory/cgroup//t')?.claim).toContain('95.0 % of the limit');
  });
});

describe('limits met', () => {
  const at = (max: number, faults: number, us: number): Files => ({
    [`${v2}.current`]: `${64 * MIB}\n`,
    [`${v2}.max`]: `${64 * MIB}\n`,
    [`${v2}.events`]: `low 0\nhigh 0\nmax ${max}\noom 0\noom_kill 0\n`,
    [`${v2}.stat`]: stat({
      anon: 0,
      file: 63 * MIB,
      inactive_file: 60 * MIB,
      pgmajfault: faults,
      workingset_refault_file: 0,
    }),
    [`${v2}.pressure`]: pressure(us),
  });
  const severity = (max: number, faults: number, us: number) =>
    findingOf(reportOf(at(0, 0, 0), at(max, faults, us)), 'memory/cgroup//t')?.severity;

  it('trap: events.max that rises over page cache is no problem by itself', () => {
    expect(severity(3000, 0, 0)).toBe('ok');
  });

  it('it is one where tasks stand still and pages that were in use must be read again', () => {
    // 6 % of ten seconds; 100 major faults a second.
    expect(severity(3000, 999, 600_000)).toBe('ok');
    expect(severity(3000, 1000, 600_000)).toBe('warning');
  });
});

describe('reports of the OOM killer', () => {
  const log = (text: string) => new Context(importRun([kernelLog, Buffer.from(text)])).derive(oomReports);

  it('trap: since 6.8 resident memory is told in parts, too; the whole is what counts', () => {
    const [report] = log(`[  1.0] a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[  1.0] [  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes swapents oom_score_adj name
[  1.0] [   10]     0    10    20000     9000     8000      900       100   155648        7             5 my hog
[  1.0] oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/,task=my hog,pid=10,uid=0
[  1.0] Out of memory: Killed process 10 (my hog) total-vm:80000kB, anon-rss:32000kB, file-rss:3600kB, shmem-rss:400kB, UID:0 pgtables:152kB oom_score_adj:5
`);
    expect(report?.tasks).toEqual([
      { pid: 10, comm: 'my hog', rss: 9000, swap: 7, pageTables: 38, adjust: 5 },
    ]);
  });

  it.each([
    ['MEMORY_POLICY', 'the memory nodes of its policy were full'],
    ['CPUSET', 'the memory nodes of its cpuset were full'],
  ])(
    'trap: CONSTRAINT_%s is no machine out of memory: there is memory free elsewhere',
    (constraint, said) => {
      const report = reportOf({
        'dmesg.txt': `[  1.0] a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[  1.0] oom-kill:constraint=CONSTRAINT_${constraint},nodemask=1,cpuset=/,mems_allowed=0-1,global_oom,task_memcg=/,task=hog,pid=10,uid=0
[  1.0] Out of memory: Killed process 10 (hog) total-vm:80000kB, anon-rss:36000kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:152kB oom_score_adj:0
`,
      });
      expect(findingOf(report, 'memory/oom/host')?.claim).toContain(said);
    },
  );

  it('trap: failcnt in a report counts reclaim, not kills', () => {
    const report = reportOf({
      'dmesg.txt': `[  1.0] a invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
[  1.0] memory: usage 65536kB, limit 65536kB, failcnt 353
[  1.0] Memory cgroup out of memory: Killed process 10 (hog) total-vm:80000kB, anon-rss:1kB, file-rss:1kB
`,
    });
    const [found] = report.findings.filter(({ id }) => id.startsWith('memory/oom/'));
    expect(found?.claim).not.toContain('353');
    expect(found?.caveats.join()).toContain('failcnt 353 counts all charges the limit refused');
  });
});

describe('oom_score', () => {
  it('trap: since 5.9 a task that has nothing shows 666, before it showed 0', () => {
    expect(pointsShare(666, '6.18.44')).toBeCloseTo(-0.001, 9);
    expect(pointsShare(0, '5.8.0')).toBe(0);
    // A quarter of memory: (1000 + 250) · 2 / 3 = 833.
    expect(pointsShare(833, '5.9.0')).toBeCloseTo(0.25, 2);
    expect(pointsShare(250, '4.19.0')).toBe(0.25);
    expect(pointsShare(666, undefined)).toBeNaN();
  });

  it('is no finding, and a table says who would go first', () => {
    const report = reportOf({
      '/proc/7/oom_score': '666\n',
      '/proc/7/oom_score_adj': '0\n',
      '/proc/8/oom_score': '833\n',
      '/proc/sys/kernel/osrelease': '6.1.0\n',
    });
    const table = report.sections.find(({ id }) => id === 'memory/oom/scores');
    expect(table?.kind === 'table' && table.rows.map(({ cells }) => cells[0])).toEqual(['8', '7']);
    expect(report.findings.filter(({ id }) => id.startsWith('memory/oom'))).toEqual([]);
  });
});
