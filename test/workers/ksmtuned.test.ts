import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { ksmtunedLog } from '../../analyzers/memory/ksmtuned.ts';
import { ksmtuned as series } from '../../model/page-series.ts';
import { ksmtuned } from '../../workers/importers/ksmtuned.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { timesOf, valuesOf } from '../support/series.ts';

const fixture = readFileSync(repo('datasets/real/ksmtuned/ksmtuned.log'));
const contextOf = (text: string | Uint8Array): Context =>
  new Context(importRun([ksmtuned, typeof text === 'string' ? Buffer.from(text) : text]));
/** Looks a minute apart: what was committed and free, in KiB, and what was decided. */
const log = (...looks: readonly (readonly [committed: number, free: number, ...said: string[]])[]): string =>
  looks
    .map(([committed, free, ...said], i) => {
      const date = `Tue Dec  1 04:${String(i).padStart(2, '0')}:00 UTC 2026`;
      return [`committed ${committed} free ${free}`, ...said].map((text) => `${date}: ${text}\n`).join('');
    })
    .join('');

describe('the log of ksmtuned', () => {
  describe('as an input', () => checkImporter(ksmtuned, fixture, 'ksmtuned.txt'));

  it('memory in bytes, decisions, pages a scan, times of its dates', () => {
    const { trace } = contextOf(fixture);
    const of = (key: Parameters<typeof series>[0]): number[] => valuesOf(trace, series(key), '', 'host');
    expect(of('total')[0]).toBe(24684084 * 1024);
    expect(of('on')).toEqual([0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]);
    expect(of('pages')).toEqual([300, 600, 900, 1200, 1250, 1250]);
    // date -u -d @1796101080 says Tue Dec  1 04:58:00 UTC 2026.
    expect(timesOf(trace, series('on'), 'host')[0]).toBe(1796101080e9);
  });

  it('dates of other locales, and one that is not read', () => {
    const { trace } = contextOf(
      'Tue 01 Dec 2026 04:58:00 AM UTC: committed 1 free 2\n2026-12-01T04:58:01+00:00: committed 3 free 4\nDi 1. Dez 04:58:02 CET 2026: committed 5 free 6\n',
    );
    expect(valuesOf(trace, series('free'), '', 'host')).toHaveLength(3);
    expect(timesOf(trace, series('free'), 'host').slice(0, 2)).toEqual([1796101080e9, 1796101081e9]);
    expect(timesOf(trace, series('free'), 'host')[2]).toBeNaN();
  });

  it('is told: on at half of the looks, and that no guest was seen', () => {
    const answer = ksmtunedLog.run(contextOf(fixture));
    expect(answer.metrics.find(({ id }) => id === 'memory.ksmtuned.on')?.value).toBe(0.5);
    expect(answer.findings[0]?.claim).toBe('ksmtuned had KSM run at 50.0 % of 12 looks');
    expect(answer.findings[0]?.caveats.join()).toContain('saw no guest');
  });

  it('off all the time with guests in sight is fine, without any it is a note', () => {
    const off = '10 < 100 and free > 20, stop ksm';
    const [seen] = ksmtunedLog.run(contextOf(log([5, 90, off], [5, 90, off]))).findings;
    expect(seen?.severity).toBe('ok');
    const [blind] = ksmtunedLog.run(contextOf(log([0, 90, off], [0, 90, off]))).findings;
    expect(blind?.severity).toBe('note');
    expect(blind?.actions[0]?.run).toContain('pgrep');
  });

  it('switching to and fro, and scans at the bound', () => {
    const off = '10 < 100 and free > 20, stop ksm';
    const on = ['120 > 100, start ksm', '5 < 20, boost'];
    const flaps = log([9, 30, off], [99, 5, ...on], [9, 30, off], [99, 5, ...on], [9, 30, off]);
    expect(ksmtunedLog.run(contextOf(flaps)).findings[0]?.claim).toContain('switched KSM 4 times in 5 looks');
    const scans = [950, 1250, 1250, 1250, 1250, 1250].map(
      (pages) => [99, 5, ...on, `KSMCTL start ${pages} 10`] as const,
    );
    // 5 of 6.
    expect(ksmtunedLog.run(contextOf(log(...scans))).findings[0]?.claim).toContain('83.3 % of its scans');
  });
});
