import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeSavedRun } from '../../workers/saved-runs.ts';
import { repo } from '../support/paths.ts';
import { savedRun } from '../support/saved-run.ts';
import { scratch, vtune } from '../support/vtune.ts';

const directory = scratch();

function saved(name: string, labels: Readonly<Record<string, string>>): string {
  const file = join(directory, `${name}.vtune`);
  writeFileSync(file, encodeSavedRun(savedRun({ name, labels, results: { wall_s: 1 } })));
  return file;
}

async function groupsOf(args: readonly string[]): Promise<readonly (readonly [string, number])[]> {
  const file = join(directory, 'c.json');
  const { code, stderr } = await vtune(['compare', '-q', '--json', file, ...args]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const { groups } = JSON.parse(readFileSync(file, 'utf8')) as {
    groups: { name: string; runs: unknown[] }[];
  };
  return groups.map(({ name, runs }) => [name, runs.length] as const);
}

describe('vtune compare PATHS', () => {
  const a = saved('a', { scheduler: 'bfq', low_latency: '1', nr_requests: '256' });
  const b = saved('b', { scheduler: 'none', nr_requests: '128' });
  const c = saved('c', { scheduler: 'bfq', low_latency: '0', nr_requests: '256' });
  const d = saved('d', { thp: 'always' });
  const e = saved('e', { thp: 'never' });

  it('groups by the scheduler, whatever else differs with it', async () => {
    expect(await groupsOf([a, b, c])).toEqual([
      ['bfq', 2],
      ['none', 1],
    ]);
  });

  it('groups by the one knob that differs, or by several that are named', async () => {
    expect(await groupsOf([d, e])).toEqual([
      ['always', 1],
      ['never', 1],
    ]);
    expect(await groupsOf(['--group-by', 'scheduler,low_latency', a, b, c])).toEqual([
      ['bfq low_latency=1', 1],
      ['none', 1],
      ['bfq low_latency=0', 1],
    ]);
  });

  it('reads the scheduler from its own file beside the dumps', async () => {
    for (const name of ['none', 'bfq']) {
      const run = join(directory, `run-${name}`);
      mkdirSync(run, { recursive: true });
      const other = name === 'none' ? 'bfq' : 'none';
      writeFileSync(join(run, '@sys@block@loop0@queue@scheduler'), `[${name}] ${other}\n`);
      writeFileSync(
        join(run, 'ftrace.txt.gz'),
        readFileSync(repo('datasets/real/block-starve/ftrace.txt.gz')),
      );
    }
    expect(await groupsOf([join(directory, 'run-none'), join(directory, 'run-bfq')])).toEqual([
      ['none', 1],
      ['bfq', 1],
    ]);
  });

  it('says what is missing or in the way', async () => {
    const refused = async (...args: string[]): Promise<string> => {
      const { code, stderr } = await vtune(['compare', '-q', ...args]);
      expect(code).toBe(2);
      return stderr;
    };
    expect(await refused('--group-by', 'colour', a, b)).toMatch(
      /does not tell its colour; it tells scheduler/,
    );
    expect(await refused('--group-by', 'scheduler', a, c)).toMatch(/all 2 runs have the scheduler bfq/);
    expect(await refused(d, saved('f', {}))).toMatch(/tell no label in which they differ/);
    expect(await refused(a, '--baseline', b)).toMatch(/stand alone/);
    expect(await refused('--group-by', 'x', '--baseline', a, '--candidate', b)).toMatch(/needs PATHs/);
    expect(await refused(a, '--history', b)).toMatch(/stands alone/);
    const two = [saved('g', { x: '1', y: '1' }), saved('h', { x: '2', y: '2' })];
    expect(await refused(...two)).toMatch(/differ in x, y: choose with --group-by/);
  });
});
