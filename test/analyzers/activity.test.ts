import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { iostat } from '../../workers/importers/iostat.ts';
import { vmstat } from '../../workers/importers/vmstat.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';

const real = (name: string): Buffer => readFileSync(repo(`datasets/real/iostat/${name}`));

function vmstatText(swappedIn: readonly number[]): Buffer {
  const rows = swappedIn.map(
    (si) => ` 1  2      0 900000 1000 20000   ${si}    0     8    16  100  200 10  5 80  5  0`,
  );
  return Buffer.from(
    [
      'procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----',
      ' r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st',
      ' 9  9      9      9      9     9    9    9     9     9    9    9  9  9  9  9  9',
      ...rows,
      '',
    ].join('\n'),
  );
}

describe('what the host did', () => {
  const report = analyse(importRun([vmstat, real('vmstat.txt')]), '0');
  const value = (id: string, label: string): number | undefined =>
    report.metrics.find((each) => each.id === id && Object.values(each.labels).includes(label))?.value;

  it('is averaged over the readings, the line since boot left out', () => {
    // Idle: 98 99 74 99 99 99 99 99; written: 24000, 612 and 20 KiB in eight seconds.
    expect(value('host.cpu.mean', 'iowait')).toBeCloseTo(0.1 / 8, 9);
    expect(value('host.transfer.mean', 'written to disks')).toBeCloseTo(((24_000 + 612 + 20) * 1024) / 8, 6);
    expect(value('host.tasks.mean', 'blocked')).toBe(0);
    expect(report.verdict.headline).toMatch(/^CPUs were idle 9\d\.\d %/);
  });

  it('is told of one file when two tell it', () => {
    const both = analyse(importRun([vmstat, real('vmstat.txt')], [iostat, real('iostat.txt')]), '0');
    expect(
      both.metrics.filter(({ id, labels }) => id === 'host.cpu.mean' && labels.state === 'idle'),
    ).toHaveLength(1);
  });

  it('is swapping when readings again and again bring pages back', () => {
    const of = (rows: readonly number[]) =>
      analyse(importRun([vmstat, vmstatText(rows)]), '0').findings.find(
        ({ id }) => id === 'host/activity/swapping',
      );
    expect(of([100, 0, 300, 0, 0, 0])?.claim).toMatch(
      /^The host read 66\.7 KiB\/s back from swap on average, in 33\.3 %/,
    );
    expect(of([100, 0, 0, 0, 0, 0])).toBeUndefined();
  });
});
