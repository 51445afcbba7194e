import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { pressureStalls } from '../../../analyzers/pressure/pressure.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { importRun } from '../../support/import.ts';

const psi = (some: number, full: number): string =>
  `some avg10=0.00 avg60=0.00 avg300=0.00 total=${some}\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=${full}\n`;

function answer(files: readonly (readonly [string, string])[]) {
  const run = importRun(
    ...files.map(([name, text]) => [kernelFilesImporter, Buffer.from(text), name] as const),
  );
  return pressureStalls.run(new Context(run));
}

describe('pressure', () => {
  it('is taken from totals, not from the decayed averages: 500 ms in 10 s are 5 %', () => {
    const { metrics, findings } = answer([
      ['snap-000_100.0/proc@pressure@memory', psi(1_000_000, 0)],
      ['snap-001_110.0/proc@pressure@memory', psi(2_000_000, 500_000)],
    ]);
    expect(metrics).toMatchObject([
      { id: 'psi.some', labels: { resource: 'memory' }, value: 0.1, n: 1 },
      { id: 'psi.full', labels: { resource: 'memory' }, value: 0.05, n: 1 },
    ]);
    expect(findings.map(({ id, severity }) => [id, severity])).toEqual([['pressure/memory-full', 'warning']]);
  });

  it('of a cgroup is told apart from the host: a quota shows in the group alone', () => {
    const { metrics, findings } = answer([
      ['snap-000_1_100.0/sys@fs@cgroup@unified@db@cpu.pressure', psi(0, 0)],
      ['snap-001_2_110.0/sys@fs@cgroup@unified@db@cpu.pressure', psi(4_000_000, 4_000_000)],
      ['snap-000_1_100.0/proc@pressure@cpu', psi(0, 0)],
      ['snap-001_2_110.0/proc@pressure@cpu', psi(10_000, 0)],
    ]);
    const some = metrics.filter(({ id }) => id === 'psi.some');
    expect(some.map(({ labels, value }) => [labels.cgroup, value])).toEqual([
      [undefined, 0.001],
      ['/db', 0.4],
    ]);
    expect(findings.map(({ id }) => id)).toEqual(['pressure/cpu-some:/db']);
    expect(findings[0]?.caveats[0]).toMatch(/quota/);
  });

  it('of a group that was made anew is no spike, and one reading is not enough', () => {
    const { metrics } = answer([
      ['snap-000_100.0/proc@pressure@io', psi(5_000_000, 0)],
      ['snap-001_110.0/proc@pressure@io', psi(0, 0)],
      ['snap-002_120.0/proc@pressure@io', psi(1_000_000, 0)],
    ]);
    expect(metrics[0]).toMatchObject({ id: 'psi.some', value: 0.1, n: 1 });
    const one = importRun([kernelFilesImporter, Buffer.from(psi(1, 1)), 'proc/pressure/io']);
    expect(pressureStalls.needs[0]?.met(one, new Context(one))).toBe(false);
  });
});
