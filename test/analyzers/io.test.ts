import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { Context } from '../../analyzers/context.ts';
import { starvedRequests } from '../../analyzers/io/fairness.ts';
import type { Report } from '../../model/report.ts';
import type { Section } from '../../model/section.ts';
import { renderReport } from '../../viz/html/report.ts';
import { blktrace } from '../../workers/importers/blktrace.ts';
import { fioJson } from '../../workers/importers/fio-json.ts';
import { fioLog } from '../../workers/importers/fio-log.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { procSamples } from '../../workers/importers/proc-samples.ts';
import { blockArt } from '../support/block-art.ts';
import { importCut, importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { schedArt } from '../support/sched-art.ts';

type Labels = Readonly<Record<string, string>>;

function metrics(report: Report, id: string, labels: Labels = {}): Report['metrics'] {
  return report.metrics.filter(
    (metric) =>
      metric.id === id && Object.entries(labels).every(([key, value]) => metric.labels[key] === value),
  );
}

function sum(report: Report, id: string, labels: Labels = {}): number {
  return metrics(report, id, labels).reduce((all, { value }) => all + value, 0);
}

/** Mean over all requests of these labels of a metric that is a mean per group. */
function mean(report: Report, id: string, labels: Labels = {}): number {
  const rows = metrics(report, id, labels);
  return rows.reduce((all, { value, n }) => all + value * n, 0) / rows.reduce((all, { n }) => all + n, 0);
}

function reportOf(art: string): Report {
  return analyse(importCut(ftrace, blockArt(art)), '0');
}

const real = (name: string): Buffer =>
  gunzipSync(readFileSync(repo(`datasets/real/block-starve/${name}.gz`)));

describe('a starved reader, with the truth of fio and btt', () => {
  const report = analyse(
    importRun(
      [ftrace, real('ftrace.txt')],
      [fioJson, real('fio.json')],
      [fioLog, real('fio_clat.3.log'), 'fio_clat.3.log'],
    ),
    '0',
  );

  it('counts every IO fio did, by operation, process and priority', () => {
    expect(sum(report, 'io.requests')).toBe(1495);
    expect(sum(report, 'io.requests', { op: 'read' })).toBe(sum(report, 'fio.ios', { op: 'read' }));
    expect(sum(report, 'io.requests', { op: 'write' })).toBe(sum(report, 'fio.ios', { op: 'write' }));
    expect(sum(report, 'io.requests', { op: 'read', ioprio: 'rt,4' })).toBe(
      sum(report, 'fio.ios', { job: 'rdRT' }),
    );
    expect(sum(report, 'io.requests', { op: 'read', ioprio: 'be,4' })).toBe(
      sum(report, 'fio.ios', { job: 'rd' }),
    );
  });

  it('splits their time as btt does', () => {
    // btt, averages in ns: Q2G 3 556, G2I 1 372, I2D 1 070 812 796, D2C 13 164 217, Q2C 1 083 981 941.
    expect(mean(report, 'io.wait.tag')).toBeCloseTo(3556, -1);
    expect(mean(report, 'io.wait.plug')).toBeCloseTo(1372, -1);
    expect(mean(report, 'io.wait.scheduler')).toBeCloseTo(1_070_812_796, -1);
    expect(mean(report, 'io.wait.device')).toBeCloseTo(13_164_217, -1);
    expect(mean(report, 'io.latency.mean')).toBeCloseTo(1_083_981_941, -1);
  });

  it('agrees with the latencies fio saw, which lie a little above', () => {
    const own = sum(report, 'io.latency.mean', { ioprio: 'rt,4' });
    const seen = sum(report, 'fio.latency.mean', { job: 'rdRT' });
    expect(seen - own).toBeGreaterThan(0);
    expect(seen - own).toBeLessThan(0.05 * own);
    const logged = metrics(report, 'fio.log.latency.max')[0];
    expect(logged).toMatchObject({ n: 1190, value: sum(report, 'fio.latency.max', { job: 'rdRT' }) });
  });

  it('says that the scheduler holds them, and who was passed over', () => {
    const waits = report.findings.find(({ id }) => id === 'io/waits/7,0');
    expect(waits).toMatchObject({ severity: 'warning', confidence: { n: 1495 } });
    expect(waits?.claim).toMatch(/98\.8 % of their time in the IO scheduler/);
    expect(report.findings.find(({ id }) => id === 'io/fairness/starved/7,0')?.severity).toBe('warning');
    const starvation = metrics(report, 'io.starvation.max')[0];
    expect(starvation?.labels).toMatchObject({ comm: 'fio', ioprio: 'be,4' });
    expect(starvation?.value).toBeCloseTo(11.246479e9, -6);
  });

  it('keeps Little’s law: depth × time = the sum of latencies', () => {
    const section = report.sections.find(({ id }) => id === 'io/access/depth/7,0') as Extract<
      Section,
      { kind: 'timeline' }
    >;
    const [inside, issued] = section.series;
    const area = (values: readonly number[] = []): number =>
      values.reduce((all, value) => all + value * section.step, 0);
    expect(area(inside?.values)).toBeCloseTo((mean(report, 'io.latency.mean') * 1495) / 1e9, 3);
    expect(area(issued?.values)).toBeCloseTo((mean(report, 'io.wait.device') * 1495) / 1e9, 3);
    // The driver was given four at most.
    expect(sum(report, 'io.queue_depth.max', { where: 'device' })).toBe(4);
  });

  it('draws every request in the heat map, with few elements and a table', () => {
    const map = report.sections.find(({ kind }) => kind === 'heatmap') as Extract<
      Section,
      { kind: 'heatmap' }
    >;
    expect(map.counts.flat().reduce((a, b) => a + b, 0)).toBe(1495);
    const html = renderReport(report);
    const panel = html.slice(
      html.indexOf('class="panel heatmap"'),
      html.indexOf('</details>', html.indexOf('class="panel heatmap"')),
    );
    expect(panel.match(/<path/g)?.length).toBeLessThanOrEqual(6);
    expect(panel).toContain('<table');
  });
});

describe('what is given twice', () => {
  it('is counted once, whatever forms it is in', () => {
    const report = analyse(
      importRun(
        [blktrace, real('bt.blktrace.0')],
        [ftrace, real('ftrace.txt')],
        [blktrace, real('bt.blktrace.1')],
        [perfScript, real('perf-script.txt')],
      ),
      '0',
    );
    expect(sum(report, 'io.requests')).toBe(1495);
    expect(report.findings.some(({ id }) => id === 'io/recording/aside')).toBe(true);
  });
});

describe('perf’s view of the same run', () => {
  const report = analyse(importCut(perfScript, real('perf-script.txt')), '0');

  it('has no waits for tags, says so, and leaves out what was lost', () => {
    expect(sum(report, 'io.requests')).toBe(1490);
    expect(metrics(report, 'io.wait.tag')).toEqual([]);
    expect(sum(report, 'io.lost') + sum(report, 'io.open')).toBe(5);
    const waits = report.findings.find(({ id }) => id === 'io/waits/7,0');
    expect(waits?.caveats.join(' ')).toMatch(/Queueing was not recorded/);
  });
});

describe('a trace with holes', () => {
  it('tells shares of the requests of which every step is known', () => {
    const lines = Array.from({ length: 40 }, (_, i) => `a ${1000 + i * 8}+8 R: ${' '.repeat(i * 12)}QGID  C`);
    const bytes = blockArt(lines.join('\n'), {
      lose: (line) => /bio_queue: 7,0 R (?:1000|1008) /.test(line),
    });
    const report = analyse(importCut(ftrace, bytes), '0');
    expect(sum(report, 'io.requests')).toBe(40);
    // 3 of 6 ms are the device's.
    expect(report.findings.find(({ id }) => id === 'io/waits/7,0')).toMatchObject({
      share: 0.5,
      confidence: { n: 38 },
    });
  });
});

describe('rows of io.requests', () => {
  it('are disjoint and sum to all that completed', () => {
    const report = reportOf(`
      a 1000+8 R:                 QGID C
      a 2000+8 W (idle,0,0):      QGID  C
      b 3000+8 D @8,0:            QGID   C
      b 0+0 FF @8,0:              QGID    C
      c 4000+8 R (rt,0,0) @8,0:   QGID
    `);
    expect(sum(report, 'io.requests')).toBe(4);
    expect(new Set(metrics(report, 'io.requests').map(({ labels }) => JSON.stringify(labels))).size).toBe(4);
    expect(sum(report, 'io.requests', { device: '8,0', op: 'discard', comm: 'b', ioprio: 'be,4' })).toBe(1);
    expect(sum(report, 'io.open')).toBe(1);
    expect(report.findings.find(({ id }) => id === 'io/waits/8,0')?.claim).toMatch(/too few to say/);
  });
});

describe('who is passed over', () => {
  it('is who came first and was issued last, counted by those that went past', () => {
    const context = new Context(
      importCut(
        ftrace,
        blockArt(`
          slow 1000+8 R:  QGI                D  C
          fast 2000+8 R:     QGID  C
          fast 3000+8 R:              QGID  C
          fast 4000+8 R:                    QGID  C
          slow 5000+8 R:     QGID C
        `),
      ),
    );
    // The third of fast is issued after it, the other of slow is its own.
    expect(
      context
        .derive(starvedRequests)
        .map(({ row, wait, overtakers }) => [row, Math.round(wait / 1e6), overtakers]),
    ).toEqual([[1, 19, 2]]);
  });

  it('is nobody when requests are issued in the order they came', () => {
    const report = reportOf(`
      a 1000+8 R: QGID C
      b 2000+8 R:  QGID C
    `);
    expect(metrics(report, 'io.starvation.max')).toEqual([]);
    expect(metrics(report, 'io.jain')[0]).toMatchObject({ value: 1, n: 2 });
  });
});

describe('sequences and seeks', () => {
  it('of two streams are seen per thread where the device sees them mixed', () => {
    const report = reportOf(`
      a 1000+8 R: D C
      b 9000+8 R:  D C
      a 1008+8 R:     D C
      b 9008+8 R:      D C
      b 9016+8 R:         D C
    `);
    expect(sum(report, 'io.sequential.share')).toBe(1 / 4);
    expect(sum(report, 'io.sequential.submitter.share')).toBe(1);
    // From 1008 to 9000, back from 9008 to 1008, from 1016 to 9008: 7992, 8000, 7992 sectors.
    expect(sum(report, 'io.seek.p50')).toBe(7992 * 512);
  });
});

describe('blocked above the block layer', () => {
  // 250 ms a letter. `frozen` never has a request; `reader` has one for all but 250 ms of its wait.
  const sched = `
    reader@0: RRDDDDDDDDDDDDRR
    frozen@1: RRDDDDDDDDDDDDRR
  `;
  const step = 250;
  // The device has other work before and after, so that its recording is as long as the waits.
  const blocks = blockArt(
    `
      reader 1000+8 R:     QGID       C
      other 1+8 R:       D              C
    `,
    { step, start: 1000.25, pids: { reader: 101, other: 900 } },
  );
  const report = analyse(
    importRun(
      [
        ftrace,
        schedArt(sched, { step, stacks: { frozen: ['percpu_rwsem_wait'], reader: ['submit_bio_wait'] } }),
      ],
      [ftrace, blocks],
    ),
    '0',
  );

  it('is not the scheduler’s doing, and the report says so', () => {
    expect(sum(report, 'io.above.task_seconds', { comm: 'frozen' })).toBeCloseTo(3, 6);
    expect(sum(report, 'io.inside.task_seconds', { comm: 'frozen' })).toBe(0);
    expect(sum(report, 'io.inside.task_seconds', { comm: 'reader' })).toBeCloseTo(2.75, 6);
    expect(sum(report, 'io.above.task_seconds', { comm: 'reader' })).toBeCloseTo(0.25, 6);
    expect(report.findings.find(({ id }) => id === 'io/above/blocked')?.claim).toMatch(
      /^frozen was blocked for 3 task-s .* never reached the block layer: neither the IO scheduler nor the device/,
    );
    expect(metrics(report, 'io.requests', { comm: 'frozen' })).toEqual([]);
  });
});

describe('cgroups', () => {
  it('of submitters come from samples of /proc in the same run', () => {
    const samples = Buffer.from(
      '@ 1795209173.3 uptime=1000.01 mono=1000.01 loadavg=0.1 0.1 0.1 1/2 3\n101 101 D slow wchan=submit_bio_wait cg=7:blkio:/psched stack=\n',
    );
    const blocks = blockArt(`
      slow 1000+8 R: QGID        C
      free 2000+8 R: QGID   C
    `);
    const report = analyse(importRun([ftrace, blocks], [procSamples, samples]), '0');
    const table = report.sections.find(({ id }) => id === 'io/waits/cgroups') as Extract<
      Section,
      { kind: 'table' }
    >;
    expect(table.rows.map(({ cells }) => cells.slice(0, 2))).toEqual([
      ['blkio:/psched', 1],
      ['not known', 1],
    ]);
  });
});
