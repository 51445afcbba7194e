import { describe, expect, it } from 'vitest';
import type { Analyzer, Answer } from '../../analyzers/analyzer.ts';
import { Context } from '../../analyzers/context.ts';
import { idleGaps } from '../../analyzers/derived/io/idle-gaps.ts';
import { ageing } from '../../analyzers/io/signatures/ageing.ts';
import { behindWrites } from '../../analyzers/io/signatures/behind-writes.ts';
import { idling } from '../../analyzers/io/signatures/idling.ts';
import { weightRaising } from '../../analyzers/io/signatures/weight-raising.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { settings } from '../../workers/importers/settings.ts';
import { blockArt } from '../support/block-art.ts';
import { importRun } from '../support/import.ts';

type Tunables = Readonly<Record<string, string | number>>;

function contextOf(art: string, step: number, tunables: Tunables): Context {
  const list = Object.entries(tunables).map(([file, value]) => `/sys/block/loop0/queue/${file}: ${value}\n`);
  return new Context(
    importRun(
      [ftrace, blockArt(art, { step })],
      ...(list.length === 0 ? [] : [[settings, Buffer.from(list.join(''))] as const]),
    ),
  );
}

function answer(analyzer: Analyzer, art: string, step: number, tunables: Tunables): Answer {
  return analyzer.run(contextOf(art, step, tunables));
}

/** A request that is drawn from a column on. */
function lane(name: string, sector: number, rwbs: string, column: number, steps: string): string {
  const head = `${name} ${sector}+8 ${rwbs}:`;
  return `${head.padEnd(40)}${' '.repeat(column)}${steps}`;
}

describe('mq-deadline’s ageing', () => {
  const mq = { scheduler: 'none [mq-deadline]', 'iosched/prio_aging_expire': 10000 };
  /** A real-time reader without pause, two requests a second. */
  const rt = Array.from({ length: 12 }, (_, second) =>
    [0, 1].map((i) => lane('rt', 5000 + second * 16 + i * 8, 'RS (rt,0,4)', second, 'QDC')),
  ).flat();
  const waiting = (seconds: number, priority = 'be,0,4'): string =>
    [...rt, lane('reader', 100, `RS (${priority})`, 0, `QI${' '.repeat(seconds - 2)}DC`)].join('\n');

  it('is named when a lower class waits just over prio_aging_expire while a higher one is served', () => {
    const { findings, metrics } = answer(ageing, waiting(10), 1000, mq);
    expect(findings).toHaveLength(1);
    // Issued at 0 … 10 s: of the RT requests drawn at seconds 0 to 8 the issue, a second later, lies inside.
    expect(findings[0]?.confidence.why).toMatch(/^18 requests of higher classes were issued/);
    expect(findings[0]?.claim).toContain('1 of 1 requests of lower IO classes waited 10 s');
    expect(metrics[0]).toMatchObject({ id: 'io.signature.ageing', value: 1, n: 1 });
  });

  it('goes by the captured tunable, and says when it is the default', () => {
    expect(answer(ageing, waiting(10), 1000, { ...mq, 'iosched/prio_aging_expire': 5000 }).findings).toEqual(
      [],
    );
    expect(answer(ageing, waiting(5), 1000, { ...mq, 'iosched/prio_aging_expire': 5000 }).findings).toEqual(
      [],
    );
    const plain = answer(ageing, waiting(10), 1000, { scheduler: '[mq-deadline] none' }).findings;
    expect(plain[0]?.caveats[0]).toContain('was not captured');
  });

  it('is not seen in shorter waits, within the highest class, or under another scheduler', () => {
    expect(answer(ageing, waiting(9), 1000, mq).findings).toEqual([]);
    expect(answer(ageing, waiting(10, 'rt,0,4'), 1000, mq).findings).toEqual([]);
    expect(answer(ageing, waiting(10), 1000, { scheduler: '[bfq] none' }).findings).toEqual([]);
  });

  it('needs the scheduler to be known', () => {
    const context = contextOf(waiting(10), 1000, {});
    const unmet = ageing.needs.find(({ met }) => !met(context.trace, context));
    expect(unmet?.missing).toContain('IO scheduler');
  });
});

describe('bfq’s weight-raising', () => {
  const bfq = { scheduler: 'none [bfq]', rotational: 1, 'iosched/low_latency': 1 };
  /** Requests of a program, `rate(second)` a second, 100 ms a column. */
  const program = (
    name: string,
    rwbs: string,
    base: number,
    seconds: number,
    rate: (s: number) => number,
  ): string[] =>
    Array.from({ length: seconds }, (_, s) =>
      Array.from({ length: rate(s) }, (_, i) => lane(name, base + s * 400 + i * 8, rwbs, s * 10 + i, 'QDC')),
    ).flat();
  const run = (seconds: number, rate: (s: number) => number): string =>
    [...program('reader', 'RS', 0, seconds, () => 4), ...program('writer', 'WS', 1e6, seconds, rate)].join(
      '\n',
    );

  it('is named when a stream is served differently from the moment on at which it may end', () => {
    const { findings, metrics } = answer(
      weightRaising,
      run(24, (s) => (s < 10 ? s % 2 : 5 + (s % 2))),
      100,
      bfq,
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]?.claim).toMatch(
      /come first for 10 s, and when that ends, writer write be,4 up to 4 KiB 0\.\d+ \/s → 5\.\d+ \/s/,
    );
    expect(metrics).toHaveLength(1);
    expect(metrics[0]?.value).toBeGreaterThan(4);
  });

  it('is not named without low_latency, under another scheduler, or where nothing changes', () => {
    const art = run(24, (s) => (s < 10 ? s % 2 : 5 + (s % 2)));
    expect(answer(weightRaising, art, 100, { ...bfq, 'iosched/low_latency': 0 }).findings).toEqual([]);
    expect(answer(weightRaising, art, 100, { ...bfq, scheduler: '[kyber]' }).findings).toEqual([]);
    expect(
      answer(
        weightRaising,
        run(24, (s) => 4 + (s % 2)),
        100,
        bfq,
      ).findings,
    ).toEqual([]);
  });

  it('says that a run that is over before has not enough data', () => {
    const { findings, metrics } = answer(
      weightRaising,
      run(9, () => 4),
      100,
      bfq,
    );
    expect(findings[0]?.claim).toMatch(
      /^Not enough data .* for about 10\.5 s, and the trace is 9 s|8\.\d s long/,
    );
    expect(metrics).toEqual([]);
  });
});

describe('deep writes before readers', () => {
  /** A reader with one request after the other, 10 ms each, and `writes` writes completing within each. */
  const art = (writes: number, readers = 0): string =>
    Array.from({ length: 25 }, (_, i) => [
      lane('reader', 100 + i * 8, 'RS', i * 10, `QG D${' '.repeat(5)}C`),
      ...Array.from({ length: writes }, (_, w) =>
        lane(
          `writer${w}`,
          1e6 + (i * 8 + w) * 8,
          'WS',
          Math.max(0, i * 10 - 1),
          `${i === 0 ? ' ' : ''}QG D${' '.repeat(w)}C`,
        ),
      ),
      ...Array.from({ length: readers }, (_, w) =>
        lane(
          `other${w}`,
          2e6 + (i * 8 + w) * 8,
          'RS',
          Math.max(0, i * 10 - 1),
          `${i === 0 ? ' ' : ''}QG D${' '.repeat(w)}C`,
        ),
      ),
    ])
      .flat()
      .join('\n');

  it('are named when most of what the device does meanwhile are writes', () => {
    const { findings, metrics } = answer(behindWrites, art(4), 10, {});
    expect(findings).toHaveLength(1);
    expect(metrics.find(({ labels }) => labels.who?.startsWith('reader'))).toMatchObject({ value: 1, n: 25 });
    // A column is 10 ms, a read nine of them.
    expect(findings[0]?.claim).toContain('reader read be,4 up to 4 KiB takes 90 ms on average, and 100.0 %');
    expect(findings[0]?.evidence[0]?.formula).toMatch(
      /^4\.0 requests completed while a read waited, 4\.0 of them writes/,
    );
    expect(findings[0]?.severity).toBe('warning');
    expect(answer(behindWrites, art(4), 1, {}).findings[0]?.severity).toBe('note');
  });

  it('are not when other readers are what it waits behind, or few writes', () => {
    const { metrics } = answer(behindWrites, art(2, 5), 10, {});
    // Two writes of seven.
    expect(metrics.filter(({ labels }) => labels.who?.startsWith('reader'))).toEqual([]);
    expect(answer(behindWrites, art(1), 10, {}).findings).toEqual([]);
  });
});

describe('idling on flash', () => {
  const cfq = { scheduler: 'noop deadline [cfq]', rotational: 0, 'iosched/slice_idle': 8 };
  /** b's request is held while nothing of a comes: 8 ms of every 12. */
  const art = Array.from({ length: 8 }, (_, i) => [
    lane('a', 100 + i * 8, 'RS', i * 12, 'QGIDC'),
    lane('b', 900 + i * 8, 'RS', i * 12, 'QGI         DC'),
  ])
    .flat()
    .join('\n');

  it('is the time between a completion and the next issue while a request is held', () => {
    const { gaps, busy } = idleGaps(contextOf(art, 1, cfq), 7 << 20);
    // From a's completion at column 4 to b's issue at 12. The first begins at I; each later pair begins at 2 + 12 i, the last ends at 13 + 84.
    expect(gaps.filter((gap) => gap > 2e6).map((gap) => Math.round(gap / 1e6))).toEqual(
      Array.from({ length: 8 }, () => 8),
    );
    expect(busy / 1e6).toBeGreaterThan(80);
    const { findings, metrics } = answer(idling, art, 1, cfq);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.evidence[0]?.formula).toMatch(/slice_idle 8 ms/);
    expect(metrics[0]?.value).toBeCloseTo(
      gaps.filter((gap) => gap >= 500e3).reduce((a, b) => a + b) / busy,
      9,
    );
  });

  it('is no finding on a rotating disk, under other schedulers, without idling, or when gaps are longer than the timer', () => {
    expect(answer(idling, art, 1, { ...cfq, rotational: 1 }).findings).toEqual([]);
    expect(answer(idling, art, 1, { ...cfq, scheduler: '[mq-deadline]' }).findings).toEqual([]);
    expect(answer(idling, art, 1, { ...cfq, 'iosched/slice_idle': 0 }).findings).toEqual([]);
    expect(answer(idling, art, 20, cfq).findings).toEqual([]);
  });
});
