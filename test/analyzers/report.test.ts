import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { analyzers } from '../../analyzers/index.ts';
import type { Report } from '../../model/report.ts';
import { blkparse } from '../../workers/importers/blkparse.ts';
import { cpuprofile } from '../../workers/importers/cpuprofile.ts';
import { fioJson } from '../../workers/importers/fio-json.ts';
import { fioLog } from '../../workers/importers/fio-log.ts';
import { folded } from '../../workers/importers/folded.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import type { Importer } from '../../workers/importers/importer.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';

const schema = JSON.parse(readFileSync(repo('docs/report.schema.json'), 'utf8'));
const validate = new Ajv2020({ allErrors: true, strict: false }).compile(schema);

const captures: [string, Importer][] = [
  ['real/gcc-compile.perf.txt.gz', perfScript],
  ['real/node-server.perf.txt.gz', perfScript],
  ['real/postgres-pgbench.perf.txt.gz', perfScript],
  ['real/multi-event.perf.txt.gz', perfScript],
  ['real/cpp-inline-dwarf.perf.txt.gz', perfScript],
  ['real/tracepoint-nostack.perf.txt.gz', perfScript],
  ['real/variant-min-fields.perf.txt.gz', perfScript],
  ['real/gcc-compile.folded.gz', folded],
  ['real/node.cpuprofile.gz', cpuprofile],
  ['real/block-starve/ftrace.txt.gz', ftrace],
  ['real/block-starve/perf-script.txt.gz', perfScript],
  ['real/block-starve/blkparse.txt.gz', blkparse],
  ['real/block-starve/fio.json.gz', fioJson],
  ['real/block-starve/fio_clat.3.log.gz', fioLog],
  ['broken/hostile-names.perf.txt', perfScript],
  ['synth/tiny.perf.txt', perfScript],
];

function load(name: string): Uint8Array {
  const bytes = readFileSync(repo(`datasets/${name}`));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
}

function reportOf(name: string, importer: Importer): Report {
  return JSON.parse(JSON.stringify(analyse(importCut(importer, load(name)), '0.0.0'))) as Report;
}

describe.each(captures)('report of %s', (name, importer) => {
  const report = reportOf(name, importer);

  it('is as its schema says', () => {
    validate(report);
    expect(validate.errors?.slice(0, 3) ?? []).toEqual([]);
  });

  it('conserves weight: every call tree sums up to its event', () => {
    for (const section of report.sections) {
      if (section.kind !== 'flame') continue;
      const { self, total, depth } = section.tree.nodes;
      const sum = self.reduce((a, b) => a + b, 0);
      expect(sum).toBeCloseTo(total[0] as number, 3);
      for (let node = 0; node < depth.length; node++) {
        let below = self[node] as number;
        for (
          let other = node + 1;
          other < depth.length && (depth[other] as number) > (depth[node] as number);
          other++
        ) {
          if (depth[other] === (depth[node] as number) + 1) below += total[other] as number;
        }
        if (Math.abs(below - (total[node] as number)) > 1e-6 * (total[0] as number))
          expect.fail(`node ${node}: ${below} is not ${total[node]}`);
      }
    }
  });

  it('puts a metric inside its interval, and a share inside 0..1', () => {
    for (const { id, value, low, high, unit } of report.metrics) {
      if (low !== undefined && high !== undefined)
        expect(low <= value + 1e-9 && value <= high + 1e-9, `${id} ${low} ${value} ${high}`).toBe(true);
      if (unit === 'share') expect(value >= 0 && value <= 1, id).toBe(true);
    }
  });

  it('names only metrics that its analyzers promise', () => {
    const promised = new Set(analyzers.flatMap(({ metrics }) => metrics.map(({ id }) => id)));
    expect(report.metrics.filter(({ id }) => !promised.has(id))).toEqual([]);
  });

  it('has evidence that exists', () => {
    const sections = new Set(report.sections.map(({ id }) => id));
    for (const { evidence } of report.findings)
      for (const { section } of evidence) expect(sections).toContain(section);
  });

  it('shares of kinds sum up to one', () => {
    const kinds = report.metrics.filter(({ id }) => id === 'cpu.kind.share');
    if (report.notRun.some(({ analyzer }) => analyzer === 'cpu/kinds')) return;
    expect(kinds.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(1, 9);
  });
});

describe('known answers', () => {
  it('agrees with counts made by other means', () => {
    const text = Buffer.from(load('real/gcc-compile.perf.txt.gz')).toString('latin1');
    const headers = text.match(/^\S.* cpu-clock: $/gm) ?? [];
    const report = reportOf('real/gcc-compile.perf.txt.gz', perfScript);
    expect(report.runs[0]?.samples).toBe(headers.length);
    const periods = headers.map((line) => Number(/(\d+) cpu-clock/.exec(line)?.[1]));
    expect(report.runs[0]?.events[0]?.weight).toBe(periods.reduce((a, b) => a + b, 0));
    const compiler = headers
      .filter((line) => line.startsWith('cc1plus '))
      .map((line) => Number(/(\d+) cpu-clock/.exec(line)?.[1]));
    const process = report.metrics.find(
      ({ id, labels }) => id === 'cpu.process.share' && labels.process === 'cc1plus',
    );
    expect(process?.n).toBe(compiler.length);
    expect(process?.value).toBeCloseTo(
      compiler.reduce((a, b) => a + b, 0) / periods.reduce((a, b) => a + b, 0),
      12,
    );
  });

  it('tells idle CPUs from busy ones', () => {
    const report = reportOf('real/postgres-pgbench.perf.txt.gz', perfScript);
    const idle = report.metrics.find(({ id }) => id === 'cpu.idle.share');
    expect(idle?.value).toBeGreaterThan(0.15);
    expect(
      report.metrics.some(({ id, labels }) => id === 'cpu.process.share' && labels.process === 'swapper'),
    ).toBe(true);
  });

  it('finds the planted hot functions', () => {
    const report = reportOf('real/node.cpuprofile.gz', cpuprofile);
    const [top] = report.metrics
      .filter(({ id }) => id === 'cpu.function.self.share')
      .sort((a, b) => b.value - a.value);
    expect(top?.labels.function).toBe('spectralNorm');
  });

  it('says what could not be answered, and how to capture it', () => {
    const report = reportOf('real/tracepoint-nostack.perf.txt.gz', perfScript);
    // A log of context switches is no profile: it says who ran, not where.
    // Top-down analysis counts, it does not sample.
    const profiles = report.notRun.filter(
      ({ analyzer }) => analyzer.startsWith('cpu/') && analyzer !== 'cpu/top-down',
    );
    expect(profiles.map(({ analyzer }) => analyzer)).toEqual([
      'cpu/kinds',
      'cpu/flame',
      'cpu/hotspots',
      'cpu/stack-quality',
      'cpu/sampling',
    ]);
    for (const { captureWith } of profiles) expect(captureWith).toContain('perf record');
  });
});
