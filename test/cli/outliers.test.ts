import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Outliers } from '../../model/outliers.ts';
import { timedSamples } from '../support/timed-samples.ts';
import { scratch, vtune } from '../support/vtune.ts';

describe('vtune outliers', () => {
  let fleet = '';
  beforeAll(() => {
    fleet = join(scratch(), 'fleet');
    mkdirSync(fleet);
    for (let host = 0; host < 7; host++) {
      const functions = {
        parse: 60,
        solve: 30,
        '<b>memcpy': 10,
        ...(host === 4 ? { compact_zone: 40 } : {}),
      };
      writeFileSync(
        join(fleet, `host${host}.perf.txt`),
        timedSamples([{ seconds: 8, functions }], 250, host + 1),
      );
    }
  });

  it('names the odd host and its function, on the terminal, in a report and as JSON', async () => {
    const [html, json] = [join(fleet, '../o.html'), join(fleet, '../o.json')];
    const { code, stdout, stderr } = await vtune(['outliers', fleet, '-o', html, '--json', json]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toMatch(/host4\S* is unlike the other runs/);
    expect(stdout).toContain('compact_zone');
    const outliers = JSON.parse(readFileSync(json, 'utf8')) as Outliers;
    expect(outliers.runs.filter(({ odd }) => odd).map(({ name }) => name)).toEqual([
      expect.stringContaining('host4'),
    ]);
    expect(outliers.clusters).toHaveLength(1);
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('compact_zone');
    expect(page).not.toContain('<b>memcpy');
  });

  it('fails where that is asked for', async () => {
    expect((await vtune(['outliers', fleet, '--fail-on-odd', '-q'])).code).toBe(1);
  });

  it('says when there are too few runs, and refuses one given twice', async () => {
    const one = join(fleet, 'host0.perf.txt');
    const few = await vtune(['outliers', one, join(fleet, 'host1.perf.txt')]);
    expect(few.code).toBe(0);
    expect(few.stdout).toContain('Not enough data');
    const twice = await vtune(['outliers', one, one, '-o', join(fleet, 'x.html')]);
    expect(twice.code).toBe(2);
    expect(twice.stderr).toContain('given twice');
    expect(existsSync(join(fleet, 'x.html'))).toBe(false);
  });
});
