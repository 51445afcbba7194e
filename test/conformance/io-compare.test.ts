import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../model/comparison.ts';
import { vtune } from '../support/vtune.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));
const schedulers = ['none', 'mq-deadline', 'kyber', 'bfq'];

async function compare(...args: readonly string[]): Promise<Comparison> {
  const json = join(mkdtempSync(join(tmpdir(), 'vtune-test-')), 'c.json');
  const { code, stderr } = await vtune(['compare', '-q', '--json', json, ...args]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(readFileSync(json, 'utf8')) as Comparison;
}

interface FioReport {
  readonly jobs: readonly { readonly read: { readonly total_ios: number } }[];
}

function fioReads(run: string): number {
  const { jobs } = JSON.parse(readFileSync(join(captures, run, 'fio.json'), 'utf8')) as FioReport;
  return jobs.reduce((sum, { read }) => sum + read.total_ios, 0);
}

const goal = (comparison: Comparison, name: string): NonNullable<Comparison['goals']>[number] | undefined =>
  comparison.goals?.find((each) => each.goal === name);

describe.skipIf(!existsSync(captures))('schedulers held against each other', { timeout: 120_000 }, () => {
  it('w1: every request counts once, the writer’s gain and the readers’ loss are fio’s', async () => {
    const found = await compare(...schedulers.map((name) => join(captures, name, 'w1-hdd-d4')));
    expect(found.groups.map(({ name }) => name)).toEqual(schedulers);
    const latency = goal(found, 'latency');
    expect(latency?.groups.map(({ n }) => n)).toEqual(
      schedulers.map((name) => fioReads(`${name}/w1-hdd-d4`)),
    );
    // The last of the ranking by fio's p99 of every reader, too: 253 to 558 ms against 144 to 232.
    expect(latency).toMatchObject({ state: 'ranked', indicative: true });
    expect(latency?.ranking.at(-1)).toEqual(['mq-deadline']);
    expect(goal(found, 'throughput')?.winners).toEqual(['mq-deadline']);
    expect(goal(found, 'real time')).toBeUndefined();
    // fio: buffered writer 9.4 → 41 MiB/s, sequential reader 10.8 → 4.2 and random readers 11.9 → 4.9 a second.
    const off = found.tradeOffs?.find((text) => text.startsWith('mq-deadline'));
    const [, writes, reads] =
      /writes ([\d.]+)× the bytes \(.*\), and reads ([\d.]+)× less \(.*\), than none/.exec(off ?? '') ?? [];
    expect(Math.abs(Number(writes) / (41 / 9.4) - 1)).toBeLessThan(0.1);
    expect(Math.abs(Number(reads) / (10.8 / 4.2) - 1)).toBeLessThan(0.1);
    expect(found.findings.map(({ id }) => id)).toContain('compare/signature/weight_raising/bfq');
  });

  it('w1 with its replicate: two runs a side are no longer indicative, and their spread decides', async () => {
    const found = await compare(
      ...schedulers.flatMap((name) => [
        '--group',
        `${name}=${join(captures, name, 'w1-hdd-d4')}`,
        '--group',
        `${name}=${join(captures, name, 'w1-hdd-d4-rep2')}`,
      ]),
    );
    expect(found.groups.map(({ runs }) => runs.length)).toEqual([2, 2, 2, 2]);
    for (const each of found.goals ?? []) expect(each.indicative).toBe(false);
    expect(goal(found, 'throughput')?.winners).toEqual(['mq-deadline']);
    // bfq's runs of 20 and of 10 s differ far more than its own seconds let one think.
    expect(goal(found, 'latency')?.state).toBe('inconclusive');
  });

  it('w3: real time goes to those that know classes; the reader they starve is named', async () => {
    const found = await compare(...schedulers.map((name) => join(captures, name, 'w3-hdd-d4')));
    const rt = goal(found, 'real time');
    expect([...(rt?.winners ?? [])].sort()).toEqual(['bfq', 'mq-deadline']);
    const [slowest] = [...(rt?.ratios ?? [])].sort((a, b) => b.ratio - a.ratio);
    expect(slowest?.name).toBe('kyber');
    // By fio's means: 102.8 ms under kyber, 9.7 under bfq.
    expect(Math.abs((slowest?.ratio ?? 0) / (102.8 / 9.7) - 1)).toBeLessThan(0.05);
    expect(goal(found, 'latency')?.why).toMatch(
      /with mq-deadline, fio read be,4 up to 4 KiB went 10\.1 s without/,
    );
    expect(found.findings.map(({ id }) => id)).toContain('compare/signature/ageing/mq-deadline');
  });

  it('refuses to rank different workloads', async () => {
    const found = await compare(join(captures, 'none/w1-hdd-d4'), join(captures, 'bfq/w3-hdd-d4'));
    expect(found.verdict.headline).toMatch(/^Not comparable: different workloads/);
    for (const each of found.goals ?? [])
      expect(each).toMatchObject({ state: 'not comparable', winners: [] });
  });
});
