import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { cpuStatesByCpu } from '../../../analyzers/cpu-time/cpus.ts';
import { busyProcesses } from '../../../analyzers/cpu-time/processes.ts';
import { threadShares } from '../../../analyzers/cpu-time/thread-shares.ts';
import { hostShares, sharesByCpu } from '../../../analyzers/derived/cpu-time/cpu-shares.ts';
import { isUsage, processUsages } from '../../../analyzers/derived/cpu-time/process-usage.ts';
import { useMethod } from '../../../analyzers/host/use-method.ts';
import { kvmSteal } from '../../../analyzers/kvm/steal.ts';
import { interruptLoad } from '../../../analyzers/network/interrupts.ts';
import type { TableSection } from '../../../model/section.ts';
import { below } from '../../../workers/importers/below.ts';
import type { Importer } from '../../../workers/importers/importer.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { mpstat } from '../../../workers/importers/mpstat.ts';
import { pidstat } from '../../../workers/importers/pidstat.ts';
import { vmstat } from '../../../workers/importers/vmstat.ts';
import { importRun } from '../../support/import.ts';
import { repo } from '../../support/paths.ts';

const file = (name: string): string => readFileSync(repo(`datasets/real/sysstat/${name}`), 'utf8');
const context = (...files: readonly (readonly [Importer, string, string?])[]): Context =>
  new Context(
    importRun(
      ...files.map(([importer, text, name = importer.id]) => [importer, Buffer.from(text), name] as const),
    ),
  );

const banner = 'Linux 6.1.0 (h) \t12/01/26 \t_x86_64_\t(2 CPU)\n\n';
const mpstatHeader = (from: string): string =>
  `${from}  CPU    %usr   %nice    %sys %iowait    %irq   %soft  %steal  %guest  %gnice   %idle\n`;
/** Two readings: CPU 0 with soft interrupts and stolen time, CPU 1 nearly idle. */
const twoCpus = `${banner}${mpstatHeader('10:00:00')}10:00:10  all  20.00 0.00 5.00 1.00 0.00 20.00 8.00 4.00 0.00 42.00
10:00:10    0  35.00 0.00 9.00 1.00 0.00 38.00 12.00 4.00 0.00 1.00
10:00:10    1   5.00 0.00 1.00 1.00 0.00  2.00  4.00 4.00 0.00 83.00

${mpstatHeader('10:00:10')}10:00:20  all  10.00 0.00 5.00 3.00 0.00 22.00 12.00 4.00 0.00 44.00
10:00:20    0  15.00 0.00 9.00 1.00 0.00 42.00 28.00 4.00 0.00 1.00
10:00:20    1   5.00 0.00 1.00 5.00 0.00  2.00  0.00 4.00 0.00 83.00
`;

describe('shares of CPU time that mpstat printed', () => {
  it('are means of readings, guests in user, with what ticks leave open', () => {
    const host = context([mpstat, twoCpus]).derive(hostShares);
    // user (20 + 4 + 10 + 4) / 2, soft (20 + 22) / 2, steal (8 + 12) / 2; busy 1 − 43 % − 2 %.
    expect(host?.of.user).toBeCloseTo(0.19, 10);
    expect(host?.of.softirq).toBeCloseTo(0.21, 10);
    expect(host?.of.steal).toBeCloseTo(0.1, 10);
    expect(host?.busy).toBeCloseTo(0.55, 10);
    // 2 · 100 / (100 · 20 s) = 0.1 points, and half of the last digit printed.
    expect(host?.error).toBeCloseTo(0.001 + 0.00005, 10);
    expect(host).toMatchObject({ n: 2, seconds: 20, source: 'mpstat' });
  });

  it('tell steal with its bounds, and how sure it is', () => {
    const { metrics, findings } = kvmSteal.run(context([mpstat, twoCpus]));
    expect(metrics[0]?.value).toBeCloseTo(0.1, 10);
    expect(metrics[0]?.low).toBeCloseTo(0.1 - 0.00105, 10);
    expect(findings[0]).toMatchObject({ severity: 'warning' });
    expect(findings[0]?.evidence[0]?.formula).toContain('%steal of mpstat, mean of 2 readings = 10.0 %');
  });

  it('find the CPU that soft interrupts fill', () => {
    const { findings } = cpuStatesByCpu.run(context([mpstat, twoCpus]));
    const soft = findings.find(({ id }) => id === 'cpu-time/cpus/soft');
    expect(soft?.claim).toBe('CPU 0 spent 40.0 % of its time in soft interrupts');
    // CPU 0: 1 − 1 % − 1 %; CPU 1: 1 − 83 % − 3 %.
    expect(findings.find(({ id }) => id === 'cpu-time/cpus/one-full')?.claim).toMatch(
      /^CPU 0 was busy 98\.0 % of the time, the others 14\.0 %/,
    );
  });

  it('say the same as copies of /proc/stat of the same time, which go first', () => {
    const before = 'cpu  100 0 100 800 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0 0 0\n';
    const after = 'cpu  400 0 200 1400 0 0 0 0 0 0\ncpu0 400 0 200 1400 0 0 0 0 0 0\n';
    const both = context(
      [mpstat, twoCpus],
      [kernelFilesImporter, before, 'proc_stat.before'],
      [kernelFilesImporter, after, 'proc_stat.after'],
    );
    // 300 + 100 of 1000 ticks.
    expect(both.derive(hostShares)).toMatchObject({ source: '/proc/stat', ticks: 1000 });
    expect(both.derive(hostShares)?.busy).toBeCloseTo(0.4, 10);
    expect(both.derive(sharesByCpu).get('0')?.busy).toBeCloseTo(0.4, 10);
  });

  it('are coarser from vmstat, which prints whole percents', () => {
    const text = `procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----
 r  b   swpd   free   buff  cache   si   so    bi    bo   in   cs us sy id wa st
 1  0      0 100000  10000 200000    0    0     0     0  100  200  1  1 98  0  0
 1  0      0 100000  10000 200000    0    0     0     0  100  200 10  5 75  0 10
 1  0      0 100000  10000 200000    0    0     0     0  100  200 10  5 79  0  6
`;
    const shares = context([vmstat, text]).derive(hostShares);
    expect(shares?.of.steal).toBeCloseTo(0.08, 10);
    // Two readings of at least a second each: 2 / (100 · 2), and half a percent.
    expect(shares?.error).toBeCloseTo(0.01 + 0.005, 10);
  });

  it('are not told of averages since boot', () => {
    const since = context([mpstat, file('mpstat-since-boot.txt')]);
    expect(since.derive(hostShares)).toBeUndefined();
    expect(cpuStatesByCpu.run(since).findings[0]?.claim).toMatch(/^Not enough data on CPUs: 1 report/);
  });

  it('come with rates of interrupts, by line and CPU', () => {
    const text = `${banner}10:00:00  CPU       HI/s    NET_RX/s
10:00:10    0       0.00      900.00
10:00:10    1       0.00      100.00
`;
    const { metrics, sections } = interruptLoad.run(context([mpstat, text]));
    expect(
      metrics.find(({ id, labels }) => id === 'softirq.busiest.share' && labels.softirq === 'NET_RX'),
    ).toMatchObject({ value: 0.9, labels: { cpu: '0' }, n: 10_000 });
    expect((sections[0] as TableSection).rows.length).toBe(1);
  });
});

describe('rates of processes that pidstat printed', () => {
  it('name the busiest process, means over all readings', () => {
    const tables = context([pidstat, file('pidstat-tables.txt')]);
    const busiest = tables
      .derive(processUsages)
      .filter(isUsage)
      .find(({ comm }) => comm === 'two words');
    // Rows of 64.71, 60.40 and 72.00 %; ticks leave open 2 / (100 · 3 s).
    expect(busiest?.cpus).toBeCloseTo((0.6471 + 0.604 + 0.72) / 3, 10);
    expect((busiest?.high ?? 0) - (busiest?.cpus ?? 0)).toBeCloseTo(2 / 300 + 0.00005, 10);
    const { findings } = busyProcesses.run(tables);
    expect(findings.find(({ id }) => id === 'cpu-time/processes/busiest')?.claim).toBe(
      'two words (18087) used most CPU of 4 processes: 65.7 % of one CPU',
    );
  });

  it('say of a tool that prints usage alone that it is a mean, and name no ticks', () => {
    const text = `Datetime,Timestamp,Pid,Ppid,Comm,State,CPU,User CPU,Sys CPU,Mem,RSS,
2026-12-01 04:39:50,1796099990,12,2,kworker,SLEEPING,12.50%,0.00%,12.50%,0 B,0 B,
2026-12-01 04:39:55,1796099995,12,2,kworker,SLEEPING,37.50%,0.00%,37.50%,0 B,0 B,
`;
    const { findings } = busyProcesses.run(context([below, text]));
    const [busiest] = findings;
    expect(busiest?.claim).toBe('kworker (12) used most CPU of 1 process: 25.0 % of one CPU');
    expect(busiest?.evidence[0]?.formula).toMatch(/^mean of 2 readings = 0\.250 CPUs/);
    expect(busiest?.confidence.why).not.toContain('ticks');
  });

  it('count readings without a row as nothing done', () => {
    const usages = context([pidstat, file('pidstat-tables.txt')])
      .derive(processUsages)
      .filter(isUsage);
    // A row of 0.99 % in the second reading of three, none in the others.
    expect(usages.find(({ pid }) => pid === '18207')?.cpus).toBeCloseTo(0.0099 / 3, 10);
  });

  it('tell waits of threads by what ticks of the time run allow', () => {
    const { findings } = threadShares.run(context([pidstat, file('pidstat-tables.txt')]));
    const wait = findings.find(({ id }) => id === 'cpu-time/wait');
    // two words: waited 34.31 + 40.59 + 27.00 of 64.71 + 60.40 + 72.00 + these.
    const [waited, ran] = [34.31 + 40.59 + 27, 64.71 + 60.4 + 72];
    expect(wait?.share).toBeCloseTo(waited / (waited + ran), 6);
    expect(wait?.confidence.low).toBeCloseTo(waited / (waited + ran + 2), 6);
  });

  it('fill the table of the USE method: at least, as interrupts are no process', () => {
    const [section] = useMethod.run(context([pidstat, file('pidstat-tables.txt')]))
      .sections as TableSection[];
    const [, utilisation, saturation] = section?.rows[0]?.cells ?? [];
    expect(utilisation).toMatch(/^at least 3\d\.\d % of 2 CPUs, by 5 processes \(n = 3\)$/);
    expect(saturation).toMatch(/^0\.\d+ tasks waiting for a CPU on average/);
  });

  it('find CPU time of no process listed beside mpstat', () => {
    const text = `${banner}10:00:00      UID       PID    %usr %system  %guest   %wait    %CPU   CPU  Command
10:00:20        0         7   10.00    0.00    0.00    0.00   10.00     1  seen
`;
    const { findings } = busyProcesses.run(context([pidstat, text], [mpstat, twoCpus]));
    const unseen = findings.find(({ id }) => id === 'cpu-time/processes/unseen');
    // Tasks: user 19 % and system 5 % of two CPUs = 0.48, of which 0.10 was seen.
    expect(unseen?.share).toBeCloseTo(0.38 / 0.48, 6);
  });

  it('say that averages since boot are not of the run', () => {
    const text = `${banner}10:00:00      UID       PID    %usr %system  %guest   %wait    %CPU   CPU  Command
10:00:00        0         7   10.00    0.00    0.00    0.00   10.00     1  seen
`;
    const since = context([pidstat, text]);
    expect(since.derive(processUsages)).toEqual([]);
    expect(busyProcesses.run(since).findings.map(({ id }) => id)).toEqual(['cpu-time/processes/since-boot']);
  });
});
