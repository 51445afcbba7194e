import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model/report.ts';
import { vtune } from '../support/vtune.ts';

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'vtune-runs-'));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  return root;
}

describe('analyze', () => {
  it('says when a path holds several runs', async () => {
    const root = tree({ 'rep-1/result.txt': 'wall_s=1\n', 'rep-2/result.txt': 'wall_s=2\n' });
    const { code, stderr } = await vtune(['analyze', root, '-o', join(root, 'r.html')]);
    expect(code).toBe(0);
    expect(stderr).toContain('holds 2 runs (rep-1, rep-2), read here as one');
    const one = await vtune(['analyze', join(root, 'rep-1'), '-o', join(root, 'r.html')]);
    expect(one.stderr).not.toContain('holds');
  });

  it('reads one directory of an archive', async () => {
    const root = tree({ 'runs/free/result.txt': 'wall_s=1\n', 'runs/pinned/result.txt': 'wall_s=2\n' });
    execFileSync('tar', ['-C', root, '-czf', join(root, 'runs.tar.gz'), 'runs']);
    const asked = (inside: string) =>
      vtune(['analyze', join(root, 'runs.tar.gz', inside), '-o', join(root, 'r.html'), '--json', '-']);
    const { code, stdout, stderr } = await asked('runs/pinned');
    expect(code, stderr).toBe(0);
    const { metrics, imports } = JSON.parse(stdout) as Report;
    expect(imports).toHaveLength(1);
    expect(metrics).toMatchObject([{ id: 'run.result', value: 2e9 }]);
    const nothing = await asked('runs/other');
    expect(nothing.code).toBe(2);
    expect(nothing.stderr).toContain('holds nothing at runs/other');
  });

  it('writes a TuneD profile of what it recommends, and one that sets nothing when it recommends nothing', async () => {
    const root = tree({
      'sys/kernel/mm/ksm/run': '1\n',
      'sys/kernel/mm/transparent_hugepage/enabled': '[always] madvise never\n',
    });
    const profile = join(root, 'profiles', 'db17');
    const asked = ['-o', join(root, 'r.html'), '--emit-tuned', profile];
    const { code, stderr } = await vtune(['analyze', root, ...asked]);
    expect(code, stderr).toBe(0);
    const text = readFileSync(join(profile, 'tuned.conf'), 'utf8');
    expect(text).toContain('\ntransparent_hugepages=madvise\n');
    expect(text).toContain('# KSM and transparent huge pages are both on');
    const nothing = tree({ 'sys/kernel/mm/ksm/run': '0\n' });
    await vtune(['analyze', nothing, ...asked]);
    expect(readFileSync(join(profile, 'tuned.conf'), 'utf8')).not.toMatch(/^\/sys|^vm\./m);
  });

  it('says in one line when the directory of the profile cannot be made', async () => {
    const root = tree({ 'sys/kernel/mm/ksm/run': '0\n' });
    const asked = ['-o', join(root, 'r.html'), '--emit-tuned', join(root, 'sys/kernel/mm/ksm/run/x')];
    const { code, stderr } = await vtune(['analyze', root, ...asked]);
    expect(code).toBe(2);
    expect(stderr.trim().split('\n').at(-1)).toMatch(/cannot be made .*give a directory/);
  });
});
