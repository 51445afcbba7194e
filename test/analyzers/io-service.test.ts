import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { environment } from '../../analyzers/host/environment.ts';
import { ioService } from '../../analyzers/io/service.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { settings } from '../../workers/importers/settings.ts';
import { blockArt } from '../support/block-art.ts';
import { importRun } from '../support/import.ts';

const art = `
  a 1000+8 RS (rt,0,4): QGIDC
  a 1100+8 RS (rt,0,4):      QGIDC
  b 2000+8 RS:          QGI      DC
  b 2100+8 RS:                     QGIDC
  c 3000+16 WS:         QGI         DC
  kworker/u8:1 4000+8 W:   QGI DC
`;

function contextOf(list = ''): Context {
  // A column is 100 ms.
  const bytes = blockArt(art, { step: 100 });
  return new Context(
    importRun([ftrace, bytes], ...(list === '' ? [] : [[settings, Buffer.from(list)] as const])),
  );
}

function figures(context: Context, id: string): Record<string, number> {
  return Object.fromEntries(
    ioService
      .run(context)
      .metrics.filter((metric) => metric.id === id)
      .map(({ labels, value }) => [labels.who ?? labels.between ?? labels.op ?? '', value]),
  );
}

describe('io/service', () => {
  it('counts what each class, operation and stream got, by hand', () => {
    const rate = figures(contextOf(), 'io.service.rate');
    // Six requests from column 0 to the completion at 15: 1.5 s.
    expect(rate.all).toBeCloseTo(6 / 1.5, 9);
    expect(rate.reads).toBeCloseTo(4 / 1.5, 9);
    expect(rate['class rt']).toBeCloseTo(2 / 1.5, 9);
    expect(rate['rt reads']).toBeCloseTo(2 / 1.5, 9);
    expect(rate['write-back']).toBeCloseTo(1 / 1.5, 9);
    expect(rate['b read be,4 up to 4 KiB']).toBeCloseTo(2 / 1.5, 9);
    expect(figures(contextOf(), 'io.service.throughput').writes).toBeCloseTo((24 * 512) / 1.5, 6);
    // b's first read: column 0 to 10; its second is 4 columns long.
    expect(figures(contextOf(), 'io.service.latency.max')['b read be,4 up to 4 KiB']).toBeCloseTo(1e9, 0);
    expect(figures(contextOf(), 'io.service.latency.mean')['b read be,4 up to 4 KiB']).toBeCloseTo(0.7e9, 0);
  });

  it('finds the longest time in which one waited and none of its group completed', () => {
    const gaps = figures(contextOf(), 'io.service.gap');
    expect(gaps['b read be,4 up to 4 KiB']).toBeCloseTo(1e9, 0);
    // Between a's completions at 4 and 9 b waits all the time; then b completes at 10.
    expect(gaps.reads).toBeCloseTo(0.5e9, 0);
    expect(gaps['class rt']).toBeCloseTo(0.4e9, 0);
  });

  it('counts deadlines by the captured settings, and by mq-deadline’s defaults', () => {
    // Waits to issue: a 0.3 and 0.3 s, b 0.9 and 0.3 s, c 1.2 s, write-back 0.4 s.
    expect(figures(contextOf(), 'io.deadline.missed')).toEqual({ read: 1 / 4, write: 0 });
    const tight =
      '/sys/block/loop0/queue/iosched/read_expire: 250\n/sys/block/loop0/queue/iosched/write_expire: 1000\n';
    expect(figures(contextOf(tight), 'io.deadline.missed')).toEqual({ read: 1, write: 1 / 2 });
  });

  it('has Jain’s index between readers, threads and classes', () => {
    const jain = figures(contextOf(), 'io.service.jain');
    expect(jain.readers).toBeCloseTo(1, 9);
    // 8, 8 KiB, and 8 KiB of c, 4 of write-back: (8+8+8+4)² / (4 · (3·64 + 16)).
    expect(jain.threads).toBeCloseTo(28 ** 2 / (4 * 208), 9);
    // rt 8, be 20.
    expect(jain.classes).toBeCloseTo(28 ** 2 / (2 * 464), 9);
  });
});

describe('CPU cost', () => {
  it('is what two copies of /proc/stat gained, a second and a request', () => {
    const stat = (user: number, idle: number): Buffer =>
      Buffer.from(
        `cpu  ${user} 0 50 ${idle} 0 0 0 0 0 0\ncpu0 1 0 0 1 0 0 0 0 0 0\ncpu1 1 0 0 1 0 0 0 0 0 0\n`,
      );
    const context = new Context(
      importRun(
        [ftrace, blockArt(art, { step: 100 })],
        [kernelFilesImporter, stat(100, 1000), 'stat.before'],
        [kernelFilesImporter, stat(160, 1140), 'stat.after'],
      ),
    );
    const metrics = new Map(environment.run(context).metrics.map((metric) => [metric.id, metric.value]));
    // 60 of 200 ticks of two CPUs; 0.6 s for six requests.
    expect(metrics.get('host.cpu.busy')).toBeCloseTo(0.6, 9);
    expect(metrics.get('io.cpu')).toBeCloseTo(0.1e9, 3);
  });
});
