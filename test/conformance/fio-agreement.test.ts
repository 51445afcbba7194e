import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { fioAgreement } from '../../analyzers/derived/io/fio-agreement.ts';
import { fioJson } from '../../workers/importers/fio-json.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { importRun } from '../support/import.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));
const runs = !existsSync(captures)
  ? []
  : readdirSync(captures)
      .filter((name) => name !== 'workloads')
      .flatMap((scheduler) => readdirSync(join(captures, scheduler)).map((run) => `${scheduler}/${run}`));

/** fio calls BLKFLSBUF before a job's first IO; while the device was busy with that, its clock ran. */
const slowStarts = new Set([
  'bfq/w1-hdd-d4-ll0 seqread',
  'bfq/w1-hdd-d4-ll0 rand1',
  'bfq/w1-hdd-d4-ll0 rand2',
  'bfq/w1-hdd-d4-ll0 rand3',
]);

describe.skipIf(runs.length === 0).each(runs.length === 0 ? ['none'] : runs)(
  'fio and the block layer, %s',
  (run) => {
    it('agree within 2 % on rates and 5 % on p99, or say by how much and why not', () => {
      const at = (name: string): Buffer => readFileSync(join(captures, run, name));
      const found = fioAgreement(
        new Context(importRun([fioJson, at('fio.json')], [ftrace, gunzipSync(at('ftrace.txt.gz'))])),
      );
      const fio = JSON.parse(at('fio.json').toString()) as {
        jobs: { jobname: string; read: { total_ios: number }; write: { total_ios: number } }[];
      };
      expect(found.map(({ job }) => job.job)).toEqual(fio.jobs.map(({ jobname }) => jobname));
      expect(new Set(found.filter(({ tid }) => tid >= 0).map(({ tid }) => tid)).size).toBe(
        found.filter(({ tid }) => tid >= 0).length,
      );
      for (const each of found) {
        const { job, state, rows, rateGap, p99Gap, why } = each;
        if (job.job === 'awriter') {
          expect(state).toBe('buffered');
          expect(why).toMatch(/fio wrote .* MiB, all writes the devices completed are .* MiB/);
          continue;
        }
        // Counted by two programs, the same to the last IO.
        expect(rows.length, job.job).toBe(job.ios);
        if (run === 'none/w3-hdd-d4' && job.job === 'deepwr') {
          // Without scheduler tags io_submit sleeps for a driver tag while completions wait to be collected.
          expect(Math.abs(rateGap)).toBeLessThan(0.02);
          expect(p99Gap).toBeLessThan(-0.9);
          expect(why).toMatch(/fio held 11\d requests on average .*, the block layer 3\.\d+ requests/);
          continue;
        }
        expect(Math.abs(p99Gap), job.job).toBeLessThan(0.05);
        if (slowStarts.has(`${run} ${job.job}`)) {
          expect(rateGap).toBeGreaterThan(0.02);
          expect(rateGap).toBeLessThan(0.03);
          expect(why).toMatch(/fio’s clock ran for 4\d\d ms|fio’s clock ran for 5\d\d ms/);
          // Nothing else differs: over fio's own time the rate is fio's.
          expect(Math.abs(rows.length / (job.runtime / 1e9) / job.iops - 1)).toBeLessThan(0.001);
          continue;
        }
        expect(Math.abs(rateGap), job.job).toBeLessThan(0.02);
        expect(state, job.job).toBe('agrees');
      }
    });
  },
);
