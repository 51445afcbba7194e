import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model/report.ts';
import { vtune } from '../support/vtune.ts';

/** Captures with known truth. */
const captures = fileURLToPath(new URL('../../../shared/captures/tuning', import.meta.url));

async function report(archive: string, inside: string): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'vtune-tuning-io-'));
  execFileSync('tar', ['-xzf', join(captures, `${archive}.tar.gz`), '-C', folder, `${archive}/${inside}`]);
  const path = join(folder, archive, inside);
  const { code, stderr } = await vtune([
    'analyze',
    path,
    '-o',
    join(folder, 'r.html'),
    '--json',
    join(folder, 'r.json'),
    '-q',
  ]);
  expect(code, stderr).toBe(0);
  return JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as Report;
}

const finding = (from: Report, id: string) => from.findings.find((each) => each.id.startsWith(id));
const metric = (from: Report, id: string, label?: string) =>
  from.metrics.find(
    (each) => each.id === id && (label === undefined || Object.values(each.labels).includes(label)),
  )?.value;

describe.skipIf(!existsSync(captures))('I/O limits, write-back and KVM on captures with known truth', () => {
  it('version 1: direct writes are held at 10.5 MB/s', async () => {
    const found = await report('f-blkio', 'direct-10MBps');
    expect(finding(found, 'cgroup/io-limits/write-bytes')?.claim).toContain('was at its limit');
    expect(metric(found, 'cgroup.io.limit.use', 'write bytes')).toBeGreaterThan(0.95);
    expect(metric(found, 'cgroup.io.limit.use', 'write bytes')).toBeLessThan(1.05);
    expect(metric(found, 'cgroup.io.charged')).toBe(62_914_560);
  });

  it('version 1: the limit does not bind buffered writes: 349 MB/s, 0 charged', async () => {
    const found = await report('f-blkio', 'buffered-10MBps');
    expect(finding(found, 'cgroup/io-limits/write-bytes')).toMatchObject({
      severity: 'warning',
      claim: expect.stringMatching(/does not bind buffered writes of \/pmem_f .*: 0 B were charged/),
      verdict: { state: 'no difference' },
    });
    expect(metric(found, 'cgroup.io.charged')).toBe(0);
  });

  it('version 1: no limit, no alarm', async () => {
    const found = await report('f-blkio', 'direct-nothrottle');
    expect(finding(found, 'cgroup/io-limits')).toMatchObject({ id: 'cgroup/io-limits/none', severity: 'ok' });
  });

  it('version 2: write-back is charged to the group, direct writes are held at 8 MiB/s', async () => {
    const buffered = await report('guest-v2-6.1', 'v2-f-io/buffered-8MBps');
    expect(metric(buffered, 'cgroup.io.charged')).toBe(8_388_608);
    expect(finding(buffered, 'cgroup/io-limits')?.verdict?.mechanism).toContain('write-back included');
    const direct = await report('guest-v2-6.1', 'v2-f-io/direct-8MBps');
    expect(finding(direct, 'cgroup/io-limits')?.claim).toContain('was at its limit');
  });

  it('thresholds are those of dirty_bytes where it is set', async () => {
    const bytes = await report('g-writeback', 'dirty_bytes-16M');
    expect(metric(bytes, 'writeback.threshold', 'dirty')).toBe(16_777_216);
    expect(metric(bytes, 'writeback.threshold', 'dirty_background')).toBe(8_388_608);
    expect(finding(bytes, 'memory/writeback')?.claim).toContain('vm.dirty_bytes = 16 MiB');
    expect(metric(bytes, 'writeback.throttle.events')).toBe(175);
    const ratio = await report('g-writeback', 'default-ratio');
    expect(finding(ratio, 'memory/writeback')?.claim).toContain('vm.dirty_ratio = 20 %');
    expect(metric(ratio, 'writeback.dirty.share', 'dirty')).toBeLessThan(0.25);
  });

  it('a host without kvm_exit: exits to user space are counted, the rest is not answered', async () => {
    const found = await report('k-kvm-exits', 'seabios-pvm');
    expect(metric(found, 'kvm.userspace_exits', 'KVM_EXIT_IO')).toBe(250);
    expect(finding(found, 'kvm/userspace')?.claim).toContain('the trace has no kvm_exit');
    expect(found.notRun.map(({ analyzer }) => analyzer)).toContain('kvm/exits');
  });
});
