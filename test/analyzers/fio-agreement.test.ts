import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { fioAgreement } from '../../analyzers/derived/io/fio-agreement.ts';
import { fioBytes } from '../../analyzers/derived/io/fio-jobs.ts';
import { align } from '../../analyzers/derived/io/fio-threads.ts';
import { ioAgreement } from '../../analyzers/io/agreement.ts';
import { fioJson } from '../../workers/importers/fio-json.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { blockArt } from '../support/block-art.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';

const real = (name: string): Buffer =>
  gunzipSync(readFileSync(repo(`datasets/real/block-starve/${name}.gz`)));

interface Job {
  readonly name: string;
  readonly ios: number;
  readonly options?: Readonly<Record<string, string>>;
  readonly p99?: number;
}

/** What fio would print of read jobs with these figures; ms. */
function fio(jobs: readonly Job[]): Buffer {
  return Buffer.from(
    JSON.stringify({
      'fio version': 'fio-3.33',
      'global options': { direct: '1', bs: '4k', rw: 'randread' },
      jobs: jobs.map(({ name, ios, options = {}, p99 = 4 }) => ({
        jobname: name,
        'job options': options,
        read: {
          total_ios: ios,
          iops: 1000 / 6,
          io_bytes: ios * 4096,
          runtime: 18,
          clat_ns: { mean: 4e6, max: 4e6, percentile: { '99.000000': p99 * 1e6 } },
        },
      })),
    }),
  );
}

describe('io/agreement', () => {
  it('finds the jobs of a real run among threads that are all called fio', () => {
    const context = new Context(importRun([fioJson, real('fio.json')], [ftrace, real('ftrace.txt')]));
    const found = fioAgreement(context);
    expect(found.map(({ job, tid, rows, state }) => [job.job, tid, rows.length, state])).toEqual([
      ['deepwr', 15538, 301, 'agrees'],
      ['rd', 15539, 4, 'agrees'],
      ['rdRT', 15540, 1190, 'agrees'],
    ]);
    const { findings } = ioAgreement.run(context);
    expect(findings[0]).toMatchObject({ severity: 'ok' });
    expect(findings[0]?.claim).toContain('3 of 3 direct jobs');
  });

  const art = `
    fio 1000+8 RS: QGD C
    fio 1100+8 RS:     QGD C
    fio2 1200+8 RS: QGD C
    fio2 1300+8 RS:     QGD C
    fio2 1400+8 RS:         QGD C
  `;

  it('tells threads of the same kind apart by order and number, and takes no thread twice', () => {
    const trace = (jobs: readonly Job[]): Context =>
      new Context(importRun([fioJson, fio(jobs)], [ftrace, blockArt(art, { pids: { fio: 11, fio2: 12 } })]));
    const tids = (jobs: readonly Job[]): number[] => fioAgreement(trace(jobs)).map(({ tid }) => tid);
    expect(
      tids([
        { name: 'a', ios: 2 },
        { name: 'b', ios: 3 },
      ]),
    ).toEqual([11, 12]);
    expect(tids([{ name: 'b', ios: 3 }])).toEqual([12]);
    expect(tids([{ name: 'a', ios: 2, options: { offset: '1g' } }])).toEqual([-1]);
    expect(tids([{ name: 'a', ios: 3, options: { bs: '8k' } }])).toEqual([-1]);
    expect(tids([{ name: 'a', ios: 3, options: { prioclass: '1' } }])).toEqual([-1]);
    const buffered = fioAgreement(trace([{ name: 'a', ios: 3, options: { direct: '0' } }]));
    expect(buffered[0]?.state).toBe('buffered');
  });

  it('says by how much they differ', () => {
    const jobs = [{ name: 'b', ios: 3, p99: 8 }];
    const context = new Context(
      importRun([fioJson, fio(jobs)], [ftrace, blockArt(art, { pids: { fio: 11, fio2: 12 } })]),
    );
    const [found] = fioAgreement(context);
    // Drawn: three reads of 4 ms from 0 to 12 ms, so 250 a second; fio was made to say 166.7 and 8 ms.
    expect(found?.rateGap).toBeCloseTo(0.5, 6);
    expect(found?.p99Gap).toBeCloseTo(-0.5, 6);
    expect(found?.state).toBe('differs');
    expect(found?.why).toContain('fio’s clock ran for 6 ms in which the job had no request');
    const { findings } = ioAgreement.run(context);
    expect(findings[0]).toMatchObject({ severity: 'note', share: 0 });
  });
});

describe('align', () => {
  it('never crosses, never pairs twice, and is never dearer than any other pairing in order', () => {
    const counts = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 5 });
    const cost = (a: number, b: number): number => Math.abs(a - b) / Math.max(a, b);
    fc.assert(
      fc.property(counts, counts, (rows, columns) => {
        const found = align(rows, columns, cost);
        const used = found.filter((at) => at >= 0);
        expect([...used].sort((a, b) => a - b)).toEqual(used);
        expect(new Set(used).size).toBe(used.length);
        const price = (pairs: readonly number[]): number =>
          pairs.reduce(
            (sum, at, i) => sum + (at < 0 ? 1 : cost(rows[i] as number, columns[at] as number)),
            0,
          );
        const every = (i: number, from: number): number[][] =>
          i === rows.length
            ? [[]]
            : [
                ...every(i + 1, from).map((rest) => [-1, ...rest]),
                ...columns.flatMap((_, at) =>
                  at < from ? [] : every(i + 1, at + 1).map((rest) => [at, ...rest]),
                ),
              ];
        expect(price(found)).toBeCloseTo(Math.min(...every(0, 0).map(price)), 9);
      }),
      { numRuns: 60 },
    );
  });
});

describe('fioBytes', () => {
  it('reads what fio(1) calls an int, and nothing it does not', () => {
    expect(['4k', '200g', '512', '1M', '4kb', '2KiB'].map(fioBytes)).toEqual([
      4096,
      200 * 2 ** 30,
      512,
      2 ** 20,
      4096,
      2048,
    ]);
    expect(['4k-64k', '4k,8k', '50%', ''].map(fioBytes).every(Number.isNaN)).toBe(true);
    expect(fioBytes(undefined)).toBeNaN();
  });
});
