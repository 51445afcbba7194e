import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { Context } from '../../analyzers/context.ts';
import { deviceSummaries } from '../../analyzers/derived/io/device-summary.ts';
import type { Report } from '../../model/report.ts';
import { diskstats } from '../../workers/importers/diskstats.ts';
import { iostat } from '../../workers/importers/iostat.ts';
import { sysstatJson } from '../../workers/importers/sysstat-json.ts';
import { importRun } from '../support/import.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));
const folders = existsSync(captures)
  ? ['none', 'mq-deadline', 'kyber', 'bfq'].flatMap((scheduler) =>
      readdirSync(join(captures, scheduler)).map((workload) => `${scheduler}/${workload}`),
    )
  : [];

function amount(report: Report, id: string, op?: string): number {
  const found = report.metrics.find((each) => each.id === id && (op === undefined || each.labels.op === op));
  return found?.value ?? Number.NaN;
}

/** A modelled disk that serves one request at a time, under four schedulers, with fio's own account. */
describe.skipIf(folders.length === 0)('a disk under load with known truth', () => {
  it.each(folders)('%s: text and JSON agree, Little’s law holds, the disk is saturated', (folder) => {
    const read = (name: string): Buffer => readFileSync(join(captures, folder, name));
    const text = analyse(importRun([iostat, read('iostat-x.txt')]), '0');
    const json = analyse(importRun([sysstatJson, read('iostat-x.json')]), '0');
    for (const report of [text, json]) {
      expect(amount(report, 'iostat.law.rows')).toBeGreaterThanOrEqual(9);
      expect(amount(report, 'iostat.law.violations')).toBe(0);
      expect(report.findings.find(({ id }) => id === 'io/disks/saturated/loop0')?.severity).toBe('warning');
    }
    // Two iostat processes, begun some ms apart.
    for (const op of ['read', 'write', 'all']) {
      expect(amount(json, 'iostat.rate', op) / amount(text, 'iostat.rate', op)).toBeCloseTo(1, 1);
      expect(amount(json, 'iostat.await', op) / amount(text, 'iostat.await', op)).toBeCloseTo(1, 1);
    }
  });

  it.each(folders.filter((folder) => folder.includes('w3-')))(
    '%s: differences of /proc/diskstats are what fio did',
    (folder) => {
      const read = (name: string): Buffer => readFileSync(join(captures, folder, name));
      const trace = importRun([diskstats, read('diskstats.before')], [diskstats, read('diskstats.after')]);
      const [loop] = new Context(trace).derive(deviceSummaries);
      const { jobs } = JSON.parse(
        read('fio.json')
          .toString()
          .replace(/^[^{]*/, ''),
      ) as {
        jobs: { read: { total_ios: number }; write: { total_ios: number } }[];
      };
      const total = jobs.reduce((sum, { read: r, write: w }) => sum + r.total_ios + w.total_ios, 0);
      expect(loop?.device).toBe('loop0');
      expect((loop?.requests ?? 0) / total).toBeGreaterThan(0.99);
      expect((loop?.requests ?? 0) / total).toBeLessThan(1.02);
      expect(loop?.all.size.value).toBeCloseTo(4096, -2);
    },
  );
});
