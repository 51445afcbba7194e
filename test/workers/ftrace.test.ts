import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PREEMPTED, taskStateId } from '../../model/sched-tables.ts';
import { decodeString } from '../../model/strings.ts';
import type { Trace } from '../../model/trace.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { functionGraph } from '../../workers/importers/function-graph.ts';
import { importers } from '../../workers/importers/index.ts';
import { kernelLog } from '../../workers/importers/kernel-log.ts';
import { loadavg } from '../../workers/importers/loadavg.ts';
import { procSamples } from '../../workers/importers/proc-samples.ts';
import { ps } from '../../workers/importers/ps.ts';
import { stateOfBits } from '../../workers/importers/trace-event/task-state.ts';
import { checkImporter } from '../support/check-importer.ts';
import { dump, importCut } from '../support/import.ts';
import { fixture, hasFixtures, repo } from '../support/paths.ts';

const real = (name: string): Buffer => {
  const bytes = readFileSync(repo(`datasets/real/${name}`));
  return name.endsWith('.gz') ? gunzipSync(bytes) : bytes;
};
const text = (trace: Trace, id: number): string => decodeString(trace.strings, id);
const commOf = (trace: Trace, thread: number): string =>
  text(trace, trace.tables.threads.columns.comm[thread] as number);

/** One line of text read as a trace of its own. */
function line(content: string): Trace {
  return importCut(ftrace, Buffer.from(`${content}\n`));
}

const arguments_ =
  'prev_comm=bash prev_pid=7 prev_prio=120 prev_state=S ==> next_comm=swapper/1 next_pid=0 next_prio=120';

describe('ftrace lines', () => {
  it.each([
    [
      'no flags, before 3.2',
      `            bash-7     [001]  5689.170370: sched_switch: ${arguments_}`,
      5_689_170_370_000,
    ],
    [
      'four flags',
      `            bash-7     [001] d..2  5689.170370: sched_switch: ${arguments_}`,
      5_689_170_370_000,
    ],
    [
      'five flags',
      `            bash-7     [001] d..2.  5689.170370: sched_switch: ${arguments_}`,
      5_689_170_370_000,
    ],
    [
      'eight flags of real-time kernels',
      `            bash-7     [001] d...2.1.  5689.170370: sched_switch: ${arguments_}`,
      5_689_170_370_000,
    ],
    [
      'a TGID column',
      `            bash-7     (      7) [001] d..2.  5689.170370: sched_switch: ${arguments_}`,
      5_689_170_370_000,
    ],
    [
      'an unknown TGID',
      `            bash-7     (-------) [001] d..2.  5689.170370: sched_switch: ${arguments_}`,
      5_689_170_370_000,
    ],
    [
      'a narrow TGID',
      `            bash-7     (-----) [001] ....  5689.170370: sched_switch: ${arguments_}`,
      5_689_170_370_000,
    ],
    ['latency format', `    bash-7         1d..2. 8606us : sched_switch: ${arguments_}`, 8_606_000],
    [
      'latency format with a mark',
      `    bash-7         1d..2. 8606us#: sched_switch: ${arguments_}`,
      8_606_000,
    ],
    [
      'trace-cmd report',
      '            bash-7     [001]  5689.170370: sched_switch:         bash:7 [120] S ==> swapper/1:0 [120]',
      5_689_170_370_000,
    ],
    [
      'trace-cmd report -t',
      '            bash-7     [001]  5689.170370123: sched_switch:         bash:7 [120] S ==> swapper/1:0 [120]',
      5_689_170_370_123,
    ],
    [
      'trace-cmd report -l',
      '    bash-7         1d..2.  5689.170370: sched_switch:         bash:7 [120] S ==> swapper/1:0 [120]',
      5_689_170_370_000,
    ],
    [
      'trace-cmd report -R',
      '            bash-7     [001]  5689.170370: sched_switch:          prev_comm=bash prev_pid=7 prev_prio=120 prev_state=1 next_comm=swapper/1 next_pid=0 next_prio=120',
      5_689_170_370_000,
    ],
    [
      'options/fields',
      '            bash-7     [001] d..2.  5689.170370: sched_switch: prev_comm=bash prev_pid=0x7 (7) prev_prio=0x78 (120) prev_state=0x1 (1) next_comm=swapper/1 next_pid=0x0 (0) next_prio=0x78 (120)',
      5_689_170_370_000,
    ],
    [
      'a line in quotes',
      `"            bash-7     (-----) [001] ....  5689.170370: sched_switch: ${arguments_}"`,
      5_689_170_370_000,
    ],
    [
      'a line of an old atrace page',
      `            bash-7     [001] d..2.  5689.170370: sched_switch: ${arguments_}\\n\\`,
      5_689_170_370_000,
    ],
  ])('%s', (_, content, time) => {
    const trace = line(content);
    expect(trace.imports[0]).toMatchObject({ records: 1, skipped: 0 });
    const { columns } = trace.tables.switches;
    expect(columns.time[0]).toBe(time);
    expect([columns.cpu[0], columns.prevState[0], columns.prevPriority[0], columns.nextPriority[0]]).toEqual([
      1,
      taskStateId.S,
      120,
      120,
    ]);
    expect(commOf(trace, columns.prev[0] as number)).toBe('bash');
    expect(commOf(trace, columns.next[0] as number)).toBe('swapper/1');
  });

  it('integer clocks are counts, not ns', () => {
    const trace = line(`            bash-7     [001] d..2. 17684000285523: sched_switch: ${arguments_}`);
    expect(trace.imports[0]?.clock).toMatchObject({ name: 'ticks' });
  });

  it.each([
    'a b  c',
    'x-1 [000] d.',
    'a ==> b',
    'k: sched_switch',
    '<...>',
    '(paren) 12-34',
    'a prev_pid=1',
    'tab\tnl\nz',
    '',
  ])('a task called %j', (name) => {
    const content =
      `${name.padStart(16)}-7       [001] d..2.  5689.170370: sched_switch: prev_comm=${name} prev_pid=7 prev_prio=120 prev_state=D ==> next_comm=${name} next_pid=8 next_prio=100\n` +
      `${name.padStart(16)}-7       [001] d..2.  5689.170371: sched_wakeup: comm=${name} pid=9 prio=120 target_cpu=003`;
    const trace = line(content);
    expect(trace.imports[0]).toMatchObject({ records: 2, skipped: 0 });
    const { switches, wakeups, threads } = trace.tables;
    expect(commOf(trace, switches.columns.prev[0] as number)).toBe(name);
    expect(commOf(trace, switches.columns.next[0] as number)).toBe(name);
    expect(threads.columns.tid[switches.columns.next[0] as number]).toBe(8);
    expect(commOf(trace, wakeups.columns.wakee[0] as number)).toBe(name);
    expect(wakeups.columns.targetCpu[0]).toBe(3);
  });

  it('system calls without a colon, functions, and notes of several lines', () => {
    const trace = line(
      [
        '            bash-12022   [000] .....  5855.622082: sys_dup2(oldfd: 0xb, newfd: 1)',
        '            bash-12022   [000] .....  5855.622082: sys_dup2 -> 0x1',
        '            bash-12022   [000] .....  5855.622083: vfs_open <-path_openat',
        '            bash-12022   [000] .....  5855.622084: tracing_mark_write: first line',
        'second line',
        '            bash-12022   [000] .....  5855.622085: tracing_mark_write: C|937|kill_one_process|17924',
      ].join('\n'),
    );
    expect(trace.imports[0]).toMatchObject({ records: 5, skipped: 0 });
    expect([...trace.tables.events.columns.name].map((id) => text(trace, id))).toEqual([
      '',
      'sys_enter_dup2',
      'sys_exit_dup2',
      'tracing_mark_write',
    ]);
    expect([...trace.tables.marks.columns.text].map((id) => text(trace, id))[0]).toBe(
      'first line\nsecond line',
    );
    expect([...trace.tables.counters.columns.value]).toEqual([17924]);
    const { frame, caller } = trace.tables.calls.columns;
    const name = (id: number | undefined): string =>
      text(trace, trace.tables.frames.columns.name[id as number] as number);
    expect([name(frame[0]), name(caller[0])]).toEqual(['vfs_open', 'path_openat']);
  });

  it('idle kernel workers of trace-cmd report, which prints R for I, are in no known state', () => {
    const trace = line(
      '     kworker/0:1-17    [000]     9.552778: sched_switch:         kworker/0:1:17 [120] R ==> rcu_preempt:15 [120]',
    );
    expect(trace.tables.switches.columns.prevState[0]).toBe(taskStateId['?']);
  });
});

describe('prev_state', () => {
  it.each([
    ['R', taskStateId.R],
    ['R+', taskStateId.R | PREEMPTED],
    ['D', taskStateId.D],
    ['D|K', taskStateId.D],
    ['D|W', taskStateId.D],
    ['S|W', taskStateId.S],
    ['D|N', taskStateId.I],
    ['x', taskStateId.X],
    ['X', taskStateId.X],
    ['I', taskStateId.I],
    ['t', taskStateId.t],
    ['R|K', taskStateId.R],
    ['0', taskStateId.R],
    ['256', taskStateId.R | PREEMPTED],
    ['1024', taskStateId.R | PREEMPTED],
    ['130', taskStateId.D],
    ['1026', taskStateId.I],
    ['0x2 (2)', taskStateId.D],
  ])('%s', (printed, state) => {
    const trace = line(
      `            bash-7     [001] d..2.  1.000000: sched_switch: ${arguments_.replace('prev_state=S', `prev_state=${printed}`)}`,
    );
    expect(trace.tables.switches.columns.prevState[0]).toBe(state);
  });

  it('raw bits that mean nothing known are no R and no D', () => {
    expect(stateOfBits(Number.NaN)).toBe(taskStateId['?']);
    expect(stateOfBits(64)).toBe(taskStateId.X);
  });
});

describe('ftrace importer', () => {
  const bytes = real('load-mix/ftrace.txt.gz');
  const some = bytes.subarray(0, bytes.indexOf('\n', 60_000) + 1);
  checkImporter(ftrace, some.subarray(0, some.indexOf('\n', 9000) + 1), 'ftrace-tiny.txt');

  it('reads the same cut anywhere: stacks, losses and split names stay whole', () => {
    const odd = Buffer.from(
      [
        '# tracer: nop',
        ...some.toString('latin1').split('\n').slice(12, 60),
        '##### CPU 1 buffer started ####',
        '        tab\tnl',
        'z-14400   [001] d..2.  17000.966313: sched_switch: prev_comm=tab\tnl',
        'z prev_pid=14400 prev_prio=120 prev_state=S ==> next_comm=chromium next_pid=14278 next_prio=120',
        'CPU:1 [LOST 11151 EVENTS]',
        '            bash-7     [001] d..2.  17000.970000: bprint: do_it: one',
        ' two',
        `            bash-7     [001] d..2.  17000.980000: sched_switch: ${arguments_}`,
        '            bash-7     [001] d..2.  17000.980001: <stack trace>',
        ' => __schedule',
        ' => do_wait',
        '',
      ].join('\n'),
      'latin1',
    );
    const whole = dump(importCut(ftrace, odd));
    expect(whole).toContain('11151');
    for (let cut = 1; cut < odd.length; cut++) {
      if (dump(importCut(ftrace, odd, [cut])) !== whole) expect.fail(`cut at byte ${cut} changes the result`);
    }
  });
});

describe('function_graph importer', () => {
  const folder = repo('datasets/real/function-graph');
  const graphs = readdirSync(folder).filter((name) => !name.startsWith('function'));
  checkImporter(
    functionGraph,
    real('function-graph/all.txt.gz').subarray(0, 6000),
    'function-graph-tiny.txt',
  );

  it.each(graphs)('reads every line of %s', (name) => {
    const bytes = real(`function-graph/${name}`);
    expect(importers.filter(({ sniff }) => sniff(bytes, '') === 'yes').map(({ id }) => id)).toEqual([
      'function-graph',
    ]);
    const trace = importCut(functionGraph, bytes);
    expect(trace.imports[0]?.skipped).toBe(0);
    expect(trace.tables.calls.length).toBeGreaterThan(150);
    expect(dump(importCut(functionGraph, bytes, [3000, 9000]))).toBe(dump(trace));
  });
});

describe('samplers of task states', () => {
  describe('/proc samples', () => {
    const bytes = real('load-mix/tasks.txt.gz');
    checkImporter(procSamples, bytes.subarray(0, bytes.indexOf('\n@', 3000) + 1), 'proc-samples-tiny.txt');
  });

  describe('ps', () => {
    const bytes = Buffer.from(
      '1795209173.5\n    PID     TID STAT WCHAN                            COMMAND\n      1       1 Ss   do_epoll_wait                    systemd\n     77      77 D    percpu_rwsem_wait                my task\n     78      79 R+   -                                a b\n' +
        '1795209174.5\n    PID     TID STAT WCHAN                            COMMAND\n     77      77 D    percpu_rwsem_wait                my task\n',
    );
    checkImporter(ps, bytes, 'ps-tiny.txt');
  });

  describe('kernel log', () => {
    checkImporter(kernelLog, real('dmesg-hung-task.txt.gz'), 'kernel-log-tiny.txt');

    checkImporter(kernelLog, real('memory/dmesg-oom-v1-6.18.txt'), 'kernel-log-oom.txt');

    it('reads a hung task with the stack it is sure of', () => {
      const trace = importCut(kernelLog, real('dmesg-hung-task.txt.gz'));
      const { thread, hungSeconds, stack } = trace.tables.taskSamples.columns;
      expect([commOf(trace, thread[0] as number), hungSeconds[0]]).toEqual(['init', 5]);
      const names: string[] = [];
      for (let at = stack[0] as number; at !== 0; at = trace.tables.stacks.columns.parent[at] as number) {
        names.push(
          text(
            trace,
            trace.tables.frames.columns.name[trace.tables.stacks.columns.frame[at] as number] as number,
          ),
        );
      }
      expect(names.slice(0, 5)).toEqual([
        '__schedule',
        'schedule',
        'percpu_rwsem_wait',
        '__percpu_down_read',
        'mnt_want_write',
      ]);
      expect(names).not.toContain('page_add_file_rmap');
    });
  });

  describe('loadavg', () => {
    checkImporter(
      loadavg,
      Buffer.from('1795209173.25\n1.22 0.91 0.41 4/234 10618\n1795209174.25 1.30 0.92 0.42 3/230 10620\n'),
      'loadavg-tiny.txt',
    );
  });
});

describe.skipIf(!hasFixtures)('known answers of peers’ data', () => {
  const read = (name: string): Trace => {
    const bytes = readFileSync(fixture(name));
    expect(
      importers.filter(({ sniff }) => sniff(bytes.subarray(0, 65_536), '') === 'yes').map(({ id }) => id),
    ).toEqual(['ftrace']);
    return importCut(ftrace, bytes);
  };
  const counts = (trace: Trace): Record<string, number> => {
    const found: Record<string, number> = {};
    trace.tables.events.columns.counted.forEach((n, event) => {
      if (n > 0) found[text(trace, trace.tables.events.columns.name[event] as number)] = n;
    });
    for (const event of trace.tables.samples.columns.event) {
      const name = text(trace, trace.tables.events.columns.name[event] as number);
      found[name] = (found[name] ?? 0) + 1;
    }
    return found;
  };

  it('trappy: every text is read whole', () => {
    for (const name of readdirSync(fixture('trappy')).filter((file) => file.endsWith('.txt'))) {
      // One is cut in the middle of its last line.
      expect(read(`trappy/${name}`).imports[0]?.skipped, name).toBe(
        name === 'trace_idle_unsorted.txt' ? 1 : 0,
      );
    }
  });

  it('trappy: trace_sched, raw_trace, trace_idle_unsorted, trace_no_trailing_line', () => {
    const sched = read('trappy/trace_sched.txt');
    expect(counts(sched)).toMatchObject({ sched_wakeup: 2, sched_wakeup_new: 2 });
    const { wakee, priority, targetCpu, kind } = sched.tables.wakeups.columns;
    const first = [...kind].indexOf(0);
    expect([commOf(sched, wakee[first] as number), priority[first], targetCpu[first]]).toEqual([
      'rcu_preempt',
      120,
      1,
    ]);
    expect([...sched.tables.facts.columns.value].map((id) => text(sched, id))).toContain('6');
    expect(read('trappy/raw_trace.txt').tables.switches.columns.prevState[0]).toBe(taskStateId.R | PREEMPTED);
    const { time } = read('trappy/trace_idle_unsorted.txt').tables.samples.columns;
    expect([...time]).toEqual([...time].sort((a, b) => a - b));
    expect(read('trappy/trace_no_trailing_line.txt').imports[0]?.records).toBe(10);
  });

  it('perfetto: blocked reasons, frequency limits, names, prints', () => {
    const blocked = read('perfetto/sched_blocked_systrace.systrace').tables;
    expect([...blocked.switches.columns.time]).toContain(20_258_854_000);
    expect([...blocked.blockedReasons.columns.thread].map((id) => blocked.threads.columns.tid[id])).toEqual([
      269, 2172,
    ]);
    expect([...blocked.blockedReasons.columns.ioWait]).toEqual([0, 1]);
    const limits = read('perfetto/cpu_frequency_limits.systrace');
    const { series, counters } = limits.tables;
    const at = [...counters.columns.time].flatMap((time, row) => {
      const id = counters.columns.series[row] as number;
      const label = `${text(limits, series.columns.name[id] as number)} ${text(limits, series.columns.entityName[id] as number)}`;
      return time === 90_000_000 ? [`${label} ${counters.columns.value[row]}`] : [];
    });
    expect(at).toEqual(['cpu frequency limit min 6 500000', 'cpu frequency limit max 6 2800000']);
    const named = read('perfetto/unknown_thread_name.systrace');
    expect(
      [...named.tables.threads.columns.tid].flatMap((tid, row) =>
        tid === 19999 ? [commOf(named, row)] : [],
      ),
    ).toContain('real_name');
    expect(read('perfetto/bad_print.systrace').tables.samples.length).toBe(3);
  });
});
