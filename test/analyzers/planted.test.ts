import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { designEffect } from '../../analyzers/stats/design-effect.ts';
import { wilsonInterval } from '../../analyzers/stats/wilson.ts';
import { type SynthCapture, type SynthOptions, synthCapture } from '../../datasets/synth/perf-script.ts';
import type { Report } from '../../model/report.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { importCut } from '../support/import.ts';

function planted(options: SynthOptions): { report: Report; truth: SynthCapture } {
  const truth = synthCapture(options);
  return { report: analyse(importCut(perfScript, Buffer.from(truth.text)), '0'), truth };
}

function metric(report: Report, id: string, labels: Record<string, string> = {}): number | undefined {
  return report.metrics.find(
    (m) => m.id === id && Object.entries(labels).every(([name, value]) => m.labels[name] === value),
  )?.value;
}

function finding(report: Report, id: string): string | undefined {
  return report.findings.find((found) => found.id === id)?.severity;
}

describe('what was planted is found', () => {
  it('self, total and process shares are exact, recursion counted once, idle apart', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 30, max: 300 }), (seed, samples) => {
        const { report, truth } = planted({ seed, samples, idle: 0.2, period: (i) => 1000 + (i % 7) * 100 });
        for (const [name, weight] of truth.selfOf) {
          const share = metric(report, 'cpu.function.self.share', { function: name });
          if (share !== undefined) expect(share).toBeCloseTo(weight / truth.busy, 12);
        }
        for (const [name, weight] of truth.totalOf) {
          const share = metric(report, 'cpu.function.total.share', { function: name });
          if (share !== undefined) expect(share).toBeCloseTo(weight / truth.busy, 12);
        }
        for (const [name, weight] of truth.processOf) {
          expect(metric(report, 'cpu.process.share', { process: name })).toBeCloseTo(weight / truth.busy, 12);
        }
        if (truth.idle > 0)
          expect(metric(report, 'cpu.idle.share')).toBeCloseTo(truth.idle / (truth.idle + truth.busy), 12);
      }),
      { numRuns: 25 },
    );
  });

  it('lost events are counted, and critical when they are many', () => {
    const { report, truth } = planted({ seed: 1, samples: 2000, lost: { every: 10, count: 3 } });
    expect(metric(report, 'sampling.lost.share')).toBeCloseTo(truth.lost / (truth.lost + 2000), 12);
    expect(finding(report, 'cpu/sampling/lost')).toBe('critical');
    expect(
      finding(
        planted({ seed: 1, samples: 2000, lost: { every: 1000, count: 3 } }).report,
        'cpu/sampling/lost',
      ),
    ).toBe('note');
    expect(finding(planted({ seed: 1, samples: 2000 }).report, 'cpu/sampling/lost')).toBeUndefined();
  });

  it('a period that drifts is found, a steady one is not', () => {
    const drifting = planted({
      seed: 2,
      samples: 3000,
      period: (i) => (i < 1000 ? 1_000_000 : 4_000_000),
    }).report;
    expect(metric(drifting, 'sampling.period.drift')).toBe(4);
    expect(finding(drifting, 'cpu/sampling/drift')).toBe('note');
    const steady = planted({ seed: 2, samples: 3000 }).report;
    expect(metric(steady, 'sampling.period.drift')).toBe(1);
    expect(finding(steady, 'cpu/sampling/drift')).toBeUndefined();
  });

  it('samples out of time order are sorted and said', () => {
    const { text } = synthCapture({ seed: 5, samples: 400 });
    const swapped = text.replace(/ 1000\.1\d{5}: /g, (time) => time.replace('1000.1', '1000.0'));
    const report = analyse(importCut(perfScript, Buffer.from(swapped)), '0');
    expect(finding(report, 'cpu/sampling/order')).toBe('note');
    expect(metric(report, 'sampling.out_of_order.share')).toBeGreaterThan(0);
    const flame = report.sections.find((section) => section.kind === 'flame');
    const times = flame?.samples?.time ?? [];
    expect(times.every((at, i) => i === 0 || at >= (times[i - 1] as number))).toBe(true);
  });

  it('too few samples are said to be too few', () => {
    expect(finding(planted({ seed: 3, samples: 60 }).report, 'cpu/sampling/count')).toBe('warning');
    expect(finding(planted({ seed: 3, samples: 900 }).report, 'cpu/sampling/count')).toBe('note');
    expect(finding(planted({ seed: 3, samples: 4000 }).report, 'cpu/sampling/count')).toBe('ok');
  });

  it('the interval of a share covers the truth about as often as it says', () => {
    let covered = 0;
    const tries = 150;
    for (let seed = 0; seed < tries; seed++) {
      // Innermost functions are the smaller of two uniform numbers below 60: P(function_0) = 1 − (59/60)².
      const { report } = planted({ seed: seed * 7919 + 1, samples: 1500, deepest: 1 });
      const found = report.metrics.find(
        (m) => m.id === 'cpu.function.self.share' && m.labels.function === 'function_0',
      );
      const truth = 1 - (59 / 60) ** 2;
      if (found !== undefined && (found.low as number) <= truth && truth <= (found.high as number)) covered++;
    }
    expect(covered / tries).toBeGreaterThan(0.9);
  });
});

describe('stack quality', () => {
  const header = (i: number): string => `app 7/7 [000] ${(1 + i / 1000).toFixed(6)}: 1000000 cpu-clock: \n`;
  const capture = (stacks: string[]): Report =>
    analyse(
      importCut(perfScript, Buffer.from(stacks.map((stack, i) => `${header(i)}${stack}\n`).join(''))),
      '0',
    );
  const whole =
    '\t7f01 work+0x1 (/usr/bin/app)\n\t7f02 main+0x1 (/usr/bin/app)\n\t7f03 __libc_start_call_main+0x1 (/usr/lib/libc.so.6)\n';
  const jit =
    '\t3f01 [unknown] (//anon)\n\t7f02 main+0x1 (/usr/bin/app)\n\t7f03 __libc_start_call_main+0x1 (/usr/lib/libc.so.6)\n';
  const broken = '\t7f01 work+0x1 (/usr/bin/app)\n';

  it('says how much has no symbol, where, and how to mend it', () => {
    const report = capture([...Array(60).fill(whole), ...Array(40).fill(jit)]);
    expect(metric(report, 'stacks.unknown.share')).toBeCloseTo(0.4, 12);
    expect(metric(report, 'stacks.unknown.module.share', { module: 'anon' })).toBeCloseTo(0.4, 12);
    const found = report.findings.find(({ id }) => id === 'cpu/stack-quality/unknown');
    expect(found?.severity).toBe('warning');
    expect(found?.actions[0]?.text).toContain('/tmp/perf-7.map');
  });

  it('tells stacks that break off from whole ones', () => {
    const report = capture([...Array(70).fill(whole), ...Array(30).fill(broken)]);
    expect(metric(report, 'stacks.broken.share')).toBeCloseTo(0.3, 12);
    expect(finding(report, 'cpu/stack-quality/broken')).toBe('warning');
    expect(finding(capture(Array(100).fill(whole)), 'cpu/stack-quality/broken')).toBe('ok');
  });

  it('finds stacks cut at the limit of the recorder', () => {
    const deep = Array.from(
      { length: 127 },
      (_, i) => `\t7f${i.toString(16).padStart(2, '0')} f${i}+0x1 (/usr/bin/app)\n`,
    ).join('');
    expect(
      finding(capture([...Array(90).fill(whole), ...Array(10).fill(deep)]), 'cpu/stack-quality/cut'),
    ).toBe('warning');
    expect(finding(capture(Array(100).fill(whole)), 'cpu/stack-quality/cut')).toBeUndefined();
  });
});

describe('statistics', () => {
  it('Wilson intervals are those of the literature', () => {
    // Newcombe, Stat. Med. 17 (1998) 857, table I, method 3.
    for (const [x, n, low, high] of [
      [81, 263, 0.2553, 0.3662],
      [15, 148, 0.0624, 0.1605],
      [0, 20, 0, 0.1611],
      [1, 29, 0.0061, 0.1718],
    ] as const) {
      const interval = wilsonInterval(x / n, n);
      expect(interval.low).toBeCloseTo(low, 4);
      expect(interval.high).toBeCloseTo(high, 4);
    }
  });

  it('the design effect is large for bursts and 1 for an even mixture', () => {
    const whole = new Float64Array(20).fill(100);
    const even = new Float64Array(20).fill(30);
    const burst = Float64Array.from({ length: 20 }, (_, b) => (b < 6 ? 100 : 0));
    expect(designEffect(even, whole, 2000)).toBe(1);
    expect(designEffect(burst, whole, 2000)).toBeGreaterThan(50);
  });
});
