import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { migrationDistance } from '../../../analyzers/pinning/distances.ts';
import { ftrace } from '../../../workers/importers/ftrace.ts';
import { settings } from '../../../workers/importers/settings.ts';
import { importRun } from '../../support/import.ts';

/** Two cores of two threads share a cache; CPUs 4 and 5 have one of their own in the same socket; 6 is in another. */
const topology = [0, 1, 2, 3, 4, 5, 6]
  .map(
    (cpu) =>
      `/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list:${cpu < 4 ? [cpu % 2, (cpu % 2) + 2].join() : cpu}
/sys/devices/system/cpu/cpu${cpu}/topology/physical_package_id:${cpu < 6 ? 0 : 1}
/sys/devices/system/cpu/cpu${cpu}/cache/index3/level:3
/sys/devices/system/cpu/cpu${cpu}/cache/index3/shared_cpu_list:${cpu < 4 ? '0-3' : cpu < 6 ? '4-5' : '6'}
`,
  )
  .join('');

/** One move a `step` seconds, from → to over and over. */
const moves = (pairs: readonly (readonly [tid: number, from: number, to: number])[], step: number): string =>
  `# tracer: nop\n#\n${pairs
    .map(
      ([tid, from, to], i) =>
        `          <idle>-0       [000] d..2. ${(100 + i * step).toFixed(6)}: sched_migrate_task: comm=w${tid} pid=${tid} prio=120 orig_cpu=${from} dest_cpu=${to}\n`,
    )
    .join('')}`;

const run = (trace: string, list = topology) =>
  migrationDistance.run(
    new Context(
      importRun(
        [ftrace, Buffer.from(trace)],
        ...(list === '' ? [] : [[settings, Buffer.from(list), 'topology.txt'] as const]),
      ),
    ),
  );

describe('how far threads are moved', () => {
  it('each move is classed by what both CPUs share', () => {
    const { metrics } = run(
      moves(
        [
          [7, 0, 2],
          [7, 2, 1],
          [7, 1, 4],
          [8, 4, 6],
          [8, 6, 9],
        ],
        0.1,
      ),
    );
    expect(
      metrics
        .filter(({ id }) => id === 'cpu.migrations.by_distance')
        .map(({ labels, value }) => [labels.distance, value]),
    ).toEqual([
      ['same core', 1],
      ['same cache', 1],
      ['same socket', 1],
      ['other socket', 1],
      ['not known', 1],
    ]);
  });

  it('a thread that leaves its cache more than a hundred times a second is worth a try', () => {
    // 201 moves in 1 s, of 7 every one across the caches.
    const often = moves(
      Array.from({ length: 201 }, (_, i) => [7, i % 2 === 0 ? 0 : 4, i % 2 === 0 ? 4 : 0]),
      0.005,
    );
    const { findings, metrics } = run(often);
    expect(findings[0]).toMatchObject({ id: 'pinning/distances/across', severity: 'warning' });
    expect(metrics.find(({ id }) => id === 'cpu.migrations.across_cache.rate')?.value).toBeCloseTo(201, 6);
    expect(findings[0]?.actions[0]?.run).toContain('taskset -cp 7');
    // As many within one cache are fine.
    const near = moves(
      Array.from({ length: 201 }, (_, i) => [7, i % 2, 1 - (i % 2)]),
      0.005,
    );
    expect(run(near).findings[0]).toMatchObject({
      severity: 'ok',
      claim: '0 % of 201 moves left the last-level cache',
    });
  });

  it('without topology no distance is made up', () => {
    const { findings, metrics } = run(
      moves(
        [
          [7, 0, 2],
          [7, 2, 0],
        ],
        0.1,
      ),
      '',
    );
    expect(findings[0]?.id).toBe('pinning/distances/unknown');
    expect(findings[0]?.actions[0]?.run).toContain('shared_cpu_list');
    expect(metrics.map(({ labels, value }) => [labels.distance, value])).toEqual([['not known', 2]]);
  });
});
