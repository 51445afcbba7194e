import { describe, expect, it } from 'vitest';
import { type Files, findingOf, metricOf, reportOf } from '../../support/copied-files.ts';

const GIB = 2 ** 30;
const vmstat = (dirty: number, threshold: number, background: number, written = 0): Files => ({
  '/proc/vmstat': `nr_free_pages 1000\nnr_mapped 1000\nnr_dirty ${dirty}\nnr_writeback 0\nnr_dirtied ${dirty}\nnr_written ${written}\nnr_dirty_threshold ${threshold}\nnr_dirty_background_threshold ${background}\n`,
});
const knobs = (bytes: number, ratio: number, backBytes: number, backRatio: number): Files => ({
  '/proc/sys/vm/dirty_bytes': `${bytes}\n`,
  '/proc/sys/vm/dirty_ratio': `${ratio}\n`,
  '/proc/sys/vm/dirty_background_bytes': `${backBytes}\n`,
  '/proc/sys/vm/dirty_background_ratio': `${backRatio}\n`,
});
const said = (...snapshots: readonly Files[]) => findingOf(reportOf(...snapshots), 'memory/writeback/dirty');

describe('dirty pages', () => {
  it('trap: a ratio is of dirtyable memory, not of MemTotal: the kernel’s own threshold counts', () => {
    // 20 % of 4 GiB would be 200 000 pages; the kernel made 100 000 of it.
    const files = {
      ...vmstat(100_000, 100_000, 50_000),
      ...knobs(0, 20, 0, 10),
      '/proc/meminfo': 'MemTotal:  4000000 kB\nMapped:  4000 kB\n',
    };
    expect(said(files)?.claim).toContain('100.0 %: reached the limit');
    expect(said(files)?.claim).toContain('vm.dirty_ratio = 20 %');
  });

  it('trap: bytes of 0 leave the ratio in force, any other value puts it out of force', () => {
    expect(said({ ...vmstat(1, 4096, 2048), ...knobs(0, 20, 0, 10) })?.claim).toContain(
      'vm.dirty_ratio = 20 %',
    );
    // The kernel writes 0 into the other one, but a copy of both may be of different moments.
    expect(said({ ...vmstat(1, 4096, 2048), ...knobs(16_777_216, 20, 0, 10) })?.claim).toContain(
      'vm.dirty_bytes = 16 MiB',
    );
  });

  it('20 % of a large memory is more than disks write in seconds: use bytes', () => {
    const pages = (50 * GIB) / 4096;
    const found = said(
      { ...vmstat(pages / 2, pages, pages / 2), ...knobs(0, 20, 0, 10) },
      { ...vmstat(pages / 2, pages, pages / 2, 256_000), ...knobs(0, 20, 0, 10) },
    );
    // 256 000 pages of 4 KiB in ten seconds: 100 MB/s, two seconds of it are about 200 MB.
    expect(found?.actions[0]).toMatchObject({
      run: 'sysctl -w vm.dirty_background_bytes=134217728 vm.dirty_bytes=268435456',
      undo: 'sysctl -w vm.dirty_background_ratio=10 vm.dirty_ratio=20',
    });
  });

  it('trap: lower limits smooth latency at the cost of throughput: one run recommends neither', () => {
    const found = said({ ...vmstat(4096, 4096, 2048), ...knobs(16_777_216, 0, 8_388_608, 0) });
    expect(found?.verdict?.state).toBe('not enough data');
    expect(found?.actions[0]?.text).toContain('If throughput matters more');
  });

  it('trap: below the background threshold nobody hurries: the rate is not what the disks can do', () => {
    const report = reportOf(
      { ...vmstat(1000, 8000, 4000), ...knobs(0, 20, 0, 10) },
      { ...vmstat(1000, 8000, 4000, 1), ...knobs(0, 20, 0, 10) },
    );
    expect(metricOf(report, 'writeback.drain')).toBeUndefined();
    expect(findingOf(report, 'memory/writeback/dirty')?.severity).toBe('ok');
  });
});
