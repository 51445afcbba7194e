import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { decodeString } from '../../model/strings.ts';
import { frameKinds } from '../../model/tables.ts';
import type { Trace } from '../../model/trace.ts';
import type { ImportOptions } from '../../workers/importers/importer.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { checkImporter } from '../support/check-importer.ts';
import { dump, importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';

const tiny = readFileSync(repo('datasets/synth/tiny.perf.txt'));

describe('perf-script importer', () => {
  checkImporter(perfScript, tiny, 'perf-script-tiny.txt');

  it('reads the same from two slices cut at every byte', () => {
    const whole = dump(importCut(perfScript, tiny));
    for (let cut = 0; cut <= tiny.length; cut++) {
      if (dump(importCut(perfScript, tiny, [cut])) !== whole)
        expect.fail(`cut at byte ${cut} changes the result`);
    }
  });

  it('reads the same in the dialects of collapse scripts cut at every 7th byte', () => {
    for (const dialect of ['flamegraph', 'inferno'] as const) {
      const whole = dump(importCut(perfScript, tiny, [], { dialect }));
      for (let cut = 0; cut <= tiny.length; cut += 7) {
        if (dump(importCut(perfScript, tiny, [cut], { dialect })) !== whole)
          expect.fail(`${dialect}: cut at byte ${cut}`);
      }
    }
  });
});

/** Header variants: [line, comm, pid, tid, cpu, time in ns, event, weight]. */
const headers: [string, string, number, number, number, number, string, number][] = [
  ['java 25607 4794564.109216: 1 cycles:', 'java', -1, 25607, 65535, 4794564109216000, 'cycles', 1],
  [
    'java 12688 [002] 6544038.708352: 235 cpu-clock:',
    'java',
    -1,
    12688,
    2,
    6544038708352000,
    'cpu-clock',
    235,
  ],
  [
    'V8 WorkerThread 24636/25607 [000] 94564.109216: 100 cycles:',
    'V8 WorkerThread',
    24636,
    25607,
    0,
    94564109216000,
    'cycles',
    100,
  ],
  ['DOM Worker 12 3124 [001] 5.000001: 7 cycles:', 'DOM Worker 12', -1, 3124, 1, 5000001000, 'cycles', 7],
  ['java 19983 cycles:', 'java', -1, 19983, 65535, Number.NaN, 'cycles', 1],
  [
    'vote   913    72.176760:     257597 cycles:uppp:',
    'vote',
    -1,
    913,
    65535,
    72176760000,
    'cycles:uppp',
    257597,
  ],
  [
    'iperf 27409/28744 [000] 441995.133575: cpu-clock: ',
    'iperf',
    27409,
    28744,
    0,
    441995133575000,
    'cpu-clock',
    1,
  ],
  ['   swapper     0 [001]  1.000000001: cpu-clock:', 'swapper', -1, 0, 1, 1000000001, 'cpu-clock', 1],
  [
    ':-1    -1/-1    [001] 3.5: sched:sched_switch: prev_comm=x prev_pid=1 prev_prio=120 prev_state=S ==> next_comm=y next_pid=2 next_prio=120',
    ':-1',
    -1,
    -1,
    1,
    3500000000,
    'sched:sched_switch',
    1,
  ],
  [
    'kworker/0:1-events 55/55 [000] 1.25: 10 cycles:k:',
    'kworker/0:1-events',
    55,
    55,
    0,
    1250000000,
    'cycles:k',
    10,
  ],
  ['a b c 1/2 [000] 1.25: probe:foo: (ffffffff81)', 'a b c', 1, 2, 0, 1250000000, 'probe:foo', 1],
  ['foo 1/2 [000] U 1.25: 10 cycles:', 'foo', 1, 2, 0, 1250000000, 'cycles', 10],
  [
    'foo 1/2 [000] d..2. 1.25: sched:sched_wakeup: comm=x pid=3 prio=120 target_cpu=000',
    'foo',
    1,
    2,
    0,
    1250000000,
    'sched:sched_wakeup',
    1,
  ],
  ['foo\t1/2\t[000]\t1.25:\t10\tcpu-cycles:u:', 'foo', 1, 2, 0, 1250000000, 'cpu-cycles:u', 10],
  ['x 1 [012] 1.25: 4000000 cpu_core/cycles/P:', 'x', -1, 1, 12, 1250000000, 'cpu_core/cycles/P', 4000000],
];

describe('perf script header lines', () => {
  it.each(headers)('%s', (line, comm, pid, tid, cpu, time, event, weight) => {
    const trace = read(`${line}\n\t    7f00 main+0x1 (/bin/x)\n\n`);
    const { samples, threads, events } = trace.tables;
    expect(samples.length).toBe(1);
    const thread = samples.columns.thread[0] as number;
    expect(text(trace, threads.columns.comm[thread])).toBe(comm);
    expect([threads.columns.pid[thread], threads.columns.tid[thread], samples.columns.cpu[0]]).toEqual([
      pid,
      tid,
      cpu,
    ]);
    expect(samples.columns.time[0]).toEqual(time);
    expect(text(trace, events.columns.name[1])).toBe(event);
    expect(samples.columns.weight[0]).toBe(weight);
    expect(stackOf(trace, 0)).toEqual(['main']);
    expect(trace.imports[0]?.skipped).toBe(0);
  });

  it('takes two numbers as process and thread where every line has them', () => {
    const trace = read('java 100 101 1.0: cycles:\n\t1 a (/x)\n\nsh 200 200 1.1: cycles:\n\t1 a (/x)\n\n');
    expect([...trace.tables.threads.columns.pid]).toEqual([0, 100, 200]);
    expect([...trace.tables.threads.columns.tid]).toEqual([0, 101, 200]);
  });

  it('reads a frame on the line of its event', () => {
    const trace = read(
      'false 1 2.5: 1 cycles:u:  ffffffff9b201293 [unknown] ([unknown])\nfalse 1 2.6: 1 cycles: 7fa6 _dl_start+0x4 (/usr/lib/ld.so)\n',
    );
    expect(trace.tables.samples.length).toBe(2);
    expect(stackOf(trace, 1)).toEqual(['_dl_start']);
  });

  it('counts what it cannot read and where it began', () => {
    const trace = read(
      'x 1 1.0: cycles:\n\t1 a (/x)\n\tTHIS_IS_WEIRD\n\t2 b (/x)\n\nnonsense\n\t3 stray (/x)\n',
    );
    expect(trace.imports[0]).toMatchObject({ records: 1, skipped: 3, firstSkipped: 27 });
    expect(stackOf(trace, 0)).toEqual(['b', 'a']);
  });

  it('keeps the last sample without a blank line or even a newline after it', () => {
    expect(read('x 1 1.0: cycles:\n\t1 a (/x)').tables.samples.length).toBe(1);
  });

  it('reads CRLF', () => {
    const trace = read('x 1 1.0: cycles:\r\n\t1 a+0x3 (/x)\r\n\r\nx 1 1.1: cycles:\r\n\t1 a+0x3 (/x)\r\n');
    expect(trace.tables.samples.length).toBe(2);
    expect(stackOf(trace, 1)).toEqual(['a']);
    expect(trace.imports[0]?.skipped).toBe(0);
  });

  it('counts lost events and ignores other records', () => {
    const trace = read(
      'x 1 [000] 1.0: PERF_RECORD_LOST lost 15\nx 1 [000] 1.0: PERF_RECORD_COMM: y:1/1\nx 1 1.0: cycles:\n\t1 a (/x)\n',
    );
    expect(trace.imports[0]).toMatchObject({ lost: 15, ignored: 1, records: 1, skipped: 0 });
  });

  it('keeps a sample without frames', () => {
    const trace = read('x 1 1.0: cycles:\n\ny 2 1.1: cycles:\n\t1 a (/x)\n');
    expect(trace.tables.samples.length).toBe(2);
    expect(stackOf(trace, 0)).toEqual([]);
  });

  it('reads the host from the header block', () => {
    const trace = read('# hostname : db17\n# os release : 6.8.0\n#\nx 1 1.0: cycles:\n\t1 a (/x)\n');
    const { facts } = trace.tables;
    expect(Array.from(facts.columns.key, (id) => text(trace, id))).toEqual(['hostname', 'os release']);
    expect(Array.from(facts.columns.value, (id) => text(trace, id))).toEqual(['db17', '6.8.0']);
  });
});

describe('perf script frame lines', () => {
  const frames: [string, string, string, string][] = [
    [
      'ffffffff8103ce3b native_safe_halt ([kernel.kallsyms])',
      'native_safe_halt',
      '[kernel.kallsyms]',
      'kernel',
    ],
    [
      '7d8 ipv4_conntrack_local+0x7f8f80b8 ([nf_conntrack_ipv4])',
      'ipv4_conntrack_local',
      '[nf_conntrack_ipv4]',
      'kernel',
    ],
    [
      '8c3453 tcp_sendmsg (/lib/modules/4.3.0/build/vmlinux)',
      'tcp_sendmsg',
      '/lib/modules/4.3.0/build/vmlinux',
      'kernel',
    ],
    [
      '8c34 ext4_find (/lib/modules/6.1/kernel/fs/ext4/ext4.ko.xz)',
      'ext4_find',
      '/lib/modules/6.1/kernel/fs/ext4/ext4.ko.xz',
      'kernel',
    ],
    ['7f00 [unknown] ([unknown])', '', '', 'unknown'],
    ['7f00 [unknown] (/usr/lib/libc.so)', '', '/usr/lib/libc.so', 'unknown'],
    ['7f1e2215d058  (/lib/libc-2.15.so)', '', '/lib/libc-2.15.so', 'unknown'],
    ['7f00 run (/opt/my app/bin (deleted))', 'run', '/opt/my app/bin (deleted)', 'user'],
    [
      '7f00 arrayOopDesc::base(BasicType) const (/usr/libjvm.so)',
      'arrayOopDesc::base(BasicType) const',
      '/usr/libjvm.so',
      'user',
    ],
    [
      '7f72 Ljava/io/PrintStream;::print (/tmp/perf-19982.map)',
      'Ljava/io/PrintStream;::print',
      '/tmp/perf-19982.map',
      'jit',
    ],
    [
      'f719 fib.smx::fib+0x3c (/tmp/jitted-31714-4145673320.so)',
      'fib.smx::fib',
      '/tmp/jitted-31714-4145673320.so',
      'jit',
    ],
    ['401b97 helper (inlined)', 'helper', '', 'inlined'],
    ['7ffd [unknown] ([vdso])', '', '[vdso]', 'unknown'],
    ['7ffd __vdso_gettimeofday+0x1 ([vdso])', '__vdso_gettimeofday', '[vdso]', 'user'],
  ];

  it.each(frames)('%s', (line, name, module, kind) => {
    const trace = read(`x 1 1.0: cycles:\n\t    ${line}\n\n`);
    const { columns } = trace.tables.frames;
    expect(text(trace, columns.name[1])).toBe(name);
    expect(text(trace, columns.module[1])).toBe(module);
    expect(frameKinds[columns.kind[1] as number]).toBe(kind);
  });

  it('reads frames that begin the line', () => {
    const trace = read(
      'java 19983 cycles:\nffffffff8103d0ca native_write_msr_safe ([kernel.kallsyms])\n7f72 call (/usr/x)\n\n',
    );
    expect(stackOf(trace, 0)).toEqual(['call', 'native_write_msr_safe']);
  });

  it('splits methods a Java agent reports as inlined', () => {
    const trace = read('java 1 1.0: cycles:\n\t7f00 Lo/Outer;::run->Li/Inner;::get (/tmp/perf-1.map)\n\n');
    expect(stackOf(trace, 0)).toEqual(['Lo/Outer;::run', 'Li/Inner;::get']);
  });

  it('keeps addresses when asked to', () => {
    const trace = read(
      'x 1 1.0: cycles:\n\tffffffff81000010 a+0x10 ([k])\n\tffffffff81000020 a+0x20 ([k])\n',
      { addresses: true },
    );
    expect([...trace.tables.frames.columns.addressLow].slice(1)).toEqual([0x81000010, 0x81000020]);
    expect([...trace.tables.frames.columns.addressHigh].slice(1)).toEqual([0xffffffff, 0xffffffff]);
  });

  it('reads a stack of 100 000 frames', () => {
    const frame = '\t    7f00 deep+0x1 (/bin/x)\n';
    const trace = read(`x 1 1.0: cycles:\n${frame.repeat(100_000)}\n`);
    expect(trace.tables.stacks.columns.depth.at(-1)).toBe(100_000);
  });
});

describe('weights', () => {
  const line = 'x 1 1.0: 250 kmem:kmalloc: call_site=a bytes_req=100 bytes_alloc=0x80 gfp: 7\n\t1 a (/x)\n';

  it.each([
    ['period', 250],
    ['samples', 1],
    [{ field: 'bytes_alloc' }, 128],
    [{ field: 'bytes_req' }, 100],
    [{ field: 'gfp' }, 7],
    [{ field: 'alloc' }, 0],
  ] as const)('%j', (weight, expected) => {
    expect(read(line, { weight }).tables.samples.columns.weight[0]).toBe(expected);
  });
});

function read(content: string, options: Partial<ImportOptions> = {}): Trace {
  return importCut(perfScript, Buffer.from(content, 'latin1'), [], options);
}

function text(trace: Trace, id: number | undefined): string {
  return decodeString(trace.strings, id ?? 0);
}

/** Names of a sample's stack, outermost first. */
function stackOf(trace: Trace, sample: number): string[] {
  const { stacks, frames, samples } = trace.tables;
  const names: string[] = [];
  for (let at = samples.columns.stack[sample] as number; at !== 0; at = stacks.columns.parent[at] as number) {
    names.push(text(trace, frames.columns.name[stacks.columns.frame[at] as number]));
  }
  return names.reverse();
}
