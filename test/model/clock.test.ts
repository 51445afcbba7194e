import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ClockEvents, fitOffset } from '../../model/clock.ts';
import { RECORDER, REPORT } from '../../model/device-series.ts';
import { stableOrder } from '../../model/time-order.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { iostat } from '../../workers/importers/iostat.ts';
import { loadavg } from '../../workers/importers/loadavg.ts';
import { procSamples } from '../../workers/importers/proc-samples.ts';
import { importRun } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { schedArt } from '../support/sched-art.ts';
import { timesOf } from '../support/series.ts';

/** The same switches written by two tracers: some lost in each, some µs apart, one clock ahead by `offset`. */
function recorded(seed: number, count: number, offset: number, lose: number): ClockEvents {
  const kept = Array.from({ length: count }, (_, i) => i).filter((i) => (i * 7 + seed) % 10 >= lose);
  return {
    time: Float64Array.from(kept, (i) => i * 1e6 + ((i * 37) % 11) * 4e4 + offset + ((i * seed) % 5) * 3000),
    cpu: Uint16Array.from(kept, (i) => i % 2),
    prevTid: Int32Array.from(kept, (i) => 100 + ((i * 13) % 60)),
    nextTid: Int32Array.from(kept, (i) => 100 + ((i * 29) % 60)),
  };
}

describe('fitOffset', () => {
  it('finds a planted offset among losses and jitter', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1e13, max: 1e13, noNaN: true }),
        fc.integer({ min: 0, max: 4 }),
        (offset, lose) => {
          const fit = fitOffset(recorded(1, 400, 0, 0), recorded(3, 400, offset, lose));
          expect(Math.abs((fit?.offset ?? Number.NaN) + offset)).toBeLessThan(30_000);
          expect(fit?.spread).toBeLessThan(30_000);
        },
      ),
      { numRuns: 50, seed: 5 },
    );
  });

  it('finds none between recordings that have nothing in common, or too little', () => {
    const other = { ...recorded(3, 400, 0, 0), prevTid: new Int32Array(400).fill(7) };
    expect(fitOffset(recorded(1, 400, 0, 0), other)).toBeUndefined();
    expect(fitOffset(recorded(1, 5, 0, 0), recorded(3, 5, 0, 0))).toBeUndefined();
  });
});

describe('files of one run', () => {
  const bytes = gunzipSync(readFileSync(repo('datasets/real/load-mix/ftrace.txt.gz')));
  const tasks = gunzipSync(readFileSync(repo('datasets/real/load-mix/tasks.txt.gz')));

  it('come to one clock by the switches both recorded', () => {
    const text = bytes.toString('latin1');
    const later = Buffer.from(
      text.replace(
        / (\d+)(\.\d{6}): /g,
        (_, seconds: string, rest: string) => ` ${Number(seconds) + 1234}${rest}: `,
      ),
      'latin1',
    );
    const trace = importRun([ftrace, bytes], [ftrace, later]);
    expect(trace.imports.map(({ clock }) => clock.how)).toEqual(['reference', 'fitted']);
    expect(trace.imports[1]?.clock.offset).toBeCloseTo(-1234e9, 0);
    const { time } = trace.tables.switches.columns;
    expect((time.at(-1) as number) - (time[0] as number)).toBeLessThan(40e9);
  });

  it('come to it by a sampler that reads two clocks', () => {
    const first = /^@ (\d+\.\d+) .*mono=(\d+\.\d+)/.exec(tasks.toString('latin1'));
    const wall = Buffer.from(`${Number(first?.[1]) + 10}\n0.50 0.40 0.30 2/200 999\n`);
    const trace = importRun([ftrace, bytes], [procSamples, tasks], [loadavg, wall]);
    expect(trace.imports[2]?.clock).toMatchObject({ name: 'realtime', how: 'fitted' });
    const { time, value } = trace.tables.counters.columns;
    const at = [...value].indexOf(0.5);
    const row =
      [...value.keys()].find((each) => value[each] === 0.3 && time[each] === time[[...value].indexOf(0.4)]) ??
      at;
    expect((time[row] as number) / 1e9).toBeCloseTo(Number(first?.[2]) + 10, 1);
  });

  it('come to it from local time, when only one zone lays the file on the run', () => {
    const [, unix = '', mono = ''] = /^@ (\d+\.\d+) .*mono=(\d+\.\d+)/.exec(tasks.toString('latin1')) ?? [];
    const local = (seconds: number): string =>
      new Date((Math.round(Number(unix)) + 5.5 * 3600 + seconds) * 1000)
        .toISOString()
        .slice(0, 19)
        .replace('T', ' ');
    const reports = [5, 6, 7].map(
      (seconds) => `${local(seconds)}\nDevice tps kB_read/s kB_wrtn/s\nsda 1.00 2.00 3.00\n`,
    );
    const trace = importRun([ftrace, bytes], [procSamples, tasks], [iostat, Buffer.from(reports.join('\n'))]);
    expect(trace.imports[2]?.clock).toMatchObject({ name: 'wall', how: 'fitted' });
    const [first] = timesOf(trace, REPORT, RECORDER);
    expect(Math.abs((first as number) / 1e9 - (Number(mono) + 5))).toBeLessThan(1);
    // Reports over an hour lie on the run in several zones: nobody knows which.
    const long = [5, 3605].map(
      (seconds) => `${local(seconds)}\nDevice tps kB_read/s kB_wrtn/s\nsda 1.00 2.00 3.00\n`,
    );
    const unsure = importRun([ftrace, bytes], [procSamples, tasks], [iostat, Buffer.from(long.join('\n'))]);
    expect(unsure.imports[2]?.clock.how).toBe('cannot align');
  });

  it('cannot be aligned when nothing connects them, and say so', () => {
    const drawn = schedArt('A@0: RRRSSSRRR\nB@0: SSSRRRSSS', { start: 9_000_000 });
    expect(importRun([ftrace, bytes], [ftrace, drawn]).imports[1]?.clock.how).toBe('cannot align');
    const ticks = Buffer.from(drawn.toString().replace(/ (\d+)\.(\d+): sched/g, ' $1$2: sched'));
    expect(importRun([ftrace, bytes], [ftrace, ticks]).imports[1]?.clock).toMatchObject({
      name: 'ticks',
      how: 'cannot align',
    });
  });
});

describe('stableOrder', () => {
  it('sorts like a stable sort', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (keys) => {
        const expected = keys
          .map((_, i) => i)
          .sort((a, b) => (keys[a] as number) - (keys[b] as number) || a - b);
        expect([...stableOrder(Float64Array.from(keys))]).toEqual(expected);
      }),
    );
  });
});
