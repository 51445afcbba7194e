import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model/report.ts';
import { vtune } from '../support/vtune.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/tuning', import.meta.url));

async function analysed(archive: string, inside: string): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), 'vtune-pages-'));
  const json = join(folder, 'r.json');
  const path = join(folder, archive, inside);
  execFileSync('tar', ['-xzf', join(captures, `${archive}.tar.gz`), '-C', folder, `${archive}/${inside}`]);
  const { code, stderr } = await vtune(['analyze', path, '-o', join(folder, 'r.html'), '--json', json, '-q']);
  expect(code, stderr).toBe(0);
  return JSON.parse(readFileSync(json, 'utf8')) as Report;
}
const value = (report: Report, id: string): number | undefined =>
  report.metrics.find((metric) => metric.id === id)?.value;
const verdict = (report: Report, id: string) => report.findings.find((finding) => finding.id === id)?.verdict;

describe.skipIf(!existsSync(captures))('knobs of pages on recorded runs', () => {
  it('KSM that converged saves exactly what the kernel says', async () => {
    const report = await analysed('c-ksm', 'on-pages5000');
    expect(value(report, 'memory.ksm.profit')).toBe(327_680_000);
    expect(value(report, 'memory.ksm.full_scans')).toBe(20);
    expect(value(report, 'memory.ksm.process_profit')).toBe(82_247_680);
    expect(verdict(report, 'memory/ksm/verdict')).toMatchObject({
      state: 'better',
      mechanism: expect.stringMatching(/^merged 81.600 pages into 320$/),
    });
  });

  it('trap: KSM before its first pass is not converged, not useless', async () => {
    const report = await analysed('c-ksm', 'on-pages100');
    expect(verdict(report, 'memory/ksm/verdict')).toMatchObject({
      state: 'inconclusive',
      why: expect.stringContaining('not converged: 0 full scans'),
    });
  });

  it('KSM that is off is said to be off', async () => {
    const report = await analysed('c-ksm', 'off');
    expect(verdict(report, 'memory/ksm/verdict')?.why).toBe('not running: run = 0');
  });

  it('huge pages: 256 faults of 2 MiB with always, none with never', async () => {
    expect(value(await analysed('d-thp', 'always/rep-01'), 'memory.thp.fault_alloc')).toBe(256);
    expect(value(await analysed('d-thp', 'never/rep-01'), 'memory.thp.fault_alloc')).toBe(0);
  });

  it('trap: balancing did nothing because the policy was explicit', async () => {
    const report = await analysed('guest-v2-6.1', 'v2-n-numa/balancing-1');
    expect(verdict(report, 'memory/numa-balancing/verdict')?.why).toContain('explicit policy exempts');
  });
});
