import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cgroupIoLimits } from '../../../analyzers/cgroup/io-limits.ts';
import { Context } from '../../../analyzers/context.ts';
import { sustainedAt } from '../../../analyzers/derived/counters/sustained.ts';
import { heldUp } from '../../../analyzers/derived/dirty-pauses.ts';
import { pageSize } from '../../../analyzers/derived/page-size.ts';
import { shellWord } from '../../../analyzers/derived/shell-text.ts';
import { dirtyWriteback } from '../../../analyzers/memory/writeback.ts';
import { ftrace } from '../../../workers/importers/ftrace.ts';
import { kernelFilesImporter } from '../../../workers/importers/kernel-files.ts';
import { importRun } from '../../support/import.ts';
import { repo } from '../../support/paths.ts';

const MIB = 1 << 20;
const group = 'sys@fs@cgroup@blkio@db@blkio.throttle.';

/** One snapshot a second, every file of it. */
function snapshots(...each: readonly Readonly<Record<string, string>>[]): Context {
  const files = each.flatMap((files, second) =>
    Object.entries(files).map(
      ([name, text]) =>
        [kernelFilesImporter, Buffer.from(text), `snap-00${second}_${100 + second}.0/${name}`] as const,
    ),
  );
  return new Context(importRun(...files));
}

const first = (context: Context) => cgroupIoLimits.run(context).findings[0];

describe('I/O limits of control groups', () => {
  /** 10 MiB/s allowed on 8:0; bytes charged and pages dirtied at each second. */
  const version1 = (written: readonly (number | undefined)[], dirtied: readonly number[]): Context =>
    snapshots(
      ...written.map((bytes, i) => ({
        [`${group}write_bps_device`]: `8:0 ${10 * MIB}\n`,
        [`${group}io_service_bytes`]:
          bytes === undefined
            ? 'Total 0\n'
            : `8:0 Read 0\n8:0 Write ${bytes}\n8:0 Total ${bytes}\nTotal ${bytes}\n`,
        'proc@vmstat': `nr_free_pages 1000\nnr_dirtied ${dirtied[i]}\nnr_written 0\n`,
      })),
    );

  it('a group held at its limit is told with the rate, the stretch and a way back', () => {
    const found = first(version1([0, 10 * MIB, 20 * MIB, 30 * MIB, 30 * MIB], [0, 0, 0, 0, 0]));
    expect(found?.claim).toContain('10 MiB/s of 10 MiB/s for 3 s');
    expect(found?.evidence[0]?.formula).toContain('= 100.0 %');
    expect(found?.verdict?.mechanism).toBe('the limit holds the group at 10 MiB/s');
    expect(found?.actions[0]).toMatchObject({
      run: "echo '8:0 20971520' > /sys/fs/cgroup/blkio/db/blkio.throttle.write_bps_device",
      undo: "echo '8:0 10485760' > /sys/fs/cgroup/blkio/db/blkio.throttle.write_bps_device",
    });
  });

  it('trap: version 1 charges no buffered writes, and an idle group prints Total 0 alone', () => {
    // 25 600 pages a second are 100 MiB/s.
    const found = first(version1([undefined, undefined, undefined], [0, 25_600, 51_200]));
    expect(found?.severity).toBe('warning');
    expect(found?.claim).toMatch(
      /does not bind buffered writes of \/db .*: 0 B were charged .* 200 MiB of page cache/,
    );
    expect(found?.verdict).toMatchObject({ state: 'no difference' });
    expect(found?.evidence[0]?.formula).toContain('the limit allows 20 MiB in 2 s');
  });

  it('trap: little dirtied on the host is no proof that the group wrote past its limit', () => {
    const found = first(version1([undefined, undefined, undefined], [0, 10, 20]));
    expect(found?.severity).toBe('note');
  });

  it('one busy second is not a limit that binds', () => {
    const found = first(version1([0, 10 * MIB, 10 * MIB, 10 * MIB], [0, 0, 0, 0]));
    expect(found?.claim).toContain('too briefly');
    expect(found?.verdict?.state).toBe('not enough data');
  });

  it('version 2: io.max without limits is no limit; max is none; a device without counts has 0', () => {
    const max = (text: string, stat: string) => ({
      'sys@fs@cgroup@t@io.max': text,
      'sys@fs@cgroup@t@io.stat': stat,
    });
    expect(first(snapshots(max('', ''), max('', '')))?.claim).toBe('No I/O limit was set on /t');
    const limited = '8:0 rbps=max wbps=8388608 riops=max wiops=max\n';
    const context = snapshots(
      max(limited, '8:0 \n'),
      max(limited, '8:0 rbytes=0 wbytes=8388608 rios=0 wios=8 dbytes=0 dios=0\n'),
      max(limited, '8:0 rbytes=0 wbytes=16777216 rios=0 wios=16 dbytes=0 dios=0\n'),
    );
    const { findings, metrics } = cgroupIoLimits.run(context);
    expect(findings.map(({ claim }) => claim)).toEqual([
      expect.stringContaining('was at its limit: 8 MiB/s of 8 MiB/s for 2 s'),
    ]);
    expect(metrics.find(({ id }) => id === 'cgroup.io.charged')?.value).toBe(16 * MIB);
    expect(findings[0]?.actions[0]?.run).toBe("echo '8:0 wbps=16777216' > /sys/fs/cgroup/t/io.max");
  });

  it('trap: copies before and after have no times, so no rate is claimed', () => {
    const context = new Context(
      importRun(
        [
          kernelFilesImporter,
          Buffer.from('8:0 rbps=max wbps=100 riops=max wiops=max\n'),
          'before@sys@fs@cgroup@t@io.max',
        ],
        [kernelFilesImporter, Buffer.from('8:0 wbytes=0\n'), 'before@sys@fs@cgroup@t@io.stat'],
        [kernelFilesImporter, Buffer.from('8:0 wbytes=5000\n'), 'after@sys@fs@cgroup@t@io.stat'],
      ),
    );
    const { metrics, findings } = cgroupIoLimits.run(context);
    expect(metrics.map(({ id, value }) => [id, value])).toEqual([['cgroup.io.charged', 5000]]);
    expect(findings).toEqual([]);
  });

  it('trap: names of groups are hostile; a command holds none that a shell would act on', () => {
    expect(shellWord('/sys/fs/cgroup/a b')).toBe("'/sys/fs/cgroup/a b'");
    expect(shellWord("/sys/fs/cgroup/a';reboot;'")).toBeUndefined();
    expect(shellWord('/sys/fs/cgroup/$(reboot)')).toBe("'/sys/fs/cgroup/$(reboot)'");
    expect(shellWord('a\nb')).toBeUndefined();
  });

  it('law: the stretch at a rate is as long as the longest found by trying all of them', () => {
    const [rate, share] = [10, 0.95];
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 12 }), (gains) => {
        const steps = {
          starts: Float64Array.from(gains, (_, i) => i * 1e9),
          ends: Float64Array.from(gains, (_, i) => (i + 1) * 1e9),
          increases: Float64Array.from(gains),
          resets: 0,
          wraps: 0,
          gaps: 0,
        };
        let longest = 0;
        let edges = 0;
        for (let from = 0; from < gains.length; from++) {
          for (let to = from + 1; to <= gains.length; to++) {
            const part = gains.slice(from, to);
            const counted = part.reduce((sum, gain) => sum + Math.min(gain, 1.5 * rate), 0);
            if (counted + 1e-9 >= share * rate * part.length && part.length >= longest) {
              longest = part.length;
              edges = part.filter((gain) => gain < 0.75 * rate).length;
            }
          }
        }
        const found = sustainedAt(steps, rate, share);
        if (longest === 0) expect(found).toBeUndefined();
        else {
          // Slow intervals at the edges are cut off again.
          expect(found?.n).toBeLessThanOrEqual(longest);
          if (edges === 0) expect(found?.n).toBe(longest);
        }
      }),
    );
  });
});

describe('dirty pages', () => {
  const vmstat = (dirty: number) =>
    `nr_free_pages 1000\nnr_mapped 1000\nnr_dirty ${dirty}\nnr_writeback 96\nnr_dirtied ${dirty * 2}\nnr_written 0\nnr_dirty_threshold 4096\nnr_dirty_background_threshold 2048\n`;

  it('trap: bytes put the ratio out of force, and the threshold is what the kernel says', () => {
    const context = snapshots({
      'proc@vmstat': vmstat(4000),
      'proc@sys@vm@dirty_bytes': '16777216\n',
      'proc@sys@vm@dirty_ratio': '20\n',
      'proc@sys@vm@dirty_background_bytes': '0\n',
      'proc@sys@vm@dirty_background_ratio': '10\n',
    });
    const [found] = dirtyWriteback.run(context).findings;
    // 4 000 dirty and 96 under write-back are 4 096 pages: 16 MiB.
    expect(found?.claim).toBe(
      'Dirty pages were at most 16 MiB of 16 MiB (vm.dirty_bytes = 16 MiB), 100.0 %: reached the limit: writers are held up',
    );
    expect(found?.evidence[0]?.formula).toContain('background from 8 MiB (vm.dirty_background_ratio = 10 %)');
  });

  it('below both thresholds is fine, and no time to drain is made up', () => {
    const { findings, metrics } = dirtyWriteback.run(
      snapshots({ 'proc@vmstat': vmstat(4) }, { 'proc@vmstat': vmstat(8) }),
    );
    expect(findings[0]?.severity).toBe('ok');
    expect(metrics.map(({ id }) => id)).not.toContain('writeback.drain');
  });

  it('the size of pages follows from the same amount in bytes and in pages', () => {
    const context = snapshots({
      'proc@vmstat': vmstat(4),
      'proc@meminfo': 'MemTotal:       4194304 kB\nMemFree:          4096 kB\nMapped:           64128 kB\n',
    });
    expect(context.derive(pageSize)).toBe(65_536);
  });

  it('trap: sleep is the sum of pauses in ms; `paused` counts up within a call', () => {
    const line = (time: number, paused: number, pause: number): string =>
      `              dd-7     [000] .....  ${time}.000000: balance_dirty_pages: bdi 8:0: limit=4096 setpoint=3584 dirty=5000 wb_setpoint=3583 wb_dirty=5000 dirty_ratelimit=100 task_ratelimit=0 dirtied=32 dirtied_pause=32 paused=${paused} pause=${pause} period=200 think=0 cgroup_ino=1`;
    const text = ['# tracer: nop', '#', line(1, 0, 200), line(2, 200, 200), line(3, 400, -4), ''].join('\n');
    const [dd] = new Context(importRun([ftrace, Buffer.from(text)])).derive(heldUp);
    expect(dd).toMatchObject({
      comm: 'dd',
      device: '8:0',
      events: 3,
      pauses: 2,
      slept: 400e6,
      paused: 600e6,
      longest: 200e6,
    });
  });

  it('a recorded trace: every event of balance_dirty_pages is read', () => {
    const text = readFileSync(repo('datasets/real/io-tuning/writeback.ftrace.txt'), 'utf8');
    const trace = importRun([ftrace, Buffer.from(text)]);
    expect(trace.tables.dirtyPauses.length).toBe([...text.matchAll(/ balance_dirty_pages: /g)].length);
    expect(trace.tables.dirtyPauses.length).toBeGreaterThan(5);
    const pauses = [...text.matchAll(/ pause=(-?\d+)/g)].map((found) => Number(found[1]));
    const slept = new Context(trace).derive(heldUp).reduce((sum, each) => sum + each.slept, 0);
    expect(slept).toBe(pauses.reduce((sum, ms) => sum + Math.max(0, ms), 0) * 1e6);
  });
});
