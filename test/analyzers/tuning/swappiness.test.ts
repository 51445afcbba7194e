import { describe, expect, it } from 'vitest';
import { type Files, findingOf, metricOf, reportOf } from '../../support/copied-files.ts';

const host = (anon: number, file: number, swappiness = 60, more: Files = {}): Files => ({
  '/proc/vmstat': `nr_free_pages 1\nworkingset_refault_anon ${anon}\nworkingset_refault_file ${file}\npswpout ${anon}\n`,
  '/proc/sys/vm/swappiness': `${swappiness}\n`,
  '/proc/sys/kernel/osrelease': '6.1.0-18-amd64\n',
  '/proc/meminfo': 'MemTotal:  1024 kB\nSwapTotal:  1024 kB\n',
  ...more,
});
const said = (anon: number, file: number, swappiness = 60, more: Files = {}) =>
  findingOf(
    reportOf(host(0, 0, swappiness, more), host(anon, file, swappiness, more)),
    'memory/swappiness/host',
  );

describe('swappiness', () => {
  it.each([
    // refaults in ten seconds, verdict, proposal
    [0, 5000, 'inconclusive', '80'],
    [5000, 0, 'inconclusive', '40'],
    [5000, 5000, 'no difference', undefined],
    [10, 10, 'no difference', undefined],
  ])('anon %i and file %i refaults: %s, %s', (anon, file, state, value) => {
    const found = said(anon, file);
    expect(found?.verdict).toMatchObject({ knob: 'vm.swappiness', state });
    expect(found?.actions[0]?.setting?.value).toBe(value);
  });

  it('has the command, the way back, a check and a file that keeps it', () => {
    expect(said(0, 5000)?.actions[0]).toEqual({
      text: expect.stringContaining('Try 80'),
      run: 'sysctl -w vm.swappiness=80',
      undo: 'sysctl -w vm.swappiness=60',
      verify: expect.stringContaining('workingset_refault'),
      persist: "echo 'vm.swappiness = 80' > /etc/sysctl.d/90-swappiness.conf",
      risk: 'low',
      setting: { path: '/proc/sys/vm/swappiness', value: '80', was: '60' },
    });
  });

  it('goes to 200 since 5.8, and to 100 before or where the kernel is not known', () => {
    const release = (text: string): Files => ({ '/proc/sys/kernel/osrelease': text });
    const value = (text: string) => said(0, 5000, 95, release(text))?.actions[0]?.setting?.value;
    expect(value('5.8.0\n')).toBe('115');
    expect(value('5.7.19\n')).toBe('100');
    expect(value('\n')).toBe('100');
    expect(said(0, 5000, 200)?.actions).toEqual([]);
  });

  it('trap: 0 is not never', () => {
    const caveats = said(5000, 0, 0)?.caveats.join();
    expect(caveats).toContain('0 does not mean never');
    expect(caveats).toContain('as it did here');
    // And it is not proposed: 10 − 20 stops at 1.
    expect(said(5000, 0, 10)?.actions[0]?.setting?.value).toBe('1');
    expect(said(5000, 0, 1)?.actions).toEqual([]);
  });

  it('trap: advice follows what comes back, it is not “always 10”', () => {
    expect(said(0, 5000, 10)?.actions[0]?.setting?.value).toBe('30');
    expect(said(20, 20, 60)?.actions).toEqual([]);
  });

  it('without swap it has no effect', () => {
    const none: Files = { '/proc/meminfo': 'MemTotal:  1024 kB\nSwapTotal:  0 kB\n' };
    expect(said(0, 5000, 60, none)).toMatchObject({
      claim: expect.stringContaining('There is no swap'),
      verdict: { state: 'no difference' },
      actions: [],
    });
  });

  it('swap in compressed memory is told apart', () => {
    const zram: Files = {
      '/proc/swaps':
        'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n/dev/zram0                              partition\t1024\t\t0\t\t100\n',
    };
    expect(said(0, 5000, 60, zram)?.caveats.join()).toContain('swap is zram');
    expect(said(0, 5000)?.caveats.join()).not.toContain('zram');
  });

  const group = (base: string, file: number, more: Files = {}): Files => ({
    [`${base}/memory.stat`]: base.includes('/memory/')
      ? `cache 1\nrss 1\nworkingset_refault_anon 0\nworkingset_refault_file 0\ntotal_rss 1\ntotal_workingset_refault_anon 0\ntotal_workingset_refault_file ${file}\n`
      : `anon 1\nfile 1\ninactive_file 0\nworkingset_refault_anon 0\nworkingset_refault_file ${file}\n`,
    ...more,
  });

  it('a group of version 1 has its own', () => {
    const v1 = '/sys/fs/cgroup/memory/db';
    const own: Files = { [`${v1}/memory.swappiness`]: '40\n' };
    const report = reportOf(group(v1, 0, own), group(v1, 5000, own));
    expect(metricOf(report, 'cgroup.memory.refaults', { cgroup: '/db', of: 'file' })).toBe(500);
    expect(findingOf(report, 'memory/swappiness//db')?.actions[0]).toMatchObject({
      run: `echo 60 > ${v1}/memory.swappiness`,
      undo: `echo 40 > ${v1}/memory.swappiness`,
    });
  });

  it('trap: a group of version 2 has none: it can be protected instead', () => {
    const v2 = '/sys/fs/cgroup/db.service';
    const use: Files = { [`${v2}/memory.current`]: '3000000\n' };
    const found = findingOf(reportOf(group(v2, 0), group(v2, 5000, use)), 'memory/swappiness//db.service');
    expect(found?.actions).toMatchObject([
      {
        // 3 000 000 bytes are less than 3 MiB.
        run: `echo 3145728 > ${v2}/memory.low`,
        undo: `echo 0 > ${v2}/memory.low`,
        persist: 'systemctl set-property db.service MemoryLow=3145728',
      },
    ]);
    expect(found?.caveats.join()).toContain('version 2 have no swappiness');
  });
});
