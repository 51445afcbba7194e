import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { useMethod } from '../../../analyzers/host/use-method.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { importRun } from '../../support/import.ts';

const head =
  'Inter-|   Receive                                                |  Transmit\n face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';

function answer(files: readonly (readonly [string, string])[]) {
  const run = importRun(
    ...files.map(([name, text]) => [kernelFilesImporter, Buffer.from(text), name] as const),
  );
  return useMethod.run(new Context(run));
}

function rowsOf({ sections }: ReturnType<typeof answer>): Map<string, readonly (string | number)[]> {
  const [table] = sections;
  if (table?.kind !== 'table') throw new Error('no table');
  return new Map(table.rows.map(({ cells }) => [String(cells[0]), cells.slice(1)]));
}

describe('utilisation, saturation, errors', () => {
  const cpu = (user: number, idle: number): string => `cpu  ${user} 0 0 ${idle} 0 0 0 0 0 0\nbtime 1\n`;

  it('computes CPU time and link use, and leaves what was not measured empty', () => {
    const found = answer([
      ['snap-000_100.0/proc@stat', cpu(100, 100)],
      ['snap-001_110.0/proc@stat', cpu(400, 200)],
      ['snap-000_100.0/proc@net@dev', `${head}  eth0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0\n`],
      // 250 MB sent in 10 s over 1000 Mbit/s: 20 %.
      ['snap-001_110.0/proc@net@dev', `${head}  eth0: 1000 1 2 0 0 0 0 0 250000000 9 0 3 0 0 0 0\n`],
      ['snap-001_110.0/sys@class@net@eth0@speed', '1000\n'],
    ]);
    const rows = rowsOf(found);
    expect(rows.get('CPU')).toEqual([
      '75.0 % of the time of all CPUs (n = 1)',
      '',
      '',
      expect.stringMatching(/pressure_cpu.*dmesg/),
    ]);
    expect(rows.get('network eth0')?.slice(0, 3)).toEqual([
      '20.0 % of 1000 Mbit/s: 100 B/s in, 23.8 MiB/s out (n = 1)',
      '3 packets dropped (n = 1)',
      '2 errors (n = 1)',
    ]);
    expect(rows.get('memory')?.slice(0, 3)).toEqual(['', '', '']);
    expect(rows.get('disks')?.slice(0, 3)).toEqual(['', '', '']);
    expect(found.metrics.map(({ labels, value }) => [labels.resource, value])).toEqual([
      ['CPU', 0.75],
      ['network eth0', 0.2],
    ]);
  });

  it('counts copies before and after although nobody knows when they were taken', () => {
    const found = answer([
      ['proc_stat.before', cpu(100, 100)],
      ['proc_stat.after', cpu(150, 150)],
    ]);
    expect(found.metrics).toMatchObject([{ labels: { resource: 'CPU' }, value: 0.5 }]);
  });

  it('tells the time between copies by the ticks of all CPUs, or by the uptime', () => {
    const two = (user: number, idle: number): string => `${cpu(user, idle)}cpu0 0 0 0 0 0\ncpu1 0 0 0 0 0\n`;
    const stall = (total: number): string => `some avg10=0.00 avg60=0.00 avg300=0.00 total=${total}\n`;
    const copies = [
      ['pressure_cpu.before', stall(0)],
      ['pressure_cpu.after', stall(250_000)],
    ] as const;
    // 200 ticks of two CPUs: a second.
    const byTicks = answer([...copies, ['proc_stat.before', two(0, 0)], ['proc_stat.after', two(100, 100)]]);
    expect(rowsOf(byTicks).get('CPU')?.[1]).toBe('some task waited 25.0 % of the time (PSI) (n = 1)');
    const byUptime = answer([...copies, ['uptime.before', '10.00 5.00\n'], ['uptime.after', '12.50 5.00\n']]);
    expect(rowsOf(byUptime).get('CPU')?.[1]).toBe('some task waited 10.0 % of the time (PSI) (n = 1)');
  });

  it('is not asked without anything of the host', () => {
    const run = importRun([kernelFilesImporter, Buffer.from('1\n'), 'sys/kernel/mm/ksm/run']);
    expect(useMethod.needs[0]?.met(run, new Context(run))).toBe(false);
  });
});
