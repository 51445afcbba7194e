import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../model/problem.ts';
import { decodeString } from '../../model/strings.ts';
import type { Trace } from '../../model/trace.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { importers } from '../../workers/importers/index.ts';
import { formatBinary } from '../../workers/importers/trace-dat/printk.ts';
import { EventRecord } from '../../workers/importers/trace-dat/record.ts';
import { PageReader } from '../../workers/importers/trace-dat/ring-buffer.ts';
import { symbolicName, symbolicNames } from '../../workers/importers/trace-dat/symbolic.ts';
import { traceDat } from '../../workers/importers/trace-dat.ts';
import { importCut } from '../support/import.ts';
import { fixture, hasFixtures, repo } from '../support/paths.ts';

/** Every event of a trace as text: what both forms of one recording must agree on. `digits` of a second. */
function events(trace: Trace, digits: number): string[] {
  const { samples, switches, wakeups, marks, threads, events: names } = trace.tables;
  const text = (id: number): string => decodeString(trace.strings, id);
  const thread = (id: number | undefined): string =>
    `${text(threads.columns.comm[id as number] as number)}-${threads.columns.tid[id as number]}`;
  // trace-cmd rounds to the nearest microsecond.
  const time = (ns: number | undefined): string => String(Math.round((ns as number) / 10 ** (9 - digits)));
  const rows: string[] = [];
  samples.columns.time.forEach((at, row) => {
    const { cpu, thread: who, event } = samples.columns;
    rows.push(
      `${time(at)} ${cpu[row]} ${thread(who[row])} ${text(names.columns.name[event[row] as number] as number)}`,
    );
  });
  switches.columns.time.forEach((at, row) => {
    const { cpu, prev, next, prevPriority, nextPriority } = switches.columns;
    rows.push(
      `switch ${time(at)} ${cpu[row]} ${thread(prev[row])} ${prevPriority[row]} ${thread(next[row])} ${nextPriority[row]}`,
    );
  });
  wakeups.columns.time.forEach((at, row) => {
    const { cpu, wakee, kind, targetCpu, priority } = wakeups.columns;
    rows.push(
      `wake ${time(at)} ${cpu[row]} ${thread(wakee[row])} ${kind[row]} ${targetCpu[row]} ${priority[row]}`,
    );
  });
  marks.columns.time.forEach((at, row) => {
    rows.push(`mark ${time(at)} ${text(marks.columns.text[row] as number)}`);
  });
  return rows.sort();
}

describe('trace.dat', () => {
  const bytes = readFileSync(repo('datasets/real/trace-cmd-small7.dat'));

  it.each(['6', '7'])('version %s with instances, stacks and losses agrees with its report', (version) => {
    const binary = importCut(traceDat, readFileSync(repo(`datasets/real/trace-cmd-small${version}.dat`)));
    const report = importCut(
      ftrace,
      readFileSync(repo(`datasets/real/trace-cmd-small${version}.report.txt`)),
    );
    expect(
      importers.filter(({ sniff }) => sniff(bytes.subarray(0, 65_536), 'x') === 'yes').map(({ id }) => id),
    ).toEqual(['trace-dat']);
    expect([binary.imports[0]?.skipped, report.imports[0]?.skipped]).toEqual([0, 0]);
    expect([...binary.tables.switches.columns.prevState]).toEqual([
      ...report.tables.switches.columns.prevState,
    ]);
    expect([...binary.tables.losses.columns.count]).toEqual([...report.tables.losses.columns.count]);
    expect(events(binary, 9)).toEqual(events(report, 9));
  });

  it('says what is wrong with a file that is cut, and never hangs or throws anything else', () => {
    for (const length of [11, 40, 400, 5000, 60_000, bytes.length - 9000]) {
      try {
        importCut(traceDat, bytes.subarray(0, length));
      } catch (error) {
        expect(error).toBeInstanceOf(Problem);
        expect((error as Problem).details.hint).toContain('trace-cmd report');
      }
    }
    const damaged = Buffer.from(bytes);
    for (let at = 60; at < damaged.length; at += 97) damaged[at] = 255 - (damaged[at] as number);
    expect(() => importCut(traceDat, damaged)).toThrow(Problem);
  });

  it.skipIf(!hasFixtures).each(['trace', 'raw_trace', 'trace_idle'])(
    'version 6, %s, agrees with its report event for event',
    (name) => {
      const binary = importCut(traceDat, readFileSync(fixture(`trappy/${name}.dat`)));
      const report = importCut(ftrace, readFileSync(fixture(`trappy/${name}.report-3.1.6.txt`)));
      expect(binary.imports[0]?.skipped).toBe(0);
      expect(binary.imports[0]?.records).toBe({ trace: 525, raw_trace: 757, trace_idle: 43 }[name]);
      expect(events(binary, 6)).toEqual(events(report, 6));
    },
  );
});

describe('events of KVM and of write-back', () => {
  /** Rows of both tables as text; the report has µs. */
  function rows({ tables, strings }: Trace): string[] {
    const { vmTransitions, dirtyPauses, threads } = tables;
    const text = (id: number | undefined): string => decodeString(strings, id ?? 0);
    const thread = (id: number | undefined): string =>
      `${text(threads.columns.comm[id as number])}-${threads.columns.tid[id as number]}`;
    const us = (ns: number | undefined): number => Math.round((ns as number) / 1e3);
    const vm = vmTransitions.columns;
    const held = dirtyPauses.columns;
    return [
      ...[...vm.time].map(
        (at, row) =>
          `${us(at)} ${vm.cpu[row]} ${thread(vm.thread[row])} ${vm.kind[row]} vcpu ${vm.vcpu[row]} ${text(vm.reason[row])}`,
      ),
      ...[...held.time].map(
        (at, row) =>
          `${us(at)} ${thread(held.thread[row])} ${text(held.device[row])} ${held.pause[row]} ${held.paused[row]} ${held.dirty[row]} ${held.limit[row]}`,
      ),
    ];
  }

  it.each([
    ['real/kvm/userspace-writeback', 19],
    ['synth/kvm-exits', 21],
  ])('%s: the binary and its report say the same', (name, many) => {
    const binary = importCut(traceDat, readFileSync(repo(`datasets/${name}.dat`)));
    const report = importCut(ftrace, readFileSync(repo(`datasets/${name}.report.txt`)));
    expect([binary.imports[0]?.skipped, report.imports[0]?.skipped]).toEqual([0, 0]);
    expect(rows(binary)).toHaveLength(many);
    expect(rows(binary)).toEqual(rows(report));
    expect(binary.tables.samples.length).toBe(report.tables.samples.length);
  });

  it('names reasons by the tables of the format, of VMX and SVM apart', () => {
    const made = importCut(traceDat, readFileSync(repo('datasets/synth/kvm-exits.dat')));
    const reasons = rows(made)
      .filter((row) => / 0 vcpu /.test(row))
      .map((row) => row.replace(/^.* vcpu \d+ /, ''));
    expect(reasons).toEqual([
      'HLT',
      'EPT_VIOLATION',
      'INVALID_STATE',
      'MSR_WRITE',
      'hlt',
      'npf',
      'PF excp',
      '0x3e7',
    ]);
  });

  it('tables of symbols: arithmetic, signs, literals side by side, brackets in names', () => {
    const [first, second] = symbolicNames(
      '"%s %s", (REC->isa == 1) ? __print_symbolic(REC->a & 0xffff, { 0x040 + 1, "DB excp" }, { -1, "odd" }) : __print_symbolic(REC->b, { 2, "KVM_EXIT_" "IO" }, { 3, "x)" }), REC->c',
    );
    if (first === undefined || second === undefined) throw new Error('two tables');
    expect([first.of, first.mask, symbolicName(first, 0x41), symbolicName(first, 0x80000041)]).toEqual([
      'REC->a & 0xffff',
      0xffff,
      'DB excp',
      'DB excp',
    ]);
    expect([symbolicName(second, 2), symbolicName(second, 3), symbolicName(second, 99)]).toEqual([
      'KVM_EXIT_IO',
      'x)',
      '0x63',
    ]);
    expect(first.names.get(0xffffffff)).toBe('odd');
  });
});

describe('ring buffer pages', () => {
  const layout = { commitOffset: 8, commitSize: 8, dataOffset: 16 };

  /** A page of 128 bytes at `time`, its records given as words. */
  function page(time: number, words: readonly number[], flags = 0): Buffer {
    const bytes = Buffer.alloc(128);
    bytes.writeBigUInt64LE(BigInt(time), 0);
    bytes.writeUInt32LE(((words.length * 4) | flags) >>> 0, 8);
    // The kernel's word is a signed long.
    if (flags !== 0) bytes.writeUInt32LE(0xffffffff, 12);
    words.forEach((word, i) => {
      bytes.writeUInt32LE(word >>> 0, 16 + i * 4);
    });
    return bytes;
  }

  it('adds deltas, extends time, sets it, and skips what was discarded', () => {
    const bytes = Buffer.concat([
      page(1000, [(5 << 5) | 1, 7, (1 << 5) | 30, 2, (3 << 5) | 29, 4, (9 << 5) | 2, 8, 9]),
      page(9000, [(77 << 5) | 31, 4, (1 << 5) | 0, 12, 1, 2]),
    ]);
    const reader = new PageReader(bytes, 128, layout, true);
    const seen: number[][] = [];
    while (reader.next()) seen.push([reader.time, reader.end - reader.start]);
    // 1000+5; then +2·2²⁷+1, +3 of a discarded record, +9; then the absolute 4·2²⁷+77, +1.
    expect(seen).toEqual([
      [1005, 4],
      [1005 + 2 * 2 ** 27 + 1 + 3 + 9, 8],
      [4 * 2 ** 27 + 77 + 1, 8],
    ]);
  });

  it('tells lost events, with their number when it is stored', () => {
    const missed = page(5, [1, 7], (2 ** 31) | (2 ** 30));
    missed.writeBigUInt64LE(42n, 16 + 8);
    const reader = new PageReader(
      Buffer.concat([page(1, [1, 7]), missed, page(9, [1, 7], 2 ** 31)]),
      128,
      layout,
      true,
    );
    const lost: number[] = [];
    while (reader.next()) lost.push(reader.lost);
    expect(lost).toEqual([0, 42, Number.NaN]);
  });

  it('counts pages that cannot be', () => {
    const broken = page(1, [1, 7]);
    broken.writeUInt32LE(5000, 8);
    const reader = new PageReader(Buffer.concat([broken, page(2, [1, 7])]), 128, layout, true);
    expect(reader.next()).toBe(true);
    expect([reader.damaged, reader.next()]).toEqual([1, false]);
  });
});

describe('trace_printk', () => {
  it.each([
    ['cpu=%d', [5, 0, 0, 0], 'cpu=5'],
    ['%5d|%-5d|%05d', [1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0], '    1|2    |00003'],
    ['%#x %X %u', [255, 0, 0, 0, 171, 0, 0, 0, 255, 255, 255, 255], '0xff AB 4294967295'],
    ['%d', [255, 255, 255, 255], '-1'],
    ['%lld', [255, 255, 255, 255, 255, 255, 255, 255], '-1'],
    ['%s=%s', [97, 98, 0, 99, 0], 'ab=c'],
    ['100%%', [], '100%'],
    ['%ps', [1, 0, 0, 0, 0, 0, 0, 0], 'symbol'],
    ['%p', [16, 0, 0, 0, 0, 0, 0, 0], '0x10'],
  ])('%s', (format, args, printed) => {
    const record = new EventRecord(true);
    record.over(Uint8Array.from(args));
    expect(
      formatBinary(format, record, 0, args.length, 8, (address) => (address === 1n ? 'symbol' : '')),
    ).toBe(printed);
  });
});
