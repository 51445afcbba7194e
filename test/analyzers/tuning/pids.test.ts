import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../../model/report.ts';
import { type Files, findingOf, metricOf, reportOf } from '../../support/copied-files.ts';
import { repo } from '../../support/paths.ts';
import { scratch, vtune } from '../../support/vtune.ts';

const log = (...groups: readonly string[]): Files => ({
  'dmesg.txt': groups
    .map((group, i) => `[  ${i + 1}.000000] cgroup: fork rejected by pids controller in ${group}\n`)
    .join(''),
});
const counts = (group: string, refused: number): Files => ({
  [`/sys/fs/cgroup${group}/pids.current`]: '3\n',
  [`/sys/fs/cgroup${group}/pids.max`]: '4\n',
  [`/sys/fs/cgroup${group}/pids.events`]: `max ${refused}\n`,
});

describe('forks refused', () => {
  it('a recorded group of 4 that was refused 7 of 10 forks: counted by the group, named by the log', async () => {
    const json = join(scratch(), 'r.json');
    const { code, stderr } = await vtune([
      'analyze',
      repo('datasets/real/pids-max.tar.xz'),
      '--json',
      json,
      '-q',
      '-o',
      join(scratch(), 'r.html'),
    ]);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(metricOf(report, 'cgroup.pids.refused', { cgroup: '/vtune_pids' })).toBe(7);
    const found = findingOf(report, 'cgroup/pids/vtune_pids');
    expect(found?.severity).toBe('warning');
    expect(found?.evidence.map(({ section }) => section)).toEqual(['cgroup/pids/groups', 'cgroup/pids/log']);
  });

  it('trap: the log says it once for each group: how often, only pids.events tells', () => {
    const report = reportOf(counts('/t', 0), { ...counts('/t', 42), ...log('/t') });
    expect(findingOf(report, 'cgroup/pids/t')?.claim).toBe('The limit of 4 threads of /t refused 42 forks');
    expect(metricOf(report, 'cgroup.pids.refused', { cgroup: '/t' })).toBe(42);
  });

  it('a group only the log knows is told without a count', () => {
    const report = reportOf(counts('/t', 0), { ...counts('/t', 0), ...log('/other', '/other') });
    const found = findingOf(report, 'cgroup/pids/other');
    expect(found).toMatchObject({ severity: 'warning', verdict: { state: 'not enough data' } });
    expect(found?.claim).toContain('how often is not in the capture');
    expect(found?.actions[0]?.run).toContain('/sys/fs/cgroup/other/pids.*');
    expect(report.findings.filter(({ id }) => id === 'cgroup/pids/other')).toHaveLength(1);
  });

  it('a hostile name reaches no command', () => {
    const found = findingOf(reportOf(log('/a;reboot')), 'cgroup/pids/a;reboot');
    expect(found?.claim).toContain('/a;reboot was refused a fork');
    expect(found?.actions[0]?.run).toBeUndefined();
  });

  it('trap: threads count as well as processes', () => {
    const report = reportOf(counts('/t', 0), counts('/t', 9));
    expect(findingOf(report, 'cgroup/pids/t')?.caveats).toContain('threads count as well as processes');
  });
});
