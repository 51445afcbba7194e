import { describe, expect, it } from 'vitest';
import { Context } from '../../../analyzers/context.ts';
import { formatCpuList, parseCpuList } from '../../../analyzers/derived/cpu-list.ts';
import { knobConflicts } from '../../../analyzers/host/knob-conflicts.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
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

  it('what was not captured is told apart from what is fine', () => {
    const run = importRun([kernelFilesImporter, Buffer.from('0\n'), 'sys/kernel/mm/ksm/run']);
    const [table] = knobConflicts.run(new Context(run)).sections;
    expect(table?.kind === 'table' && table.rows.map(({ cells }) => cells[1])).toEqual(
      Array.from({ length: 5 }, () => 'not captured'),
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
