import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { groupPlacements, nodeAllocations, placements } from '../../analyzers/derived/memory/numa-state.ts';
import { settingsRead } from '../../analyzers/derived/settings.ts';
import { numaPlacement } from '../../analyzers/memory/numa/placement.ts';
import type { Importer } from '../../workers/importers/importer.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { numastat } from '../../workers/importers/numastat.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { valuesOf } from '../support/series.ts';

const file = (name: string): Buffer => readFileSync(repo(`datasets/real/sysstat/${name}`));
const context = (...files: readonly (readonly [Importer, string, string])[]): Context =>
  new Context(
    importRun(...files.map(([importer, text, name]) => [importer, Buffer.from(text), name] as const)),
  );

describe('numastat', () => checkImporter(numastat, file('numastat.txt'), 'numastat.txt'));
describe('numastat -m', () => checkImporter(numastat, file('numastat-m.txt'), 'numastat-m.txt'));
describe('numastat -p of one process', () =>
  checkImporter(numastat, file('numastat-p.txt'), 'numastat-p.txt'));
describe('numastat -p of many', () =>
  checkImporter(numastat, file('numastat-many.txt'), 'numastat-many.txt'));

/** Counts of two nodes: what a program on node 0 bound to node 1 leaves behind. */
const counts = (hit1: number, other1: number): string =>
  `                           node0           node1
numa_hit                    1000         ${hit1}
numa_miss                     10               0
numa_foreign                   0              10
interleave_hit                 0               0
local_node                  1000             500
other_node                     0         ${other1}
`;

describe('where memory is', () => {
  it('is told by copies of what numastat printed, in the order of their names', () => {
    const [one, ...rest] = context(
      [numastat, counts(2000, 1500), 'numastat.after.txt'],
      [numastat, counts(800, 300), 'numastat.before.txt'],
    )
      .derive(nodeAllocations)
      .filter(({ node }) => node === '1');
    expect(rest).toEqual([]);
    expect([one?.hit.value, one?.other.value, one?.foreignTotal]).toEqual([1200, 1200, 10]);
  });

  it('of one copy is told since boot', () => {
    const { findings } = numaPlacement.run(context([numastat, counts(800, 900), 'numastat.txt']));
    // Since boot is no reason to bind anything now.
    expect(findings[0]?.actions).toEqual([]);
    // (1000 + 500) of (1000 + 500 + 900) pages.
    expect(findings[0]?.claim).toBe(
      '62.5 % of the pages were allocated on the node of the CPU that asked, since boot',
    );
  });

  it('counts pages of what is printed in MB: 0.25 MB are 64 pages', () => {
    const text = (hit: string) => `
Per-node numastat info (in MBs):
                          Node 0          Node 1           Total
                 --------------- --------------- ---------------
Numa_Hit                  ${hit}            0.00            1.00
Numa_Miss                   0.00            0.00            0.00
Numa_Foreign                0.00            0.00            0.00
Interleave_Hit              0.00            0.00            0.00
Local_Node                ${hit}            0.00            1.00
Other_Node                  0.00            0.00            0.00
`;
    const nodes = context([numastat, text('1.00'), 'n.before'], [numastat, text('1.25'), 'n.after']).derive(
      nodeAllocations,
    );
    expect(nodes.map(({ node, local }) => [node, local.value])).toEqual([
      ['0', 64],
      ['1', 0],
    ]);
  });

  it('goes on in the second part of a table that was too wide', () => {
    const text = `
Per-node process memory usage (in MBs) for PID 77 (my prog)
                           Node 0          Node 1
                  --------------- ---------------
Heap                         1.00            2.00
Private                      0.50            0.00
----------------  --------------- ---------------
Total                        1.50            2.00

                           Node 2           Total
                  --------------- ---------------
Heap                         4.00            7.00
Private                      0.00            0.50
----------------  --------------- ---------------
Total                        4.00            7.50
`;
    const run = context([numastat, text, 'p.txt']);
    const [placement] = run.derive(placements);
    expect([...(placement?.bytes ?? [])]).toEqual([
      ['0', 1.5 * 2 ** 20],
      ['1', 2 * 2 ** 20],
      ['2', 4 * 2 ** 20],
    ]);
    expect(run.derive(settingsRead).get('/proc/77/comm')).toBe('my prog');
  });

  it('keeps huge pages printed in MB apart from their number', () => {
    const text = `
Per-node system memory usage (in MBs):
                 Node 0 Total
                 ------ -----
MemTotal           7258  7258
HugePages_Total      64    64
`;
    const { trace } = context([numastat, text, 'm.txt']);
    expect(valuesOf(trace, 'meminfo MemTotal', '0', 'node')).toEqual([7258 * 2 ** 20]);
    expect(valuesOf(trace, 'meminfo HugePages_Total', '0', 'node')).toEqual([]);
    expect(valuesOf(trace, 'meminfo HugePages_Total bytes', '0', 'node')).toEqual([64 * 2 ** 20]);
  });

  it('counts lines that are no rows', () => {
    const { trace } = context([numastat, `${counts(1, 1)}numa_hit 5\nnumasta: failed\n`, 'n.txt']);
    expect(trace.imports[0]).toMatchObject({ records: 6, skipped: 2 });
  });

  it('is told for control groups: bytes of version 2, pages of version 1 with groups below', () => {
    const two = 'anon N0=1048576 N1=3145728\nfile N0=0 N1=1048576\nworkingset_refault_file N0=5 N1=6\n';
    const one =
      'total=5 N0=5 N1=0\nfile=1 N0=1 N1=0\nanon=4 N0=4 N1=0\nunevictable=0 N0=0 N1=0\nhierarchical_total=8 N0=6 N1=2\nhierarchical_file=2 N0=2 N1=0\nhierarchical_anon=6 N0=4 N1=2\nhierarchical_unevictable=0 N0=0 N1=0\n';
    const run = context(
      [kernelFilesImporter, two, 'sys@fs@cgroup@db@memory.numa_stat'],
      [kernelFilesImporter, one, 'sys@fs@cgroup@memory@old@memory.numa_stat'],
    );
    expect(run.derive(groupPlacements).map(({ cgroup, bytes }) => [cgroup, ...bytes.values()])).toEqual([
      ['/db', 2 ** 20, 4 * 2 ** 20],
      ['/old', 6 * 4096, 2 * 4096],
    ]);
    const { metrics } = numaPlacement.run(run);
    expect(
      metrics.find(
        ({ id, labels }) => id === 'memory.numa.cgroup' && labels.cgroup === '/db' && labels.node === '1',
      )?.value,
    ).toBe(0.8);
    expect(valuesOf(run.trace, 'memory.numa_stat workingset_refault_file N1', '/db', 'cgroup')).toEqual([6]);
  });

  it('reads vmstat of a node as of the node, not of the host', () => {
    const text = (hit: number) =>
      `nr_free_pages 5\nnr_kernel_stack 16\nnuma_hit ${hit}\nnuma_miss 0\nnuma_foreign 0\nnuma_interleave 0\nnuma_local ${hit}\nnuma_other 0\n`;
    const run = context(
      [kernelFilesImporter, text(10), 'node1.vmstat.before'],
      [kernelFilesImporter, text(25), 'node1.vmstat.after'],
    );
    expect(valuesOf(run.trace, 'vmstat nr_free_pages', '', 'host')).toEqual([]);
    expect(valuesOf(run.trace, 'vmstat nr_kernel_stack', '1', 'node')).toEqual([16_384, 16_384]);
    expect(run.derive(nodeAllocations).map(({ node, local }) => [node, local.value])).toEqual([['1', 15]]);
  });
});
