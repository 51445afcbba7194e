import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model/report.ts';
import { vtune } from '../support/vtune.ts';

/** Runs under CPU quotas and nice levels, with known truth. */
const captures = fileURLToPath(new URL('../../../shared/captures/tuning', import.meta.url));

async function analyze(archive: string, inside: string): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'vtune-cpu-'));
  const json = join(folder, 'r.json');
  execFileSync('tar', ['-xzf', join(captures, `${archive}.tar.gz`), '-C', folder, `${archive}/${inside}`]);
  const path = join(folder, archive, inside);
  const { code, stderr } = await vtune(['analyze', path, '-q', '-o', join(folder, 'r.html'), '--json', json]);
  expect(code, stderr).toBe(0);
  return JSON.parse(await readFile(json, 'utf8')) as Report;
}

const value = ({ metrics }: Report, id: string, label?: string): number | undefined =>
  metrics.find(
    (each) => each.id === id && (label === undefined || Object.values(each.labels).includes(label)),
  )?.value;
const finding = ({ findings }: Report, id: string) => findings.find((each) => each.id === id);

describe.skipIf(!existsSync(captures))('CPU knobs on recorded runs', () => {
  it('a quota of half a CPU and one busy thread', async () => {
    const report = await analyze('a-cpu-quota', 'quota-50ms-100ms');
    // The quota was set less than an interval before the first copy: its first 5 periods belong to the capture.
    expect(value(report, 'cgroup.cpu.throttle_ratio', '/pmem_a')).toBe(101 / 115);
    expect(value(report, 'cgroup.cpu.throttle_ratio.lifetime')).toBe(101 / 115);
    const stall = value(report, 'cgroup.cpu.stall_share') ?? 0;
    // The kernel's own wall time of it, cpu.pressure: 38.5 %.
    expect(Math.abs(stall - (value(report, 'cgroup.cpu.pressure') ?? 0))).toBeLessThan(0.015);
    expect(finding(report, 'cgroup/cpu-quota/pmem_a')).toMatchObject({
      severity: 'warning',
      claim: expect.stringContaining('101 of 115 periods'),
    });
  });

  it('two threads: 16.6 s throttled in 11.5 s are no more than 100 %', async () => {
    const report = await analyze('a-cpu-quota', 'quota-50ms-100ms-2threads');
    expect(value(report, 'cgroup.cpu.throttle_ratio')).toBe(112 / 114);
    expect(value(report, 'cgroup.cpu.throttle_ratio.lifetime')).toBe(112 / 114);
    expect(value(report, 'cgroup.cpu.stall_share')).toBeCloseTo(16.5865 / (2 * (11.0004 + 4 * 0.1)), 3);
    expect(value(report, 'cgroup.cpu.usage')).toBeCloseTo(0.5, 2);
    expect(value(report, 'process.cpu.usage')).toBeCloseTo(0.5, 2);
  });

  it('without a quota the same wait is contention', async () => {
    const report = await analyze('a-cpu-quota', 'none');
    expect(value(report, 'cgroup.cpu.throttle_ratio')).toBeUndefined();
    expect(finding(report, 'cgroup/cpu-contention/pmem_a')?.claim).toContain('contention');
    expect(report.findings.some(({ id }) => id.startsWith('cgroup/cpu-quota'))).toBe(false);
  });

  it('cgroup v2 of 6.1: 55 of 58 periods', async () => {
    const report = await analyze('guest-v2-6.1', 'v2-a-cpu/cpu.max-50000-100000');
    expect(value(report, 'cgroup.cpu.throttle_ratio', '/t')).toBe(55 / 58);
    expect(value(report, 'cgroup.cpu.stall_share')).toBeLessThan(0.5);
    expect(finding(report, 'cgroup/cpu-quota/t')?.actions[0]?.undo).toBe(
      'echo "50000 100000" | sudo tee /sys/fs/cgroup/t/cpu.max',
    );
  });

  it('nice 0 beside nice 5: run time 3.06 : 1 as the weights promise', async () => {
    const report = await analyze('h-cfs-weight', 'nice0-vs-nice5');
    const [first, second] = ['12293/12300', '12294/12301'].map(
      (name) => value(report, 'thread.cpu.run', name) ?? 0,
    );
    expect((first as number) / (second as number)).toBeCloseTo(1024 / 335, 2);
    expect(Math.abs(value(report, 'thread.cpu.fairness_error', '12293/12300') ?? 1)).toBeLessThan(0.001);
    expect(finding(report, 'cpu-time/shares/cpu1')?.severity).toBe('ok');
  });
});
