import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model/report.ts';
import type { SmallFlamesSection } from '../../model/section.ts';
import { repo } from '../support/paths.ts';
import { timedSamples } from '../support/timed-samples.ts';
import { scratch, vtune } from '../support/vtune.ts';

const capture = repo('datasets/real/compile-link-compress.perf.txt.gz');

async function analyze(
  path: string,
  ...options: string[]
): Promise<{ report: Report; stdout: string; html: string }> {
  const folder = scratch();
  const [html, json] = [join(folder, 'r.html'), join(folder, 'r.json')];
  const { code, stdout, stderr } = await vtune(['analyze', path, '-o', html, '--json', json, ...options]);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return {
    report: JSON.parse(readFileSync(json, 'utf8')) as Report,
    stdout,
    html: readFileSync(html, 'utf8'),
  };
}

const phasesOf = (report: Report) => report.metrics.filter(({ id }) => id.startsWith('phases.'));
const componentsNote = (report: Report): string =>
  report.sections.find(({ id }) => id === 'phases/odd-windows/components')?.note ?? '';

describe('vtune analyze finds phases', () => {
  it('and prints them, with the ribbon in the report', async () => {
    const { report, stdout, html } = await analyze(capture);
    expect(stdout.replaceAll('\u202f', ' ')).toContain('The run has 3 phases in 3 stretches');
    expect(html).toContain('data-ribbon=');
    expect(html).toContain('#phase=B');
    expect(phasesOf(report).find(({ id }) => id === 'phases.segments')?.value).toBe(3);
    expect(componentsNote(report)).toMatch(/by tfjs (?:wasm|native)/);
  });

  it('with results that do not hang on the backend', async () => {
    const [wasm, plain] = [
      await analyze(capture, '--tensors', 'wasm'),
      await analyze(capture, '--tensors', 'plain'),
    ];
    expect(componentsNote(wasm.report)).toContain('tfjs wasm');
    expect(componentsNote(plain.report)).toContain('plain TypeScript');
    expect(phasesOf(wasm.report)).toEqual(phasesOf(plain.report));
    const totals = ({ report }: typeof wasm): number[] =>
      (
        report.sections.find(({ id }) => id === 'phases/odd-windows/components') as SmallFlamesSection
      ).items.flatMap(({ tree }) => tree?.nodes.total.slice(0, 5) ?? []);
    totals(plain).forEach((total, i) => {
      expect(Math.abs((totals(wasm)[i] as number) - total) / total).toBeLessThan(1e-4);
    });
  });

  it('to the same bytes every time', async () => {
    const [one, two] = [await analyze(capture, '--jobs', '1'), await analyze(capture, '--jobs', '2')];
    expect(JSON.stringify(two.report)).toBe(JSON.stringify(one.report));
  });

  it('unless it is told not to: then nothing of TensorFlow.js is loaded', async () => {
    const { report } = await analyze(capture, '--no-phases');
    expect(phasesOf(report)).toEqual([]);
    expect(report.notRun.find(({ analyzer }) => analyzer === 'phases/phases')?.missing).toContain(
      '--no-phases',
    );
    expect(await loadsTensors(capture, '--no-phases')).toBe(false);
    expect(await loadsTensors(capture)).toBe(true);
  });

  it('only where there is enough to look at, and loads nothing where there is not', async () => {
    const short = join(scratch(), 'short.txt');
    writeFileSync(short, timedSamples([{ seconds: 1, functions: { work: 1, rest: 1 } }], 100));
    const { report } = await analyze(short);
    expect(report.notRun.find(({ analyzer }) => analyzer === 'phases/phases')?.missing).toContain(
      '20 windows',
    );
    expect(await loadsTensors(short)).toBe(false);
  });

  it('and says what is wrong with a backend it does not have', async () => {
    const usage = await vtune(['analyze', capture, '--tensors', 'cuda', '-o', join(scratch(), 'x.html')]);
    expect(usage.code).toBe(2);
    expect(usage.stderr).toContain('plain');
  });
});

/** Whether a run of the analysis opens any file of TensorFlow.js. */
async function loadsTensors(path: string, ...options: string[]): Promise<boolean> {
  const folder = scratch();
  const [watcher, log] = [join(folder, 'watch.cjs'), join(folder, 'opened')];
  // Preloaded into every thread: the loader opens modules through these.
  writeFileSync(
    watcher,
    `const fs = require('node:fs');
for (const name of ['readFileSync', 'openSync', 'readFile', 'open']) {
  const real = fs[name];
  fs[name] = (path, ...rest) => {
    if (String(path).includes('@tensorflow')) fs.appendFileSync(${JSON.stringify(log)}, String(path) + '\\n');
    return real(path, ...rest);
  };
}
const { Module } = require('node:module');
const load = Module._load;
Module._load = function (request, ...rest) {
  if (String(request).includes('@tensorflow')) fs.appendFileSync(${JSON.stringify(log)}, request + '\\n');
  return load.call(this, request, ...rest);
};
`,
  );
  writeFileSync(log, '');
  await vtune(['analyze', path, '-q', '-o', join(folder, 'r.html'), ...options], {
    env: { NODE_OPTIONS: `--require ${watcher}` },
  });
  return readFileSync(log, 'utf8') !== '';
}
