import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import { Context } from '../../analyzers/context.ts';
import { cpusInList } from '../../analyzers/derived/cpu-list.ts';
import { activities, UNTERMINATED } from '../../analyzers/derived/sched/intervals.ts';
import { timeline } from '../../analyzers/derived/sched/timeline.ts';
import { dStates } from '../../analyzers/derived/sched/wait-reason.ts';
import { runqueueWaits } from '../../analyzers/derived/sched/waits.ts';
import { taskStates } from '../../model/sched-tables.ts';
import { renderReport } from '../../viz/html/report.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { importCut } from '../support/import.ts';
import { type ArtOptions, parseArt, schedArt } from '../support/sched-art.ts';

function contextOf(art: string, options: ArtOptions = {}): Context {
  return new Context(importCut(ftrace, schedArt(art, options)));
}

/** ms of each activity of a task by its thread id; sleeps by state; what nobody saw end in capitals with a question mark. */
function times(context: Context, tid: number): Record<string, number> {
  const { intervals, lives } = context.derive(timeline);
  const { life, activity, state, start, end, flags } = intervals.columns;
  const sums: Record<string, number> = {};
  for (let row = 0; row < intervals.length; row++) {
    if (lives.tid[life[row] as number] !== tid) continue;
    const name = activities[activity[row] as number] ?? '';
    const open = ((flags[row] as number) & UNTERMINATED) !== 0 ? '?' : '';
    const key = (name === 'sleeping' ? (taskStates[state[row] as number] ?? '') : name) + open;
    sums[key] = (sums[key] ?? 0) + Math.round(((end[row] as number) - (start[row] as number)) / 1e3) / 1e3;
  }
  return sums;
}

describe('what threads did', () => {
  it('one thread: running, asleep, in D', () => {
    const context = contextOf('A@0: RRRRSSDDDDRR'.replace('SSDD', 'SSRD'));
    expect(times(context, 101)).toEqual({ running: 7, S: 2, D: 3 });
    expect(context.derive(timeline).lost).toBe(0);
  });

  it('two threads on one CPU: queued after a wake-up, and after losing the CPU', () => {
    const context = contextOf(`
      A@0: RRRqqqRRSS
      B@0: SSqRRRSSRR
    `);
    expect(times(context, 101)).toEqual({ running: 5, queued: 3, 'S?': 2 });
    expect(times(context, 102)).toEqual({ queued: 1, running: 5, S: 2 });
    const { start, end } = context.derive(timeline).intervals.columns;
    const waits = [...context.derive(runqueueWaits)].map(
      (row) => ((end[row] as number) - (start[row] as number)) / 1e6,
    );
    expect(waits.sort()).toEqual([1, 3]);
  });

  it('two CPUs: a thread runs when the trace begins, another never shows before it wakes', () => {
    const context = contextOf(`
      A@0: RRRRRRSSRR
      B@1: SSSSRRSSSR
    `);
    expect(times(context, 101)).toEqual({ running: 8, S: 2 });
    // Before its first wake-up nobody knows whether B slept in S or in D.
    expect(times(context, 102)).toEqual({ running: 3, S: 3 });
  });

  it('a thread that is born, dies, and whose id is used again', () => {
    const context = contextOf(`
      A@0: RRRRSSRRRR
      B@1: --qRRXXXXX
    `);
    expect(times(context, 102)).toEqual({ queued: 1, running: 2 });
    const text = schedArt('A@0: RRRR\nB@1: -RXX').toString();
    const again =
      text +
      `${'A'.padStart(16)}-101     [000] d..2.  1000.010000: sched_wakeup_new: comm=other pid=102 prio=120 target_cpu=001\n` +
      `${'<idle>'.padStart(16)}-0       [001] d..2.  1000.011000: sched_switch: prev_comm=swapper/1 prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=other next_pid=102 next_prio=120\n`;
    const { lives } = new Context(importCut(ftrace, Buffer.from(again))).derive(timeline);
    expect([...lives.tid].filter((tid) => tid === 102)).toHaveLength(2);
  });

  it('a D that nobody saw end counts in no total and is listed', () => {
    const context = contextOf(`
      A@0: RRDDDDDDDD
      B@1: RRSSRRRRRR
    `);
    const { counted, left } = context.derive(dStates);
    expect(counted).toEqual([]);
    expect(left).toHaveLength(1);
    expect((left[0]?.end ?? 0) - (left[0]?.start ?? 0)).toBe(8e6);
  });
});

describe('lost switches', () => {
  const art = `
    A@0: RRRSSSRRRR
    B@0: SSqRRRqqqq
  `;

  it('are counted by continuity, and what they hide counts as neither R nor D', () => {
    // B leaves for A at 6 ms, and nobody writes it down.
    const context = contextOf(art, { lose: (line) => line.includes('prev_comm=B') });
    const { lost, repaired } = context.derive(timeline);
    // A runs on to the end of the trace, so nothing contradicts yet.
    expect([lost, repaired]).toEqual([0, 0]);
    const later = contextOf(
      `
      A@0: RRRSSSRRRRSS
      B@0: SSqRRRSSSSSS
    `,
      { lose: (line) => line.includes('prev_comm=B') },
    );
    expect(later.derive(timeline)).toMatchObject({ lost: 1, repaired: 1 });
    expect(times(later, 102)).toMatchObject({ unknown: 7 });
    expect(times(later, 102)).not.toHaveProperty('D');
    // A was woken at 6 ms: it waited or ran since, whichever.
    const a = times(later, 101);
    expect((a.running ?? 0) + (a.queued ?? 0)).toBeCloseTo(3 + 4, 6);
  });

  it('are none in a whole trace', () => {
    expect(contextOf(art).derive(timeline)).toMatchObject({ lost: 0, repaired: 0, lostWakeups: 0 });
  });

  it('leave a buffer that started late blind, not wrong', () => {
    const text = schedArt(`
      A@0: RRRRSSSSRRRR
      B@1: RRRRRRDDRRRR
    `).toString();
    const lines = text.split('\n');
    const first = lines.findIndex((line) => line.includes('[001]'));
    lines.splice(first, 0, '##### CPU 1 buffer started ####');
    const context = new Context(importCut(ftrace, Buffer.from(lines.join('\n'))));
    // B ran when its CPU's buffer began, and nobody knows what it did before.
    expect(times(context, 102)).toEqual({ D: 2, running: 4 });
  });
});

describe('a thread that wakes under another name', () => {
  const rename = (text: string): Buffer =>
    Buffer.from(text.replaceAll(/(sched_wakeup: comm=)B( pid=102)/g, '$1dd$2'));
  const frozen = ['percpu_rwsem_wait', '__percpu_down_read', 'mnt_want_write'];

  it('ran unseen in between: its stack is not why it slept', () => {
    const art = 'A@0: RRRRRRRRRR\nB@1: RRDDDDDRRR';
    const context = new Context(
      importCut(ftrace, rename(schedArt(art, { stacks: { B: ['folio_wait_bit_common'] } }).toString())),
    );
    expect(context.derive(dStates).counted).toEqual([]);
    expect(context.derive(dStates).left[0]?.why).toContain('another name');
  });

  it('waited for what those waited for who were woken in the same act', () => {
    const art = 'A@0: RRRRRRRRRR\nB@1: RRDDDDDRRR\nC@2: RRDDDDDRRR\nE@3: RRDDDDDRRR';
    const stacks = { B: ['folio_wait_bit_common'], C: frozen, E: frozen };
    const context = new Context(importCut(ftrace, rename(schedArt(art, { stacks }).toString())));
    const { counted } = context.derive(dStates);
    expect(counted.map(({ reason, from }) => `${reason} by ${from}`)).toEqual([
      'frozen filesystem by woken together',
      'frozen filesystem by stack',
      'frozen filesystem by stack',
    ]);
  });
});

describe('laws', () => {
  const letters = fc.constantFrom('R', 'S', 'D');
  const lane = fc.array(letters, { minLength: 3, maxLength: 60 }).map((states) =>
    // A thread that wakes runs at once; falling asleep needs to have run.
    states.join('').replace(/SD/g, 'SR').replace(/DS/g, 'DR'),
  );

  it('conserves time: every thread’s intervals add up to what was drawn', () => {
    fc.assert(
      fc.property(fc.array(lane, { minLength: 1, maxLength: 4 }), (lanes) => {
        const length = Math.max(...lanes.map((each) => each.length));
        const art = lanes.map((each, i) => `T${i}@${i}: ${each.padEnd(length, each.at(-1))}`).join('\n');
        const context = contextOf(art);
        for (const { tid, states } of parseArt(art)) {
          // Before its first event nothing is known of a sleeper; after its last sleep nothing of its end.
          const known = states.replace(/^[SD]+/, '').replace(/[SD]+$/, '');
          if (!/R[SD]|[SD]R/.test(states)) continue;
          const sums = times(context, tid);
          const count = (letter: string): number => [...known].filter((each) => each === letter).length;
          expect(sums.running ?? 0).toBeCloseTo(count('R'), 6);
          expect(sums.S ?? 0).toBeCloseTo(count('S'), 6);
          expect(sums.D ?? 0).toBeCloseTo(count('D'), 6);
          expect(sums.unknown ?? 0).toBe(0);
        }
      }),
      { numRuns: 150, seed: 7 },
    );
  });

  it('never invents R or D when switches are lost: R and D stay within what was drawn', () => {
    fc.assert(
      fc.property(
        fc.array(lane, { minLength: 2, maxLength: 3 }),
        fc.integer({ min: 2, max: 9 }),
        (lanes, every) => {
          const length = Math.max(...lanes.map((each) => each.length));
          const art = lanes.map((each, i) => `T${i}@${i}: ${each.padEnd(length, each.at(-1))}`).join('\n');
          let n = 0;
          const context = contextOf(art, {
            lose: (line) =>
              line.includes('sched_switch') && !line.includes('prev_comm=swapper') && n++ % every === 0,
          });
          for (const { tid, states } of parseArt(art)) {
            const drawn = [...states].filter((each) => each === 'D').length;
            expect(times(context, tid).D ?? 0).toBeLessThanOrEqual(drawn + 1e-6);
          }
        },
      ),
      { numRuns: 100, seed: 11 },
    );
  });
});

describe('what other events add', () => {
  it('sched_blocked_reason tells why a thread was in D that has no stack', () => {
    const text = schedArt('A@0: RRRRRRRR\nB@1: RRDDDRRR').toString();
    const lines = text.trimEnd().split('\n');
    const wake = lines.findIndex((line) => line.includes('sched_wakeup: comm=B'));
    lines.splice(
      wake,
      0,
      `${'<idle>'.padStart(16)}-0       [001] d..3.  1000.005000: sched_blocked_reason: pid=102 iowait=1 caller=filemap_fault+0x10/0x20`,
    );
    const context = new Context(importCut(ftrace, Buffer.from(`${lines.join('\n')}\n`)));
    expect(context.derive(dStates).counted.map(({ reason, from }) => [reason, from])).toEqual([
      ['page fault', 'sched_blocked_reason'],
    ]);
  });

  it('a page made by systrace is read like the trace it holds', () => {
    const drawn = schedArt('A@0: RRRSSRRR\nB@0: SSSRRSSS');
    const page = Buffer.from(
      `<!DOCTYPE html>\n<html><head><title>Android System Trace</title>\n<script>var a = 1;</script>\n<script class="trace-data" type="application/text">\n${drawn.toString()}</script></html>\n`,
    );
    expect(ftrace.sniff(page, 'x')).toBe('yes');
    const trace = importCut(ftrace, page);
    expect(trace.imports[0]?.skipped).toBe(0);
    expect(trace.tables.switches.length).toBe(importCut(ftrace, drawn).tables.switches.length);
  });

  it('ten thousand gaps and a stack of fifty thousand frames are no trouble', () => {
    const stack = Array.from({ length: 50_000 }, (_, i) => `f${i}`);
    const deep = schedArt('A@0: RRRRRRRR\nB@1: RRDDDRRR', { stacks: { B: stack } }).toString();
    const lines = Array.from({ length: 10_000 }, (_, i) =>
      [
        `CPU:1 [LOST ${i + 1} EVENTS]`,
        `${'x'.padStart(16)}-${(500 + i).toString().padEnd(7)} [001] d..2.  ${(2000 + i / 1000).toFixed(6)}: sched_switch: prev_comm=x prev_pid=${500 + i} prev_prio=120 prev_state=S ==> next_comm=y next_pid=7 next_prio=120`,
      ].join('\n'),
    );
    const report = analyse(importCut(ftrace, Buffer.from(`${deep}${lines.join('\n')}\n`)), '0');
    expect(report.metrics.find(({ id }) => id === 'trace.events.lost')?.value).toBe(50_005_000);
    expect(report.sections.some(({ id }) => id === 'load/d-state/flame')).toBe(true);
  });

  it('counts migrations by distance where the header tells the topology', () => {
    const head = [
      'sibling sockets : 0-1',
      'sibling sockets : 2-3',
      'sibling threads : 0',
      'sibling threads : 1',
      'node0 cpu list : 0-1',
      'node1 cpu list : 2-3',
    ];
    const events = [0, 1, 2, 3, 2].flatMap((cpu, i) => {
      const at = (ms: number): string => (50 + i * 0.01 + ms / 1000).toFixed(6);
      const wakeup = ` idler 0 [00${cpu}] ${at(0)}: sched:sched_wakeup: comm=a pid=7 prio=120 target_cpu=00${cpu}`;
      const comes = ` swapper 0 [00${cpu}] ${at(1)}: sched:sched_switch: prev_comm=swapper/${cpu} prev_pid=0 prev_prio=120 prev_state=R ==> next_comm=a next_pid=7 next_prio=120`;
      const goes = ` a 7 [00${cpu}] ${at(2)}: sched:sched_switch: prev_comm=a prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=swapper/${cpu} next_pid=0 next_prio=120`;
      return [wakeup, comes, goes];
    });
    const text = `${head.map((line) => `# ${line}`).join('\n')}\n${events.join('\n')}\n`;
    const report = analyse(importCut(perfScript, Buffer.from(text)), '0');
    const moved = report.metrics
      .filter(({ id }) => id === 'sched.migrations.distance')
      .map(({ labels, value }) => [labels.distance, value]);
    expect(Object.fromEntries(moved)).toEqual({ 'same socket': 3, 'other node': 1 });
    expect(cpusInList('0-2,8, 10-11')).toEqual([0, 1, 2, 8, 10, 11]);
  });

  it('without wake-ups sleeps last until the thread runs again, and that is said', () => {
    const context = contextOf('A@0: RRRRRqRR\nB@0: SSSqqRSS\nC@1: RDDqRRRR', {
      lose: (line) => line.includes('sched_wakeup') && !line.includes('swapper'),
    });
    // C is woken at 3 ms and runs at 4 ms: 3 ms in D instead of 2.
    expect(times(context, 103)).toMatchObject({ D: 3 });
    expect(analyse(context.trace, '0').findings.map(({ id }) => id)).toContain('sched/recording/no-wakeups');
  });

  it('a clock that counts gives an order and no durations, and is said to', () => {
    const ticks = schedArt('A@0: RRRSSRRR')
      .toString()
      .replace(/ (\d+)\.(\d+): sched/g, ' $1$2: sched');
    const report = analyse(importCut(ftrace, Buffer.from(ticks)), '0');
    expect(report.verdict.headline).toContain('counts something else than time');
    expect(report.notRun.find(({ analyzer }) => analyzer === 'load/average')?.captureWith).toContain(
      'trace_clock',
    );
    expect(report.metrics.find(({ id }) => id === 'trace.events')?.value).toBeGreaterThan(0);
  });

  it('a trace shorter than a tick has no load, and is said to', () => {
    const report = analyse(importCut(ftrace, schedArt('A@0: RRRSSRRR')), '0');
    expect(report.notRun.find(({ analyzer }) => analyzer === 'load/average')?.missing).toContain(
      'five seconds',
    );
  });

  it('names that are markup stay text', () => {
    const name = '</script><b>';
    const text = schedArt('A@0: RRRSSRRR\nB@1: RRDDDRRR', { stacks: { B: ['submit_bio_wait'] } })
      .toString()
      .replaceAll('comm=B', `comm=${name}`);
    const page = renderReport(analyse(importCut(ftrace, Buffer.from(text)), '0'));
    expect(page).not.toContain(name);
  });
});
