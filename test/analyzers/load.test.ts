import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { Context } from '../../analyzers/context.ts';
import { loadReplay } from '../../analyzers/derived/sched/load.ts';
import { splitLoad } from '../../analyzers/derived/sched/load-parts.ts';
import { reasonOf, waitRules } from '../../analyzers/load/wait-reasons.ts';
import {
  calcLoad,
  EXP,
  fixedPoint,
  loadWindows,
  printedLoad,
  replay,
} from '../../analyzers/stats/load-average.ts';
import type { Report } from '../../model/report.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { procSamples } from '../../workers/importers/proc-samples.ts';
import { importCut, importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { schedArt } from '../support/sched-art.ts';

function metricOf(report: Report, id: string, labels: Record<string, string> = {}): number {
  const found = report.metrics.filter(
    (metric) =>
      metric.id === id && Object.entries(labels).every(([key, value]) => metric.labels[key] === value),
  );
  return found.length === 0 ? Number.NaN : found.reduce((sum, { value }) => sum + value, 0);
}

describe('load average arithmetic', () => {
  it('is the kernel’s: integers, rounded up while the load rises', () => {
    // 0 → one task: (0·1884 + 2048·164 + 2047) / 2048 = 164.99 → 164.
    expect(calcLoad(0, EXP['1m'], 1)).toBe(164);
    // 2048 → none: 2048·1884 / 2048 = 1884.
    expect(calcLoad(2048, EXP['1m'], 0)).toBe(1884);
    // Kernels before 4.9 rounded to the nearest.
    expect(calcLoad(1000, EXP['1m'], 0, 'nearest')).toBe(Math.floor((1000 * 1884 + 1024) / 2048));
  });

  it('comes to the number of tasks, and prints two digits', () => {
    const loads = replay(0, EXP['1m'], new Array(400).fill(3));
    expect(loads.at(-1)).toBe(3 * 2048);
    expect(printedLoad(3 * 2048)).toBe(3);
    expect(printedLoad(fixedPoint(1.22))).toBe(1.22);
    expect(printedLoad(0)).toBe(0);
  });
});

describe('a load made by hand', () => {
  // 250 ms a letter, 20 s: A runs, B waits for it, C is in D from 2 s on.
  const art = `
    A@0: ${'R'.repeat(80)}
    B@0: ${'SR'.padEnd(4, 'S')}${'q'.repeat(74)}RR
    C@1: RRRRRRRR${'D'.repeat(68)}RRRR
  `.replace(/A@0: R{80}/, `A@0: R${'q'}${'R'.repeat(76)}${'SS'}`);

  it('counts R and D at ticks and averages them in between', () => {
    const context = new Context(
      importCut(ftrace, schedArt(art, { step: 250, stacks: { C: ['submit_bio_wait'] } })),
    );
    const replayed = context.derive(loadReplay);
    expect(replayed?.ticks.map(({ running, uninterruptible }) => [running, uninterruptible])).toEqual([
      [2, 0],
      [2, 1],
      [2, 1],
      [2, 1],
    ]);
    const report = analyse(context.trace, '0');
    expect(metricOf(report, 'load.dstate.task_seconds', { reason: 'block io', comm: 'C' })).toBeCloseTo(
      17,
      6,
    );
    expect(metricOf(report, 'load.dstate.total')).toBeCloseTo(17, 6);
  });

  it('is the sum of its parts, whatever the trace, the window and the tick', () => {
    const letters = fc.array(fc.constantFrom('R', 'S', 'D'), { minLength: 30, maxLength: 90 });
    fc.assert(
      fc.property(fc.array(letters, { minLength: 1, maxLength: 5 }), (lanes) => {
        const length = Math.max(...lanes.map((lane) => lane.length));
        const drawn = lanes
          .map(
            (lane, i) =>
              `T${i}@${i}: ${lane.join('').padEnd(length, 'R').replace(/SD/g, 'SR').replace(/DS/g, 'DR')}`,
          )
          .join('\n');
        const context = new Context(importCut(ftrace, schedArt(drawn, { step: 500 })));
        const ticks = context.derive(loadReplay)?.ticks ?? [];
        for (const window of loadWindows) {
          for (let tick = 0; tick < ticks.length; tick++) {
            const split = splitLoad(context, window, tick);
            const sum = (split?.parts ?? []).reduce((all, { load }) => all + load, 0);
            expect(sum + (split?.before ?? 0) + (split?.rounding ?? 0)).toBeCloseTo(
              ticks[tick]?.load[window] ?? 0,
              9,
            );
            // The kernel rounds by less than 1/2048 a tick.
            expect(Math.abs(split?.rounding ?? 0)).toBeLessThanOrEqual((tick + 2) / 2048);
          }
        }
      }),
      { numRuns: 40, seed: 3 },
    );
  });
});

describe('a real load with known truth', () => {
  // Planted for 28 s: two parents in vfork, a writer to a frozen filesystem, a burner at nice 10.
  const read = (name: string): Buffer => gunzipSync(readFileSync(repo(`datasets/real/load-mix/${name}`)));
  const report = analyse(
    importRun([ftrace, read('ftrace.txt.gz')], [procSamples, read('tasks.txt.gz')]),
    '0',
  );

  it('replays what /proc/loadavg said', () => {
    expect(metricOf(report, 'load.replay.error.mean')).toBeLessThan(0.02);
    expect(metricOf(report, 'load.replay.error.max')).toBeLessThan(0.05);
    expect(metricOf(report, 'load.replay.error.unfitted.mean')).toBeLessThan(0.05);
  });

  it('finds what was planted, within a percent', () => {
    expect(metricOf(report, 'load.dstate.task_seconds', { reason: 'vfork', comm: 'vf' }) / 56).toBeCloseTo(
      1,
      2,
    );
    expect(
      metricOf(report, 'load.dstate.task_seconds', { reason: 'frozen filesystem', comm: 'bash' }) / 28,
    ).toBeCloseTo(1, 2);
  });

  it('counts no time twice: reasons add up to the total', () => {
    expect(metricOf(report, 'load.dstate.task_seconds')).toBeCloseTo(
      metricOf(report, 'load.dstate.total'),
      6,
    );
  });

  it('adds up: parts, what was before, rounding', () => {
    for (const window of loadWindows) {
      const sum = ['load.part', 'load.part.before', 'load.part.rounding'].reduce(
        (all, id) => all + metricOf(report, id, { window }),
        0,
      );
      expect(sum).toBeCloseTo(metricOf(report, 'load.now', { window }), 9);
    }
  });

  it('says it in a sentence', () => {
    expect(report.verdict.headline).toMatch(
      /^Load 1\.\d \(heading for 3\.\d\) = 1\.0 running \+ 2\.8 waiting in D: 1\.9 vfork, 0\.9 frozen filesystem\.$/,
    );
  });

  it('splits the load at any moment asked for, by thread, process and CPU too', () => {
    const asked = analyse(
      importRun([ftrace, read('ftrace.txt.gz')], [procSamples, read('tasks.txt.gz')]),
      '0',
      {
        loadAt: 20,
        hz: 250,
      },
    );
    expect(asked.sections.find(({ id }) => id === 'load/average/flame-asked')?.title).toMatch(
      /at the moment asked for \(1[5-9]\.\d s\)$/,
    );
    const loads = ['thread', 'process', 'cpu'].map((by) => {
      const table = asked.sections.find(({ id }) => id === `load/average/by-${by}`);
      return table?.kind === 'table' ? table.rows.reduce((sum, { cells }) => sum + Number(cells[3]), 0) : 0;
    });
    expect(loads[1]).toBeCloseTo(loads[0] as number, 9);
    expect(loads[2]).toBeCloseTo(loads[0] as number, 9);
    expect(asked.findings.flatMap(({ caveats }) => caveats)).not.toContain('HZ 250 is assumed');
  });

  it('says the same of D from samples alone', () => {
    const sampled = analyse(importRun([procSamples, read('tasks.txt.gz')]), '0');
    const looks = metricOf(sampled, 'load.sampled.looks');
    // 28 s of 44 s, two tasks: 1.27 a look.
    expect(metricOf(sampled, 'load.sampled.dstate', { reason: 'vfork' }) / ((2 * 28) / 44)).toBeCloseTo(1, 1);
    expect(looks).toBeGreaterThan(150);
  });
});

describe('reasons of waits', () => {
  it.each([
    ['vfork', 'wait_for_completion_state', 'kernel_clone', '__do_sys_vfork'],
    ['frozen filesystem', 'percpu_rwsem_wait', '__percpu_down_read', 'mnt_want_write', 'path_openat'],
    ['block io', 'submit_bio_wait', '__blkdev_direct_IO_simple', 'blkdev_read_iter'],
    ['page-cache read', 'folio_wait_bit_common', 'filemap_get_pages', 'filemap_read', '__kernel_read'],
    ['page fault', 'folio_wait_bit_common', 'filemap_fault', '__do_fault', 'do_fault', 'handle_mm_fault'],
    ['swap-in', 'folio_wait_bit_common', '__folio_lock_or_retry', 'do_swap_page', 'handle_mm_fault'],
    ['jbd2 commit', 'jbd2_log_wait_commit', 'ext4_sync_file', 'do_fsync'],
    ['writeback throttling', 'io_schedule_timeout', 'balance_dirty_pages', 'generic_perform_write'],
    ['writeback wait', 'folio_wait_bit', 'folio_wait_writeback', '__filemap_fdatawait_range'],
    ['reclaim', 'io_schedule', 'shrink_node', 'try_to_free_pages', '__alloc_pages', 'handle_mm_fault'],
    ['compaction', 'io_schedule', 'compact_zone', 'try_to_compact_pages', '__alloc_pages'],
    ['mutex', '__mutex_lock', 'ext4_file_write_iter', 'vfs_write'],
    ['rwsem', 'rwsem_down_read_slowpath', 'down_read_killable', 'lock_mm_and_find_vma', 'do_user_addr_fault'],
    ['nfs', 'rpc_wait_bit_killable', '__rpc_execute', 'nfs4_proc_getattr'],
    ['request queue full', 'io_schedule', 'blk_mq_get_tag', '__blk_mq_alloc_requests'],
    ['cgroup throttle', 'schedule', 'throttle_cfs_rq_work', 'task_work_run'],
    ['device driver', 'schedule_timeout', 'usb_start_wait_urb', 'usb_control_msg'],
    ['other', 'schedule_timeout', 'some_new_function'],
    ['not recorded'],
  ])('%s', (reason, ...stack) => {
    expect(reasonOf(stack)).toBe(reason);
  });

  it('name where they were found and what to do', () => {
    for (const { reason, source, advice } of waitRules) {
      expect(source, reason).toMatch(/\w+/);
      expect(advice.length, reason).toBeGreaterThan(20);
    }
    expect(new Set(waitRules.map(({ reason }) => reason)).size).toBe(waitRules.length);
  });
});
