import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { areaOf, areas } from '../../analyzers/areas.ts';
import { analyzers } from '../../analyzers/index.ts';
import { parts } from '../../analyzers/parts.ts';
import type { Report } from '../../model/report.ts';
import { renderReport } from '../../viz/html/report.ts';
import { renderTerminal } from '../../viz/html/terminal.ts';
import type { Importer } from '../../workers/importers/importer.ts';
import { kernelFilesImporter } from '../../workers/importers/kernel-files.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { perfStat } from '../../workers/importers/perf-stat.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { scratch } from '../support/vtune.ts';

const reportOf = (...files: readonly (readonly [Importer, Uint8Array, string?])[]): Report =>
  analyse(importRun(...files), '0.0.0');
const perfOnly = reportOf([
  perfScript,
  gunzipSync(readFileSync(repo('datasets/real/cpp-inline-dwarf.perf.txt.gz'))),
]);
const area = (report: Report, id: string) => report.areas.find((each) => each.id === id);

describe('areas of questions', () => {
  it('hold every analyzer, by the start of its id', () => {
    const homeless = analyzers.filter(
      ({ id }) => !areaOf(id).prefixes.some((prefix) => id.startsWith(prefix)),
    );
    expect(homeless.map(({ id }) => id)).toEqual([]);
    expect(areaOf('memory/numa-balancing').id).toBe('numa');
    expect(areaOf('memory/writeback').id).toBe('io');
    expect(areaOf('cgroup/io-limits').id).toBe('io');
  });

  it('promise to capture only what is asked for', () => {
    const unknown = areas.flatMap(({ captures }) =>
      captures.filter((own) => !analyzers.some(({ id }) => id.startsWith(own))),
    );
    expect(unknown).toEqual([]);
    const orphans = parts.filter(({ of }) => !analyzers.some(({ id }) => id === of));
    expect(orphans).toEqual([]);
  });
});

describe('what a perf recording alone does not answer', () => {
  it('is counted by area, and no question is lost', () => {
    const open = perfOnly.areas.reduce((sum, each) => sum + each.open, 0);
    expect(open).toBe(perfOnly.notRun.length);
    for (const { id, open: own, captures } of perfOnly.areas) {
      expect(perfOnly.notRun.filter((each) => each.area === id)).toHaveLength(own);
      expect(captures).toBeLessThanOrEqual(own);
    }
  });

  it('names first what the recording holds something of', () => {
    expect(perfOnly.areas[0]).toMatchObject({ id: 'cpu', held: true, open: 2, captures: 1 });
    expect(perfOnly.areas[0]?.captureWith).toMatch(/^perf stat /);
    expect(area(perfOnly, 'kvm')).toMatchObject({ held: false, answered: 0 });
  });

  it('is a few lines in the terminal, and everything when asked for', () => {
    const few = renderTerminal(perfOnly, { colour: false, width: 100 });
    const lines = few.slice(few.indexOf('? CPU profile')).trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(7);
    expect(lines[0]).toBe('? CPU profile: 2 of 10 questions are open. This answers 1 of them:');
    const all = renderTerminal(perfOnly, { colour: false, width: 1000, unanswered: true });
    for (const { question } of perfOnly.notRun) expect(all).toContain(question);
  });

  it('is folded in the report where nothing was recorded', () => {
    const html = renderReport(perfOnly);
    const folded = html.slice(html.indexOf('<details class="far">'));
    expect(folded).toMatch(/^<details class="far"><summary>Nothing was recorded of scheduler/);
    expect(html.indexOf('CPU profile: 2 of 10')).toBeLessThan(html.indexOf('<details class="far">'));
  });
});

describe('what a source would have told', () => {
  const stat = (name: string) => readFileSync(repo(`datasets/real/perf-stat/${name}`));

  it('hardware counters: refused by the machine is not the same as not asked for', () => {
    const refused = reportOf([perfStat, stat('perf-stat-r3.csv')]);
    const asked = refused.notRun.find(({ analyzer }) => analyzer === 'pinning/hardware');
    expect(asked).toMatchObject({ near: true });
    expect(asked?.missing).toContain('<not supported>');
    const never = perfOnly.notRun.find(({ analyzer }) => analyzer === 'pinning/hardware');
    expect(never).toMatchObject({ near: false });
  });

  it('run-queue waits and affinity are open beside counts of migrations', () => {
    const counted = reportOf([perfStat, stat('perf-stat-r3.csv')]);
    const near = counted.notRun.filter((each) => each.near && each.analyzer === 'pinning/migrations');
    expect(near.map(({ missing }) => missing)).toEqual([
      expect.stringContaining('/proc/PID/schedstat'),
      expect.stringContaining('Cpus_allowed_list'),
    ]);
    const told = reportOf(
      [perfStat, stat('perf-stat-r3.csv')],
      [kernelFilesImporter, Buffer.from('900 30 5\n'), 'before/proc/7/schedstat'],
      [kernelFilesImporter, Buffer.from('1900 70 9\n'), 'after/proc/7/schedstat'],
      [
        kernelFilesImporter,
        Buffer.from('Name:\tdb\nPid:\t7\nCpus_allowed_list:\t0-1\nvoluntary_ctxt_switches:\t5\n'),
        'after/proc/7/status',
      ],
    );
    expect(told.notRun.filter(({ analyzer }) => analyzer === 'pinning/migrations')).toEqual([]);
  });

  it('a quota without cpu.pressure: how long it really lasted is open', () => {
    const copies = (named: string, text: string): readonly [Importer, Uint8Array, string][] =>
      ['before', 'after'].map((moment, i) => [
        kernelFilesImporter,
        Buffer.from(text.replaceAll('#', String(i + 1))),
        `${moment}/sys/fs/cgroup/db/${named}`,
      ]);
    const stat = copies(
      'cpu.stat',
      'usage_usec #00000\nuser_usec #00000\nsystem_usec 0\nnr_periods #0\nnr_throttled #\nthrottled_usec #000\n',
    );
    const pressure = copies(
      'cpu.pressure',
      'some avg10=0.00 avg60=0.00 avg300=0.00 total=#000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=#00\n',
    );
    const open = (report: Report) =>
      report.notRun.filter(({ analyzer }) => analyzer === 'cgroup/cpu-quota').map(({ near }) => near);
    expect(open(reportOf(...stat))).toEqual([true]);
    expect(open(reportOf(...stat, ...pressure))).toEqual([]);
  });
});

describe('scripts/snapshot.sh', () => {
  it('copies what the areas promise of it', () => {
    const directory = scratch();
    execFileSync(repo('scripts/snapshot.sh'), ['-n', '2', '-i', '1', '-p', String(process.pid), directory]);
    const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(directory, name)).isFile(),
    );
    const claimed = files
      .map((name) => [name, readFileSync(join(directory, name))] as const)
      .filter(([name, bytes]) => kernelFilesImporter.sniff(bytes, name) === 'yes');
    const report = reportOf(...claimed.map(([name, bytes]) => [kernelFilesImporter, bytes, name] as const));
    const open = report.notRun.map(({ analyzer }) => analyzer);
    // What every Linux has, in containers too.
    for (const id of ['host/use', 'network/interrupts', 'network/tcp', 'cpu-time/threads'])
      expect(open, id).not.toContain(id);
  });
});
