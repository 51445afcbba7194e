import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ComparedMetric, Comparison } from '../../model/comparison.ts';
import { vtune } from '../support/vtune.ts';

/** Repeated runs of a program under settings of a knob, with known truth. */
const captures = fileURLToPath(new URL('../../../shared/captures/tuning', import.meta.url));

async function compareGroups(archive: string, groups: Readonly<Record<string, string>>): Promise<Comparison> {
  const json = join(mkdtempSync(join(tmpdir(), 'vtune-tuning-')), 'c.json');
  const path = (inside: string): string => join(captures, `${archive}.tar.gz`, archive, inside);
  const asked = Object.entries(groups).flatMap(([name, inside]) => ['--group', `${name}=${path(inside)}`]);
  const { code, stderr } = await vtune(['compare', ...asked, '--json', json, '-q']);
  expect(code, stderr).toBe(0);
  const { readFile } = await import('node:fs/promises');
  return JSON.parse(await readFile(json, 'utf8')) as Comparison;
}

function result(comparison: Comparison, name: string): ComparedMetric {
  const found = comparison.metrics.find(({ labels }) => labels.name === name || labels.event === name);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
}

const between = (metric: ComparedMetric, baseline: string, candidate: string) =>
  metric.changes.find((change) => change.baseline === baseline && change.candidate === candidate);

describe.skipIf(!existsSync(captures))('settings compared on recorded repetitions', () => {
  it('pinning to an idle CPU makes no difference, to a busy one it is 2.3 times worse', async () => {
    const comparison = await compareGroups('e2-pinning-hog', {
      free: 'free',
      idle: 'pinned-idle-cpu1',
      busy: 'pinned-busy-cpu0',
    });
    const wall = result(comparison, 'wall_s');
    expect(wall.role).toBe('outcome');
    expect(between(wall, 'free', 'idle')?.state).toBe('unchanged');
    expect(between(wall, 'free', 'idle')?.p).toBeGreaterThan(0.5);
    const busy = between(wall, 'free', 'busy');
    expect(busy?.state).toBe('regressed');
    expect(1 + (busy?.relative ?? 0)).toBeCloseTo(2.35, 0);
    expect(busy?.p).toBeLessThan(1e-4);
    expect(wall.ranking).toEqual([expect.arrayContaining(['free', 'idle']), ['busy']]);
    expect(comparison.verdict.headline).toMatch(/^wall_s: worse with busy than with free, 2\.\d+×/);
    // Time on the CPU explains; it decides nothing.
    expect(result(comparison, 'utime_s').role).toBe('mechanism');
  });

  it('huge pages make access faster; the page faults they save are the mechanism', async () => {
    const comparison = await compareGroups('d-thp', { never: 'never', always: 'always' });
    const access = between(result(comparison, 'access_s'), 'never', 'always');
    expect(access?.state).toBe('improved');
    expect(access?.relative).toBeCloseTo(-0.22, 2);
    expect(access?.p).toBeLessThan(0.005);
    expect(between(result(comparison, 'touch_s'), 'never', 'always')?.state).toBe('inconclusive');
    const faults = result(comparison, 'page-faults');
    expect(faults.role).toBe('mechanism');
    expect(between(faults, 'never', 'always')?.state).toBe('changed');
    expect(comparison.verdict.headline).toMatch(/^access_s: better with always than with never/);
    expect(comparison.verdict.headline).toContain('touch_s inconclusive');
  });

  it('pinning on a noisy machine moves migrations, and shows no benefit', async () => {
    const comparison = await compareGroups('e-pinning', {
      free: 'free',
      pinned: 'pinned-1to1',
      same: 'pinned-samecpu',
    });
    const wall = result(comparison, 'wall_s');
    expect(wall.changes.map(({ state }) => state)).toEqual(['inconclusive', 'inconclusive', 'inconclusive']);
    expect(wall.ranking).toHaveLength(1);
    expect(between(result(comparison, 'cpu-migrations'), 'free', 'same')?.state).toBe('changed');
    expect(comparison.verdict.headline).toMatch(
      /inconclusive .* The setting works, a benefit is not shown\.$/,
    );
    expect(comparison.guards.map(({ id }) => id)).toContain('unstable');
  });
});
