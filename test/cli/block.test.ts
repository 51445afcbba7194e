import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model/report.ts';
import { repo } from '../support/paths.ts';
import { scratch, vtune } from '../support/vtune.ts';

describe('vtune analyze of a block trace alone', () => {
  it.each([
    ['ftrace.txt.gz', ['ftrace.txt.gz'], 1495],
    ['perf script text', ['perf-script.txt.gz'], 1490],
    ['blkparse text', ['blkparse.txt.gz'], 1495],
    ['the files of a blktrace', ['bt.blktrace.0.gz', 'bt.blktrace.1.gz'], 1495],
  ])('reads %s', async (_, files, requests) => {
    const json = join(scratch(), 'r.json');
    const paths = files.map((name) => repo(`datasets/real/block-starve/${name}`));
    const { code, stdout, stderr } = await vtune([
      'analyze',
      '-o',
      join(scratch(), 'r.html'),
      '--json',
      json,
      ...paths,
    ]);
    expect(`${code} ${stderr}`).toMatch(/^0 /);
    expect(stdout).toMatch(/of their time in the IO scheduler/);
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    const sum = report.metrics.reduce((all, { id, value }) => (id === 'io.requests' ? all + value : all), 0);
    expect(sum).toBe(requests);
  });

  it('reads what fio says alone', async () => {
    const { code, stdout } = await vtune([
      'analyze',
      '-o',
      join(scratch(), 'r.html'),
      repo('datasets/real/block-starve/fio.json.gz'),
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/report: /);
  });
});
