import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../model/report.ts';
import { iostatText } from '../support/iostat-text.ts';
import { repo } from '../support/paths.ts';
import { scratch, vtune } from '../support/vtune.ts';

const real = (name: string): string => repo(`datasets/real/iostat/${name}`);

describe('vtune analyze of disk reports', () => {
  it('says what is wrong, how bad, how sure, and what to record', async () => {
    const folder = scratch();
    const { code, stdout, stderr } = await vtune(
      ['analyze', real('hdd-saturated.iostat.txt'), '-o', 'r.html', '--fail-on', 'warning'],
      { cwd: folder },
    );
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/loop0 is saturated: busy at least 95 % of the time/);
    expect(stdout).toMatch(/95 % CI 73\.3 % .* n = 12/);
    expect(stdout).toMatch(/\$ grep -s \. \/sys\/block\/loop0\/queue/);
    const page = readFileSync(join(folder, 'r.html'), 'utf8').split('<script>', 1).join();
    expect(page).toMatch(/Every disk: how busy/);
    expect(/NaN|undefined/.exec(page)).toBeNull();
  });

  it('gives the same from a file cut among workers, a stream and one worker', async () => {
    const folder = scratch();
    const bytes = iostatText(
      Array.from({ length: 6000 }, (_, i) => ({
        sda: { r: i % 50, rWait: 3, util: 20 },
        sdb: { w: 9, wWait: 1, util: 5 },
      })),
      { sinceBoot: ['sda', 'sdb'] },
    );
    expect(bytes.length).toBeGreaterThan(1.5 * 2 ** 20);
    writeFileSync(join(folder, 'iostat.txt'), bytes);
    const of = async (args: string[], stdin?: Uint8Array): Promise<Report> => {
      const { stdout } = await vtune(['analyze', '-q', '-o', 'r.html', '--json', '-', ...args], {
        cwd: folder,
        ...(stdin === undefined ? {} : { stdin }),
      });
      return JSON.parse(stdout) as Report;
    };
    const [one, three, stream] = [
      await of(['--jobs', '1', 'iostat.txt']),
      await of(['--jobs', '3', 'iostat.txt']),
      await of(['-'], gzipSync(bytes)),
    ];
    expect(three.metrics).toEqual(one.metrics);
    expect(stream.metrics).toEqual(one.metrics);
    expect(one.metrics.find(({ id }) => id === 'iostat.law.rows')?.value).toBe(12_000);
    expect(one.imports[0]).toMatchObject({ importer: 'iostat', skipped: 0 });
  });
});
