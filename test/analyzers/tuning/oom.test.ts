import { describe, expect, it } from 'vitest';
import { type Files, findingOf, metricOf, reportOf } from '../../support/copied-files.ts';

const group = (path: string, kills: number, oom: number, max = 9): Files => ({
  [`/sys/fs/cgroup${path}/memory.current`]: '33554432\n',
  [`/sys/fs/cgroup${path}/memory.max`]: '33554432\n',
  [`/sys/fs/cgroup${path}/memory.events`]: `low 0\nhigh 0\nmax ${max}\noom ${oom}\noom_kill ${kills}\n`,
});
const host = (kills: number): Files => ({ '/proc/vmstat': `nr_free_pages 1\noom_kill ${kills}\n` });
const log = (memcg: string | undefined, of: string, pid = 10): Files => ({
  'dmesg.txt': `[  1.0] hog invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0
${
  memcg === undefined
    ? ''
    : `[  1.0] memory: usage 32768kB, limit 32768kB, failcnt 9
[  1.0] Memory cgroup stats for ${memcg}:
`
}[  1.0] [  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name
[  1.0] [   ${pid}]     0    ${pid}    20000     13016   155648        0             0 hog
[  1.0] oom-kill:constraint=CONSTRAINT_${memcg === undefined ? 'NONE' : 'MEMCG'},nodemask=(null),cpuset=/,mems_allowed=0,${memcg === undefined ? 'global_oom' : `oom_memcg=${memcg}`},task_memcg=${of},task=hog,pid=${pid},uid=0
[  1.0] ${memcg === undefined ? 'Out of memory' : 'Memory cgroup out of memory'}: Killed process ${pid} (hog) total-vm:80000kB, anon-rss:1kB, file-rss:1kB, shmem-rss:0kB, UID:0 pgtables:152kB oom_score_adj:0
`,
});
const cards = (...snapshots: readonly Files[]) =>
  reportOf(...snapshots).findings.filter(({ id }) => /^memory\/(?:oom|cgroup)\//.test(id));
const labels = (...snapshots: readonly Files[]) =>
  cards(...snapshots).map(({ id, evidence }) => [id, evidence.slice(1).map(({ label }) => label)]);

describe('one kill is one card', () => {
  it('with the log, the counts of the group and of the host as evidence', () => {
    expect(
      labels({ ...group('/t', 0, 0), ...host(4) }, { ...group('/t', 1, 1), ...host(5), ...log('/t', '/t') }),
    ).toEqual([['memory/oom//t', ['memory.events of /t', '/proc/vmstat: all kills of the host']]]);
  });

  it('a kill in a group below the one that was at its limit is the same kill in both', () => {
    const at = (kills: number) => ({ ...group('/a', kills, kills), ...group('/a/b', kills, 0) });
    expect(labels(at(0), { ...at(1), ...log('/a', '/a/b') })).toEqual([
      ['memory/oom//a', ['memory.events of /a/b']],
    ]);
  });

  it('trap: oom_kill of a group counts its tasks, whoever’s limit it was', () => {
    // The machine was out of memory: the group of the victim was not at its limit.
    expect(labels(group('/t', 0, 0), { ...group('/t', 1, 0), ...log(undefined, '/t') })).toEqual([
      ['memory/oom/host', ['memory.events of /t']],
    ]);
    const [only] = cards(group('/t', 0, 0), group('/t', 1, 0));
    expect(only?.claim).toContain('not at its own limit');
    expect(only?.actions.some(({ setting }) => setting?.path.endsWith('memory.max'))).toBe(false);
  });

  it('without the log the counts say it, and what to copy', () => {
    const [card, ...more] = cards(group('/t', 3, 3), group('/t', 5, 5));
    expect(more).toEqual([]);
    expect(card).toMatchObject({
      severity: 'warning',
      claim:
        '2 tasks of /t were killed at its limit of 32 MiB; the log that names them is not in the capture',
      verdict: { knob: 'memory.max', state: 'worse' },
    });
    expect(card?.actions.map(({ run }) => run)).toEqual([
      'echo 50331648 > /sys/fs/cgroup/t/memory.max',
      expect.stringContaining('dmesg > dmesg.txt'),
      undefined,
    ]);
  });

  it('kills of the host that no group explains are a card of the host', () => {
    const report = reportOf(host(4), host(6));
    expect(findingOf(report, 'memory/oom/host')?.claim).toMatch(/^2 tasks were killed for want of memory/);
    expect(metricOf(report, 'memory.oom.kills', { cgroup: '' })).toBe(2);
    // Before the first copy: of another day.
    expect(cards(host(4), host(4))).toEqual([]);
    expect(cards(host(4))).toEqual([]);
  });

  it('a log that names fewer kills than were counted says so', () => {
    const [card] = cards(group('/t', 0, 0), { ...group('/t', 3, 3), ...log('/t', '/t') });
    expect(card?.claim).toContain('3 tasks were killed in all');
    expect(card?.caveats.join()).toContain('names 1 of 3 kills');
  });

  it('two groups are two cards', () => {
    const at = (kills: number) => ({ ...group('/a', kills, kills), ...group('/b', kills, kills) });
    expect(cards(at(0), at(1)).map(({ id }) => id)).toEqual(['memory/oom//a', 'memory/oom//b']);
  });

  it('trap: kills of an earlier time are no finding, and the limit is judged as it is now', () => {
    expect(
      cards(group('/t', 1, 1, 9), group('/t', 1, 1, 9)).map(({ id, severity }) => [id, severity]),
    ).toEqual([['memory/cgroup//t', 'ok']]);
  });
});
