import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model/report.ts';
import { vtune } from '../support/vtune.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/tuning', import.meta.url));

async function analyse(archive: string, inside: string): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'vtune-memory-'));
  const json = join(folder, 'r.json');
  // Plain files: what is inside an archive is read by other tests.
  execFileSync('tar', ['-xzf', join(captures, `${archive}.tar.gz`), '-C', folder, `${archive}/${inside}`]);
  const path = join(folder, archive, inside);
  const { code, stderr } = await vtune(['analyze', path, '-o', join(folder, 'r.html'), '--json', json]);
  expect(code, stderr).toBe(0);
  return JSON.parse(readFileSync(json, 'utf8')) as Report;
}

const finding = (report: Report, id: string) => report.findings.find((each) => each.id === id);
const metric = (report: Report, id: string, labels: Readonly<Record<string, string>>) =>
  report.metrics.find(
    (each) => each.id === id && Object.entries(labels).every(([k, v]) => each.labels[k] === v),
  );

describe.skipIf(!existsSync(captures))('memory of recorded control groups', () => {
  it('trap: page cache under its limit: failcnt 353, and no alarm', async () => {
    const report = await analyse('b-memory', 'pagecache-limit64m');
    expect(finding(report, 'memory/cgroup//pmem_b')).toMatchObject({ severity: 'ok' });
    expect(finding(report, 'memory/cgroup//pmem_b')?.claim).toContain('353');
    expect(
      report.findings.filter(({ id, severity }) => /^(?:memory|psi)\//.test(id) && severity !== 'ok'),
    ).toEqual([]);
  });

  it('killed at the limit of a group: failcnt 91, 16694 points', async () => {
    const report = await analyse('b-memory', 'oom-limit64m');
    expect(finding(report, 'memory/oom//pmem_b')?.evidence[0]?.formula).toContain('= 16694 pages');
    expect(finding(report, 'memory/oom//pmem_b')?.verdict?.mechanism).toContain('91');
    // One kill is one card: what files count of it is evidence.
    expect(finding(report, 'memory/cgroup//pmem_b')).toBeUndefined();
    expect(finding(report, 'memory/oom//pmem_b')?.evidence.map(({ label }) => label)).toEqual([
      expect.stringContaining('16 694 points'.replace(' ', '\u202f')),
      'memory.oom_control of /pmem_b',
      '/proc/vmstat: all kills of the host',
    ]);
  });

  it('trap: memory.high stalls the hog and never kills it', async () => {
    const report = await analyse('guest-v2-6.1', 'v2-b-memory/anon-high32m');
    expect(finding(report, 'memory/cgroup//t')?.verdict).toMatchObject({
      knob: 'memory.high',
      mechanism: '206 times over memory.high',
    });
    const some = metric(report, 'psi.some', { resource: 'memory', cgroup: '/t' })?.value as number;
    const full = metric(report, 'psi.full', { resource: 'memory', cgroup: '/t' })?.value as number;
    expect(full).toBeGreaterThan(0.05);
    expect(some - full).toBeLessThan(0.001);
    expect(metric(report, 'memory.oom.kills', {})).toBeUndefined();
  });

  it('a whole machine out of memory is explained', async () => {
    const report = await analyse('guest-v2-6.1', 'v2-b-memory/global-oom');
    expect(finding(report, 'memory/oom/host')).toMatchObject({ severity: 'critical' });
    expect(finding(report, 'memory/oom/host')?.evidence[0]?.formula).toBe(
      '76835 rss + 0 swapents + 161 page tables = 76996 pages',
    );
  });
});
