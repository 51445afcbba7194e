import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ComparedMetric, Comparison } from '../../model/comparison.ts';
import { vtune } from '../support/vtune.ts';

/** Repeated runs of a program under settings of a knob, with known truth. */
const captures = fileURLToPath(new URL('../../../shared/captures/tuning', import.meta.url));

async function compareGroups(
  archive: string,
  groups: Readonly<Record<string, string>>,
  expected = 0,
): Promise<Comparison> {
  const json = join(mkdtempSync(join(tmpdir(), 'vtune-tuning-')), 'c.json');
  const path = (inside: string): string => join(captures, `${archive}.tar.gz`, archive, inside);
  const asked = Object.entries(groups).flatMap(([name, inside]) => ['--group', `${name}=${path(inside)}`]);
  const { code, stderr } = await vtune(['compare', ...asked, '--json', json, '-q']);
  expect(code, stderr).toBe(expected);
  return JSON.parse(readFileSync(json, 'utf8')) as Comparison;
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
    expect(comparison.verdict.headline).toContain('no difference with idle');
    expect(comparison.verdict.headline).toMatch(/run-queue wait \(wait_ns\) 3\.98 ms → 421 ms, medians/);
    expect(busy?.medianRatio?.ratio).toBeCloseTo(2.31, 1);
    expect(busy?.n).toEqual([12, 12]);
    // Time on the CPU explains; it decides nothing.
    expect(result(comparison, 'utime_s').role).toBe('mechanism');
  });

  it('trap: huge pages by phase: access is faster, touching is not; the page faults they save are the mechanism', async () => {
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
    expect(comparison.verdict.headline).toMatch(
      /touch_s inconclusive: no difference shown \(p 0\.48, n 6 and 6\), and one below 1\d\d\.\d % could not have been seen/,
    );
    // Interleaved arms ran under one load: it goes with the access time, and differs between nothing.
    expect(between(result(comparison, 'access_s'), 'never', 'always')?.confounders).toBeUndefined();
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
      /^wall_s: inconclusive between free, pinned, same, confounded by contention \(load average ρ \+0\.50.*The setting works \(cpu-migrations −74\.0 % with pinned against free\), a benefit is not shown\.$/,
    );
    const own = wall.covariates?.find((each) => each.own);
    expect(own?.rho).toBeGreaterThan(0.9);
    expect(between(wall, 'free', 'pinned')?.confounders).toEqual(['load average', 'busy CPUs']);
    expect(comparison.guards.map(({ id }) => id)).toContain('unstable');
  });

  it('of two settings named in order the worse one fails, the other way round it does not', async () => {
    await compareGroups('e2-pinning-hog', { free: 'free', busy: 'pinned-busy-cpu0' }, 1);
    await compareGroups('e2-pinning-hog', { busy: 'pinned-busy-cpu0', free: 'free' }, 0);
    await compareGroups('e2-pinning-hog', { free: 'free', idle: 'pinned-idle-cpu1' }, 0);
  });

  it('few repetitions give ranges and no p', async () => {
    const comparison = await compareGroups('e2-pinning-hog', {
      free: 'free/rep-01',
      busy: 'pinned-busy-cpu0/rep-01',
    });
    const change = between(result(comparison, 'wall_s'), 'free', 'busy');
    expect(change).toMatchObject({ state: 'not enough data', p: null, n: [1, 1] });
    expect(change?.why).toContain('ranges only, 290 ms to 290 ms (n 1) against 647 ms to 647 ms (n 1)');
    expect(comparison.verdict.headline).toContain('wall_s: not enough data');
  });

  it('groups are found from the copy of the knob in each repetition', async () => {
    const json = join(mkdtempSync(join(tmpdir(), 'vtune-tuning-')), 'c.json');
    const paths = ['never', 'always'].map((each) => join(captures, 'd-thp.tar.gz', 'd-thp', each));
    const { code, stderr } = await vtune(['compare', ...paths, '--group-by', 'thp', '--json', json, '-q']);
    expect(code, stderr).toBe(0);
    const comparison = JSON.parse(readFileSync(json, 'utf8')) as Comparison;
    expect(comparison.groups.map(({ name, runs }) => [name, runs.length])).toEqual([
      ['never', 6],
      ['always', 6],
    ]);
  });
});
