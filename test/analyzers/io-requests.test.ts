import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { blockRecordings } from '../../analyzers/derived/io/recordings.ts';
import { requestLabels } from '../../analyzers/derived/io/request-labels.ts';
import { BY_ISSUER, LOST, MERGED, OPEN, SPLIT } from '../../analyzers/derived/io/request-table.ts';
import { requestModel } from '../../analyzers/derived/io/requests.ts';
import { waitTimes } from '../../analyzers/derived/io/wait-parts.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { type BlockArtOptions, blockArt } from '../support/block-art.ts';
import { importCut, importRun } from '../support/import.ts';

const START = 1000e9;
const ms = (ns: number): number => Math.round(ns / 1e3) / 1e3;

function contextOf(art: string, options: BlockArtOptions = {}): Context {
  return new Context(importCut(ftrace, blockArt(art, options)));
}

/** Completed requests as `comm op sector+sectors tag/plug/scheduler/device`, ms, in the order of completion. */
function told(context: Context): string[] {
  const { requests, completed } = context.derive(requestModel);
  const names = requestLabels(context);
  const times = context.derive(waitTimes);
  const { sector, bytes } = requests.columns;
  return [...completed].map((row, i) => {
    const parts = [times.tag, times.plug, times.scheduler, times.device].map((part) => ms(part[i] as number));
    return `${names.comm(row)} ${names.op(row)} ${sector[row]}+${(bytes[row] as number) / 512} ${parts.join('/')}`;
  });
}

/** States of requests that did not complete. */
function others(context: Context): string[] {
  const { requests } = context.derive(requestModel);
  const { complete, state, sector } = requests.columns;
  const names = { [LOST]: 'lost', [OPEN]: 'open', [MERGED]: 'merged' };
  return Array.from({ length: requests.length - 1 }, (_, i) => i + 1)
    .filter((row) => Number.isNaN(complete[row]))
    .map(
      (row) =>
        `${sector[row]} ${Object.entries(names).find(([bit]) => ((state[row] as number) & Number(bit)) !== 0)?.[1]}`,
    );
}

describe('requests', () => {
  it('wait for a tag, in a plug, in the scheduler and in the device', () => {
    const context = contextOf('fio 1000+8 RS: Q  G I    D         C');
    expect(told(context)).toEqual(['fio read 1000+8 3/2/5/10']);
  });

  it('that nobody inserted never were in the scheduler', () => {
    const context = contextOf(`
      fio 1000+8 RS: QGD   C
      fio 2000+8 RS: QGID  C
    `);
    expect(told(context)).toEqual(['fio read 1000+8 1/1/0/4', 'fio read 2000+8 1/1/1/3']);
  });

  it('grow by merges at their end and at their beginning', () => {
    const context = contextOf(`
      fio 1000+8=>992+24 W: QG   ID   C
      fio 1008+8 W:         Q M
      fio 992+8 W:            Q F
    `);
    expect(told(context)).toEqual(['fio write 992+24 1/4/1/4']);
    const { requests } = context.derive(requestModel);
    expect(requests.columns.bios[1]).toBe(3);
    // Queued 0 and 2 ms, merged 2 and 4 ms after the first bio was queued.
    expect(ms(requests.columns.queueSum[1] as number)).toBe(2);
    expect(ms(requests.columns.mergeSum[1] as number)).toBe(6);
  });

  it('merge with whole requests', () => {
    const context = contextOf(`
      fio 1000+8=>1000+16 W: QGi    D  C
      fio 1008+8 W:          QGi m
    `);
    expect(told(context)).toEqual(['fio write 1000+16 1/1/5/3']);
    expect(others(context)).toEqual(['1008 merged']);
    expect(context.derive(requestModel).requests.columns.bios[1]).toBe(2);
  });

  it('are charged to who queued them, not to the kworker that issued them', () => {
    const context = contextOf('fio 1000+8 R: QGI  d   C');
    expect(told(context)).toEqual(['fio read 1000+8 1/1/3/4']);
    const blind = contextOf('fio 1000+8 R: QGI  d   C', {
      lose: (line) => !/rq_(?:issue|complete)/.test(line),
    });
    expect(told(blind)).toEqual(['kworker/0:1H read 1000+8 NaN/NaN/NaN/4']);
    expect((blind.derive(requestModel).requests.columns.state[1] as number) & BY_ISSUER).toBe(BY_ISSUER);
  });

  it('are given back and issued again: the wait in between is the scheduler’s', () => {
    const context = contextOf('fio 1000+8 R: QGID R   D  C');
    expect(told(context)).toEqual(['fio read 1000+8 1/1/7/3']);
    expect(context.derive(requestModel).requests.columns.requeues[1]).toBe(1);
  });

  it('complete in parts, also when given back in between', () => {
    const whole = contextOf('fio 1000+16 R: QGID  c    C');
    expect(told(whole)).toEqual(['fio read 1000+16 1/1/1/8']);
    expect(whole.derive(requestModel).requests.columns.parts[1]).toBe(2);
    const again = contextOf('fio 1000+16 R: QGID  c R  D   C');
    expect(told(again)).toEqual(['fio read 1000+16 1/1/9/4']);
  });

  it('fail', () => {
    const context = contextOf('fio 1000+8 R: QGID  E');
    expect(context.derive(requestModel).requests.columns.error[1]).toBe(-5);
  });

  it('are made of parts of a split bio, which waited since it was queued', () => {
    // The kernel names the parts where they begin; only the whole was queued.
    const context = contextOf(`
      fio 1000+16 R:          Q X
      fio 1000+8 R:             G ID  C
      fio 1008+8 R:               G ID  C
    `);
    expect(told(context)).toEqual(['fio read 1000+8 2/2/1/3', 'fio read 1008+8 4/2/1/3']);
    const { state } = context.derive(requestModel).requests.columns;
    expect([state[1], state[2]]).toEqual([SPLIT, SPLIT]);
    const older = contextOf(`
      fio 1000+16 R:          Q X
      fio 1000+8 R:             G ID  C
      fio 1008+8 R:             Q G ID  C
    `);
    expect(told(older)).toEqual(told(context));
  });

  it('of two devices at the same sector are not mixed up', () => {
    const context = contextOf(`
      a 1000+8 R:        QGI  D      C
      b 1000+8 R @8,16: QGI D   C
    `);
    expect(told(context)).toEqual(['b read 1000+8 1/1/2/4', 'a read 1000+8 1/1/3/7']);
    const names = requestLabels(context);
    expect([...context.derive(requestModel).completed].map((row) => names.device(row))).toEqual([
      '8,16',
      '7,0',
    ]);
  });

  it('that read and write one sector at once are not mixed up', () => {
    const context = contextOf(`
      a 1000+8 R: QGID      C
      b 1000+8 W: QGID  C
    `);
    expect(told(context)).toEqual(['b write 1000+8 1/1/1/3', 'a read 1000+8 1/1/1/7']);
  });

  it('of one sector at once complete first come, first served', () => {
    const context = contextOf(`
      a 1000+8 R: QGID      C
      b 1000+8 R:    QGID     C
    `);
    expect(told(context)).toEqual(['a read 1000+8 1/1/1/7', 'b read 1000+8 1/1/1/6']);
  });

  it('flush', () => {
    const context = contextOf('jbd2/sda-8 0+0 FF: QGID  C');
    expect(told(context)).toEqual(['jbd2/sda-8 flush 0+0 1/1/1/3']);
  });
});

describe('lost events', () => {
  // The first request completes at 1000.005.
  const reused = `
    a 1000+8 R: QGID C
    a 1000+8 R:              QGID    C
    a 1000+8 R:                          QGID  C
  `;

  it('a completion that was lost is lost, and not taken from whoever uses the sector next', () => {
    const context = contextOf(reused, { lose: (line) => line.includes('1000.005000') });
    expect(told(context)).toEqual(['a read 1000+8 1/1/1/5', 'a read 1000+8 1/1/1/3']);
    expect(others(context)).toEqual(['1000 lost']);
    expect(context.derive(requestModel).lost).toBe(1);
    expect(told(contextOf(reused))).toEqual(['a read 1000+8 1/1/1/2', ...told(context)]);
  });

  it('a request older than any that completed is lost, a young one is still on its way', () => {
    const context = contextOf(`
      a 1000+8 R: QGID
      b 2000+8 R:   QGID      C
      b 3000+8 R:                QGID
    `);
    expect(told(context)).toEqual(['b read 2000+8 1/1/1/7']);
    expect(others(context)).toEqual(['1000 lost', '3000 open']);
  });

  it('a bio whose request was lost does not wait for the next at its sector', () => {
    const context = contextOf(
      `
      a 1000+8 R: QGID C
      a 1000+8 R:              QGID    C
    `,
      { lose: (line) => /1000\.00[1235]000/.test(line) },
    );
    expect(told(context)).toEqual(['a read 1000+8 1/1/1/5']);
  });

  it('issues without any completion are all lost or open, and quickly so', () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) =>
        `  kworker-9  [000] ..... ${(1000 + i / 1e3).toFixed(6)}: block_rq_issue: 8,0 FF 0 () 0 + 0 none,0,0 [kworker]`,
    );
    const context = new Context(importCut(ftrace, Buffer.from(`# tracer: nop\n${lines.join('\n')}\n`)));
    const { completed, lost, open } = context.derive(requestModel);
    expect([completed.length, lost + open]).toEqual([0, 20_000]);
  });

  it('a completion without an issue is counted', () => {
    const context = contextOf('a 1000+8 R: QGID   C', { lose: (line) => !line.includes('complete') });
    expect(context.derive(requestModel)).toMatchObject({ strays: 1, lost: 0 });
  });

  it('never make a latency longer or another’s, whatever is lost', () => {
    // One thread reads one sector again and again; completions are lost at random.
    const losses = fc.array(fc.boolean(), { minLength: 3, maxLength: 30 });
    fc.assert(
      fc.property(losses, (lost) => {
        const art = lost.map((_, i) => `a 1000+8 R: ${' '.repeat(i * 10)}QGID  C`).join('\n');
        const gone = new Set(
          lost.flatMap((each, i) => (each ? [(1000 + (i * 10 + 6) / 1000).toFixed(6)] : [])),
        );
        const context = contextOf(art, { lose: (line) => gone.has(/(\d+\.\d+):/.exec(line)?.[1] ?? '') });
        expect(told(context)).toEqual(lost.filter((each) => !each).map(() => 'a read 1000+8 1/1/1/3'));
        const { lost: missing, open } = context.derive(requestModel);
        expect(missing + open).toBe(gone.size);
      }),
      { numRuns: 50, seed: 5 },
    );
  });
});

describe('any order of requests', () => {
  it('keeps counts, bytes and times', () => {
    const request = fc.record({
      start: fc.integer({ min: 0, max: 60 }),
      waits: fc.tuple(...[1, 1, 1, 1].map((min) => fc.integer({ min, max: 9 }))),
      slot: fc.integer({ min: 0, max: 400 }),
      op: fc.constantFrom('R', 'WS', 'D'),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(request, { selector: ({ slot, op }) => `${slot} ${op}`, minLength: 1, maxLength: 30 }),
        (all) => {
          const art = all
            .map(({ start, waits, slot, op }, i) => {
              const steps = ['Q', 'G', 'I', 'D', 'C'].map((letter, at) => letter.padEnd(waits[at] ?? 1));
              return `${`t${i} ${slot * 8}+8 ${op}:`.padEnd(20)}${' '.repeat(start)}${steps.join('')}`;
            })
            .join('\n');
          const context = contextOf(art);
          const words = { R: 'read', WS: 'write', D: 'discard' };
          const expected = all.map(
            ({ waits, slot, op }, i) => `t${i} ${words[op as 'R']} ${slot * 8}+8 ${waits.join('/')}`,
          );
          expect(told(context).sort()).toEqual(expected.sort());
        },
      ),
      { numRuns: 60, seed: 11 },
    );
  });
});

describe('any events in any order', () => {
  const phases = [
    'bio_queue',
    'getrq',
    'bio_backmerge',
    'bio_frontmerge',
    'rq_insert',
    'rq_issue',
    'rq_complete',
    'rq_requeue',
    'rq_merge',
    'split',
  ] as const;
  const line = (phase: string, sector: number, count: number, thread: number, at: number): string => {
    const place = `${sector * 8} + ${count * 8}`;
    const text =
      phase === 'split'
        ? `8,0 R ${sector * 8} / ${sector * 8 + 4} [t]`
        : /^rq_(?:complete|requeue)/.test(phase)
          ? `8,0 R () ${place} [0]`
          : phase.startsWith('rq_')
            ? `8,0 R ${count * 4096} () ${place} [t]`
            : `8,0 R ${place} [t]`;
    return `   t-${thread} [000] ..... ${(1000 + at / 1e3).toFixed(6)}: block_${phase}: ${text}`;
  };

  it('end, complete each completion at most once, never before it was issued, and account for every request', () => {
    const event = fc.tuple(
      fc.constantFrom(...phases),
      fc.nat(3),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 1, max: 3 }),
    );
    fc.assert(
      fc.property(fc.array(event, { minLength: 1, maxLength: 60 }), (events) => {
        const text = events
          .map(([phase, sector, count, thread], at) => line(phase, sector, count, thread, at))
          .join('\n');
        const context = new Context(importCut(ftrace, Buffer.from(`# tracer: nop\n${text}\n`)));
        const { requests, completed, lost, open, strays } = context.derive(requestModel);
        const { issue, complete, queue, parts, state, bytes, sector } = requests.columns;
        const ends = events.filter(([phase]) => phase === 'rq_complete').length;
        expect(completed.length + strays).toBeLessThanOrEqual(ends);
        // Parts done of requests that are not complete are seen, too.
        expect(parts.reduce((all, each) => all + each, 0) + strays).toBe(ends);
        for (const row of completed) {
          for (const before of [issue, queue])
            if (!Number.isNaN(before[row]))
              expect((complete[row] as number) - (before[row] as number)).toBeGreaterThan(0);
          expect(bytes[row]).toBeGreaterThanOrEqual(0);
          expect(sector[row]).toBeGreaterThanOrEqual(0);
        }
        const merged = state.filter((bits) => (bits & MERGED) !== 0).length;
        expect(completed.length + lost + open + merged).toBe(requests.length - 1);
      }),
      { numRuns: 400, seed: 17 },
    );
  });
});

describe('IO priorities', () => {
  it.each([
    ['be,0,4', 'be,4'],
    ['rt,0,0', 'rt,0'],
    ['idle,0,0', 'idle'],
    ['none,0,0', 'none'],
    ['0x2,0,4', 'be,4'],
    ['0x1,0,3', 'rt,3'],
    ['2,0,4', 'be,4'],
    ['0x4,0,1', '0x4,1'],
    ['', 'not recorded'],
  ])('%s is %s', (printed, label) => {
    const context = contextOf('a 1000+8 R: QGID C', { ioprio: printed });
    expect(requestLabels(context).ioprio(1)).toBe(label);
  });
});

describe('recordings', () => {
  const art = `
    a 1000+8 R: QGID C
    a 2000+8 R:        QGID C
  `;

  it('of the same IO are used once: the one with most phases', () => {
    const whole = blockArt(art);
    const half = blockArt(art, { lose: (line) => !/rq_(?:issue|complete)/.test(line) });
    const context = new Context(importRun([ftrace, half], [ftrace, whole]));
    expect(context.derive(blockRecordings).used.map(({ sources }) => sources)).toEqual([[1]]);
    expect(told(context)).toEqual(['a read 1000+8 1/1/1/2', 'a read 2000+8 1/1/1/2']);
  });

  it('of one time after the other are both used', () => {
    const context = new Context(
      importRun([ftrace, blockArt(art)], [ftrace, blockArt(art, { start: START / 1e9 + 5 })]),
    );
    expect(context.derive(requestModel).completed).toHaveLength(4);
  });
});
