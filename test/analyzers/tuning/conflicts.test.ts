import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { formatCpuList, parseCpuList } from '../../../analyzers/derived/cpu-list.ts';
import { knobConflicts } from '../../../analyzers/host/knob-conflicts.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { numaMapsImporter } from '../../../workers/importers/numa-maps.ts';
import { settings } from '../../../workers/importers/settings.ts';
import { importRun } from '../../support/import.ts';

/** Findings over copies of files, by their names. */
function conflictsIn(files: Readonly<Record<string, string>>) {
  const run = importRun(
    ...Object.entries(files).map(([name, text]) => [kernelFilesImporter, Buffer.from(text), name] as const),
  );
  return knobConflicts.run(new Context(run)).findings;
}

const ids = (files: Readonly<Record<string, string>>): string[] =>
  conflictsIn(files).map(({ id }) => id.replace('host/conflicts/', ''));

describe('settings that work against each other', () => {
  it('KSM and huge pages for everything', () => {
    const thp = 'x/sys/kernel/mm/transparent_hugepage/enabled';
    const ksm = 'x/sys/kernel/mm/ksm/run';
    expect(ids({ [thp]: '[always] madvise never\n', [ksm]: '1\n' })).toEqual(['ksm-thp']);
    expect(ids({ [thp]: 'always [madvise] never\n', [ksm]: '1\n' })).toEqual([]);
    expect(ids({ [thp]: '[always] madvise never\n', [ksm]: '0\n' })).toEqual([]);
    const [finding] = conflictsIn({ [thp]: '[always] madvise never\n', [ksm]: '1\n' });
    expect(finding?.actions[0]?.setting).toEqual({
      path: '/sys/kernel/mm/transparent_hugepage/enabled',
      value: 'madvise',
      was: 'always',
    });
  });

  it('a quota that the CPU set never lets bind, on version 2 and version 1', () => {
    const v2 = 'sys/fs/cgroup/db';
    expect(ids({ [`${v2}/cpu.max`]: '400000 100000\n', [`${v2}/cpuset.cpus.effective`]: '0-1\n' })).toEqual([
      'quota-cpuset:/db',
    ]);
    expect(ids({ [`${v2}/cpu.max`]: '50000 100000\n', [`${v2}/cpuset.cpus.effective`]: '0-1\n' })).toEqual(
      [],
    );
    expect(ids({ [`${v2}/cpu.max`]: 'max 100000\n', [`${v2}/cpuset.cpus.effective`]: '0-1\n' })).toEqual([]);
    expect(
      ids({
        'sys/fs/cgroup/cpu/db/cpu.cfs_quota_us': '200000\n',
        'sys/fs/cgroup/cpu/db/cpu.cfs_period_us': '100000\n',
        'sys/fs/cgroup/cpuset/db/cpuset.cpus': '3,5\n',
      }),
    ).toEqual(['quota-cpuset:/db']);
  });

  it('limits of dirty memory: bytes for one, a share of memory for the other', () => {
    const text = (bytes: number, ratio: number, backBytes: number, backRatio: number): string =>
      `vm.dirty_background_bytes = ${backBytes}\nvm.dirty_background_ratio = ${backRatio}\nvm.dirty_bytes = ${bytes}\nvm.dirty_ratio = ${ratio}\n`;
    const found = (...values: [number, number, number, number]): string[] =>
      knobConflicts
        .run(new Context(importRun([settings, Buffer.from(text(...values))])))
        .findings.map(({ id }) => id.replace('host/conflicts/', ''));
    expect(found(0, 20, 0, 10)).toEqual([]);
    expect(found(16_777_216, 0, 8_388_608, 0)).toEqual([]);
    expect(found(16_777_216, 0, 0, 10)).toEqual(['dirty-mixed']);
    expect(found(16_777_216, 20, 8_388_608, 0)).toEqual(['dirty-both']);
    expect(found(0, 10, 0, 20)).toEqual(['dirty-background']);
    expect(found(100, 0, 200, 0)).toEqual(['dirty-background']);
  });

  it('a process pinned to the CPUs that serve an interrupt', () => {
    const status = (list: string): string => `Name:\tqemu\nCpus_allowed:\t4\nCpus_allowed_list:\t${list}\n`;
    const files = {
      'proc/irq/24/smp_affinity_list': '2\n',
      'sys/devices/system/cpu/online': '0-3\n',
    };
    expect(ids({ ...files, 'proc/812/status': status('2-3') })).toEqual(['pinned-interrupts:812']);
    expect(ids({ ...files, 'proc/812/status': status('0-1') })).toEqual([]);
    expect(ids({ ...files, 'proc/812/status': status('0-3') })).toEqual([]);
  });

  it('counted interrupts decide: one that never fires there raises nothing', () => {
    const copy = (second: number, there: number, elsewhere: number): Readonly<Record<string, string>> => ({
      [`snap-00${second / 10}_${second}.00/proc@interrupts`]: `            CPU0       CPU1\n  24:   ${elsewhere}   ${there}   PCI-MSI 1-edge      eth0\n LOC:   ${elsewhere}   ${9 * there}   Local timer interrupts\n`,
    });
    const files = {
      'proc/irq/24/smp_affinity_list': '1\n',
      'sys/devices/system/cpu/online': '0-1\n',
      'proc/812/status': 'Name:\tdb\nPid:\t812\nCpus_allowed_list:\t1\nvoluntary_ctxt_switches:\t1\n',
      'proc/813/status': 'Name:\tdb\nPid:\t813\nCpus_allowed_list:\t1\nvoluntary_ctxt_switches:\t1\n',
      // A thread the kernel has for this CPU.
      'proc/14/status': 'Name:\tksoftirqd/1\nPid:\t14\nCpus_allowed_list:\t1\nvoluntary_ctxt_switches:\t1\n',
    };
    expect(ids({ ...files, ...copy(10, 500, 0), ...copy(20, 500, 90_000) })).toEqual([]);
    const [finding] = conflictsIn({ ...files, ...copy(10, 500, 0), ...copy(20, 25_500, 0) });
    // 25 000 in 10 s; the timer is not counted.
    expect(finding).toMatchObject({
      id: 'host/conflicts/pinned-interrupts:812',
      severity: 'warning',
      claim:
        'Process 812 (and 1 other) is pinned to CPUs 1, where devices interrupted 2500 times a second (interrupt 24)',
      actions: [{ undo: 'echo 1 | sudo tee /proc/irq/24/smp_affinity_list' }],
    });
  });

  it('bound memory against its limit and against allowed nodes', () => {
    const maps = (policy: string): string => `7f00 ${policy} anon=2 dirty=2 N0=2 kernelpagesize_kB=4\n`;
    const node = (number: number): string =>
      `Node ${number} MemTotal:       1048576 kB\nNode ${number} MemFree:   1 kB\n`;
    const policies = (maps_: string, more: Readonly<Record<string, string>>): string[] => {
      const files = {
        'proc/9/cgroup': '0::/db\n',
        'sys/devices/system/node/node0/meminfo': node(0),
        'sys/devices/system/node/node1/meminfo': node(1),
        ...more,
      };
      const run = importRun(
        ...Object.entries(files).map(
          ([name, text]) => [kernelFilesImporter, Buffer.from(text), name] as const,
        ),
        [numaMapsImporter, Buffer.from(maps_), 'proc/9/numa_maps'],
      );
      return knobConflicts.run(new Context(run)).findings.map(({ id }) => id.replace('host/conflicts/', ''));
    };
    const limit = (bytes: number) => ({ 'sys/fs/cgroup/db/memory.max': `${bytes}\n` });
    // A node has 1 GiB.
    expect(policies(maps('bind:0'), limit(2 ** 31))).toEqual(['policy-limit:9:bind:0']);
    expect(policies(maps('bind:0-1'), limit(2 ** 31))).toEqual([]);
    expect(policies(maps('prefer:0'), limit(2 ** 31))).toEqual([]);
    expect(policies(maps('bind:0-1'), { 'sys/fs/cgroup/db/cpuset.mems.effective': '0\n' })).toEqual([
      'policy-nodes:9:bind:0-1',
    ]);
    const status = (nodes: string) => ({
      'proc/9/status': `Name:\tdb\nPid:\t9\nMems_allowed_list:\t${nodes}\nvoluntary_ctxt_switches:\t1\n`,
    });
    expect(policies(maps('bind=static:1'), status('0'))).toEqual(['policy-nodes:9:bind=static:1']);
    expect(policies(maps('bind:1'), status('0-1'))).toEqual([]);
  });

  it('what was not captured is told apart from what is fine', () => {
    const run = importRun([kernelFilesImporter, Buffer.from('0\n'), 'sys/kernel/mm/ksm/run']);
    const [table] = knobConflicts.run(new Context(run)).sections;
    expect(table?.kind === 'table' && table.rows.map(({ cells }) => cells[1])).toEqual(
      Array.from({ length: 6 }, () => 'not captured'),
    );
  });
});

describe('lists of CPUs', () => {
  it('are read and written as the kernel prints them', () => {
    expect([...(parseCpuList('0-2,8\n') ?? [])]).toEqual([0, 1, 2, 8]);
    expect(formatCpuList([8, 1, 0, 2])).toBe('0-2,8');
    expect(parseCpuList('3-1')).toBeUndefined();
    expect(parseCpuList('0-9999999')).toBeUndefined();
    expect(parseCpuList('x')).toBeUndefined();
    expect(formatCpuList([])).toBe('');
  });
});
