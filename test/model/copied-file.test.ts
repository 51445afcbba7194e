import { describe, expect, it } from 'vitest';
import { cgroupFile, parentCgroup } from '../../model/cgroup-file.ts';
import { copiedFile } from '../../model/copied-file.ts';

describe('copied files', () => {
  it.each([
    ['x/snap-001_1_2/@sys@block@sda@queue@scheduler', '/sys/block/sda/queue/scheduler', undefined],
    ['a.tar!sys/block/sda/queue/scheduler', '/sys/block/sda/queue/scheduler', undefined],
    ['before@proc@vmstat', '/proc/vmstat', 'before'],
    ['rep-01/after@sys@kernel@mm@ksm@run', '/sys/kernel/mm/ksm/run', 'after'],
    ['run/after/proc/sys/vm/swappiness', '/proc/sys/vm/swappiness', 'after'],
    ['sosreport-db17/proc/vmstat', '/proc/vmstat', undefined],
    ['rep-01/proc_stat.before', '/proc/stat', 'before'],
    ['rep-01/pressure_cpu.after', '/proc/pressure/cpu', 'after'],
    ['node0.numastat.before', '/sys/devices/system/node/node0/numastat', 'before'],
    ['vmstat.after', '/proc/vmstat', 'after'],
    ['enabled.txt', '/sys/kernel/mm/transparent_hugepage/enabled', undefined],
    ['test1/cpu.max', '/sys/fs/cgroup/test1/cpu.max', undefined],
    ['test1/cpu/cpu.shares', '/sys/fs/cgroup/cpu/test1/cpu.shares', undefined],
    ['snap-001_3.5/memory.max', '/sys/fs/cgroup/memory.max', undefined],
  ])('%s is a copy of %s', (name, path, moment) => {
    expect(copiedFile(name)).toEqual(moment === undefined ? { path } : { path, moment });
  });

  it('does not guess from other names', () => {
    for (const name of ['results.txt', 'perf.data', 'workload.txt', 'dir/series.csv'])
      expect(copiedFile(name)).toBeUndefined();
  });
});

describe('files of control groups', () => {
  it.each([
    ['/sys/fs/cgroup/memory/pmem_b/memory.stat', '/pmem_b', 'memory.stat', 1],
    ['/sys/fs/cgroup/cpu,cpuacct/a/b/cpuacct.usage', '/a/b', 'cpuacct.usage', 1],
    ['/sys/fs/cgroup/unified/pmem_a/cpu.pressure', '/pmem_a', 'cpu.pressure', 2],
    ['/sys/fs/cgroup/system.slice/db.service/cpu.stat', '/system.slice/db.service', 'cpu.stat', 2],
    ['/sys/fs/cgroup/cpu.stat', '/', 'cpu.stat', 2],
    ['/sys/fs/cgroup/x/cpu.cfs_quota_us', '/x', 'cpu.cfs_quota_us', 1],
  ])('%s is of %s', (path, cgroup, file, version) => {
    expect(cgroupFile(path)).toEqual({ cgroup, file, version });
  });

  it('knows the group around a group', () => {
    expect(parentCgroup('/a/b')).toBe('/a');
    expect(parentCgroup('/a')).toBe('/');
    expect(parentCgroup('/')).toBeUndefined();
    expect(cgroupFile('/sys/kernel/mm/ksm/run')).toBeUndefined();
  });
});
