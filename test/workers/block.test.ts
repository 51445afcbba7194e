import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { deviceNames } from '../../analyzers/derived/io/device-names.ts';
import { requestModel } from '../../analyzers/derived/io/requests.ts';
import { type BlockPhase, blockFlag, blockOps, blockPhases, deviceNumber } from '../../model/io-tables.ts';
import { Problem } from '../../model/problem.ts';
import { decodeString } from '../../model/strings.ts';
import type { Trace } from '../../model/trace.ts';
import { TraceBuilder } from '../../model/trace-builder.ts';
import { blkparse } from '../../workers/importers/blkparse.ts';
import { blktrace } from '../../workers/importers/blktrace.ts';
import { fioJson } from '../../workers/importers/fio-json.ts';
import { fioLog } from '../../workers/importers/fio-log.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { readRwbs } from '../../workers/importers/trace-event/rwbs.ts';
import { checkImporter } from '../support/check-importer.ts';
import { importCut, importRun, sourceOf } from '../support/import.ts';
import { repo } from '../support/paths.ts';

const real = (name: string): Buffer =>
  gunzipSync(readFileSync(repo(`datasets/real/block-starve/${name}.gz`)));

function lines(bytes: Buffer, first: number, last = 0): Buffer {
  const all = bytes.toString('latin1').split('\n');
  return Buffer.from([...all.slice(0, first), ...(last === 0 ? [] : all.slice(-last))].join('\n'), 'latin1');
}

/** Bytes of the first records of a blktrace file. */
function records(bytes: Buffer, count: number): Buffer {
  let at = 0;
  for (let i = 0; i < count; i++) at += 48 + bytes.readUInt16LE(at + 46);
  return bytes.subarray(0, at);
}

/** The same file as a big-endian machine would have written it; payloads are bytes or big-endian either way. */
function swapped(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes);
  for (let at = 0; at < bytes.length; ) {
    const payload = bytes.readUInt16LE(at + 46);
    for (const [offset, size] of [
      [0, 4],
      [4, 4],
      [8, 8],
      [16, 8],
      [24, 4],
      [28, 4],
      [32, 4],
      [36, 4],
      [40, 4],
      [44, 2],
      [46, 2],
    ] as const)
      out.subarray(at + offset, at + offset + size).reverse();
    at += 48 + payload;
  }
  return out;
}

/** Rows of blockEvents as text, times in µs from the first. */
function told({ tables, strings }: Trace): string[] {
  const { columns, length } = tables.blockEvents;
  const start = columns.time[0] ?? 0;
  return Array.from({ length }, (_, row) => {
    const thread = columns.thread[row] as number;
    const comm = decodeString(strings, tables.threads.columns.comm[thread] as number);
    const other =
      columns.otherSector[row] === 0
        ? ''
        : ` other ${deviceNumber(columns.otherDevice[row] as number)} ${columns.otherSector[row]}`;
    return `${Math.round(((columns.time[row] as number) - start) / 1e3)} ${blockPhases[columns.phase[row] as number]} ${deviceNumber(columns.device[row] as number)} ${columns.sector[row]}+${columns.bytes[row]} ${blockOps[columns.op[row] as number]} ${columns.flags[row]} error ${columns.error[row]} ${comm} ${tables.threads.columns.tid[thread]}${other}`;
  });
}

describe('blkparse importer', () => {
  checkImporter(blkparse, lines(real('blkparse.txt'), 40, 35), 'block-blkparse.txt');

  it('reads a whole real trace, its summary and its messages', () => {
    const text = `${real('blkparse.txt')}  7,0    1        9    11.000000000     0  m   N cfq alloced\n`;
    const trace = importCut(blkparse, Buffer.from(text));
    expect(trace.imports[0]).toMatchObject({ skipped: 0, lost: 0 });
    expect(trace.tables.blockEvents.length).toBe(7475);
    expect(decodeString(trace.strings, trace.tables.marks.columns.text[0] as number)).toBe('N cfq alloced');
  });

  it('reads every action blkparse(1) prints', () => {
    const line = (action: string, letters: string, rest: string): string =>
      `  8,0    3        1     0.000000345   697  ${action.padEnd(2)} ${letters.padStart(3)} ${rest}`;
    const text = [
      line('A', 'WS', '223490 + 8 <- (8,1) 223427'),
      line('Q', 'WS', '223490 + 8 [kjournald]'),
      line('X', 'R', '1000 / 1128 [a b]'),
      line('P', 'N', '[kjournald]'),
      line('U', 'N', '[kjournald] 4'),
      line('UT', 'N', '[swapper] 1'),
      line('S', 'R', '1000 + 8 [dd]'),
      line('F', 'W', '992 + 8 [dd]'),
      line('R', 'WS', '223490 + 8 [0]'),
      line('D', 'WS', '223490 + 8 (   12345) [kjournald]'),
      line('C', 'WS', '223490 + 8 [65531]'),
      line('D', 'R', '36 (12 00 00 00 24 00) [udev]'),
      line('C', 'FWS', '0 [0]'),
      line('Q', 'FWS', '[jbd2/sda1-8]'),
      line('C', 'FN', '0 [0]'),
    ];
    expect(told(importCut(blkparse, Buffer.from(text.join('\n'))))).toEqual([
      '0 remap 8,0 223490+4096 write 8 error 0  697 other 8,1 223427',
      '0 queue 8,0 223490+4096 write 8 error 0 kjournald 697',
      '0 split 8,0 1000+65536 read 0 error 0 a b 697 other 0,0 1128',
      '0 plug 8,0 -1+0 other 0 error 0 kjournald 697',
      '0 unplug 8,0 -1+4 other 0 error 0 kjournald 697',
      '0 unplug 8,0 -1+1 other 0 error 0 swapper 697',
      '0 sleep 8,0 1000+4096 read 0 error 0 dd 697',
      '0 front merge 8,0 992+4096 write 0 error 0 dd 697',
      '0 requeue 8,0 223490+4096 write 8 error 0  697',
      '0 issue 8,0 223490+4096 write 8 error 0 kjournald 697',
      '0 complete 8,0 223490+4096 write 8 error -5  697',
      '0 issue 8,0 -1+36 read 0 error 0 udev 697',
      '0 complete 8,0 0+0 flush 9 error 0  697',
      '0 queue 8,0 -1+0 flush 9 error 0 jbd2/sda1-8 697',
      '0 complete 8,0 0+0 flush 1 error 0  697',
    ]);
  });

  it('counts what it cannot understand, with its place', () => {
    const text =
      '  8,0    3        1     0.000000345   697  Q  WS 8 + 8 [a]\n  8,0    3  nonsense\n  8,0    3        1     0.000000345   697  ?  WS 8 + 8 [a]\n';
    expect(importCut(blkparse, Buffer.from(text)).imports[0]).toMatchObject({
      records: 1,
      skipped: 2,
      firstSkipped: 59,
    });
  });
});

describe('blktrace importer', () => {
  const files = [real('bt.blktrace.0'), real('bt.blktrace.1')];
  checkImporter(blktrace, records(files[1] as Buffer, 40), 'block-blktrace.txt');

  it('reads either byte order alike', () => {
    const bytes = files[0] as Buffer;
    expect(blktrace.sniff(swapped(bytes).subarray(0, 4096), 'x')).toBe('yes');
    expect(told(importCut(blktrace, swapped(bytes)))).toEqual(told(importCut(blktrace, bytes)));
  });

  it('gives, both CPUs together, what blkparse and ftrace say of the same run', () => {
    // Who runs at a completion is not in blkparse's line; names are in the file of one CPU only.
    const plain = (trace: Trace): string[] =>
      told(trace)
        .map((line) => line.replace(/error (-?\d+) .*$/, 'error $1'))
        .sort();
    const binary = plain(importRun(...files.map((bytes) => [blktrace, bytes] as const)));
    expect(binary).toHaveLength(7475);
    expect(binary).toEqual(plain(importCut(blkparse, real('blkparse.txt'))));
    expect(binary).toEqual(plain(importCut(ftrace, real('ftrace.txt'))));
  });

  it('says which version it cannot read', () => {
    const old = Buffer.from(files[0] as Buffer);
    old[0] = 6;
    const read = (): Trace => importCut(blktrace, old);
    expect(read).toThrow(Problem);
    expect(read).toThrow(/version 6, and version 7 is read/);
  });

  it('skips damage and goes on with the next record; a cut end is counted', () => {
    const bytes = Buffer.from(records(files[0] as Buffer, 60));
    const whole = importCut(blktrace, bytes).tables.blockEvents.length;
    const third = records(bytes, 3).length;
    bytes.fill(0xff, third, third + 20);
    const hurt = importCut(blktrace, bytes);
    expect(hurt.imports[0]).toMatchObject({ skipped: 1, firstSkipped: third });
    expect(hurt.tables.blockEvents.length).toBe(whole - 1);
    const cut = importCut(blktrace, bytes.subarray(0, bytes.length - 9));
    expect(cut.imports[0]?.skipped).toBe(2);
  });

  it('throws nothing but Problems, whatever the bytes', () => {
    const start = records(files[0] as Buffer, 5);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(start.length - 1), (noise, at) => {
        const bytes = Buffer.concat([start, noise]);
        bytes[at] = noise[0] ?? 1;
        try {
          blktrace.open(new TraceBuilder(), sourceOf(bytes))(bytes, 0);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
      { numRuns: 200, seed: 3 },
    );
  });

  it('takes the name of a device from that of its file, also with a !', () => {
    const names = (file: string): string[] => {
      const out = new TraceBuilder();
      const bytes = files[0] as Buffer;
      blktrace.open(out, { ...sourceOf(bytes), name: file })(bytes, 0);
      const chunk = out.finish();
      const trace = { ...importCut(blktrace, bytes), strings: chunk.strings, tables: chunk.tables };
      return [...new Context(trace).derive(deviceNames)].map((each) => each.join(' '));
    };
    expect(names('traces/cciss!c0d0.blktrace.0')).toEqual(['7,0 cciss/c0d0']);
    expect(names('run.tar!./loop0.blktrace.0')).toEqual(['7,0 loop0']);
    expect(names('bt.blktrace.0')).toEqual([]);
  });
});

describe('letters of rwbs', () => {
  const read = (letters: string): string => {
    const into = { op: 0, flags: 0 };
    const bytes = Buffer.from(letters);
    if (!readRwbs(bytes, 0, bytes.length, into)) return 'not understood';
    const flags = Object.entries(blockFlag).filter(([, bit]) => (into.flags & bit) !== 0);
    return [blockOps[into.op], ...flags.map(([name]) => name)].join(' ');
  };

  it.each([
    ['R', 'read'],
    ['RAM', 'read readAhead meta'],
    ['WS', 'write sync'],
    ['FWFS', 'write preflush fua sync'],
    ['WFSM', 'write fua sync meta'],
    ['D', 'discard'],
    ['DE', 'discard'],
    ['FF', 'flush preflush'],
    ['F', 'flush'],
    ['FS', 'flush sync'],
    ['FN', 'flush preflush'],
    ['N', 'other'],
    ['ZRAS', 'other sync'],
    ['WZS', 'write zeroes sync'],
    ['WU', 'write'],
    ['', 'other'],
    ['x', 'not understood'],
    ['R1', 'not understood'],
  ])('%s is %s', (letters, meaning) => expect(read(letters)).toBe(meaning));
});

describe('block events of trace text', () => {
  const line = (event: string): Buffer =>
    Buffer.from(`# tracer: nop\n             fio-14080   [001] .....  5996.429561: ${event}\n`);

  it.each<[string, BlockPhase, string]>([
    ['block_rq_issue: 8,0 R 0 () 123 + 8 [fio]', 'issue', '123+4096 read 0 error 0'],
    ['block_rq_issue: 8,0 N 36 (12 00 24) 0 + 0 [udev]', 'issue', '0+36 other 0 error 0'],
    ['block_rq_issue: 8,0 FF 0 () 18446744073709551615 + 0 none,0,0 [kw]', 'issue', '-1+0 flush 1 error 0'],
    ['block_rq_complete: 8,0 WS () 123 + 8 [-5]', 'complete', '123+4096 write 8 error -5'],
    ['block_split: 8,0 R 1000 / 1256 [fio]', 'split', '1000+131072 read 0 error 0'],
    ['block_bio_remap: 8,0 WS 2048 + 8 <- (8,1) 0', 'remap', '2048+4096 write 8 error 0'],
    ['block_unplug: [fio] 4', 'unplug', '-1+4 other 0 error 0'],
  ])('%s', (event, phase, rest) => {
    const trace = importCut(ftrace, line(event));
    expect(trace.imports[0]?.skipped).toBe(0);
    expect(told(trace)[0]).toContain(` ${phase} `);
    expect(told(trace)[0]).toContain(rest);
  });

  it('that are cut are counted', () => {
    for (const event of [
      'block_rq_issue: 8,0 R 4096 (',
      'block_bio_queue: 8',
      'block_rq_complete: 8,0 WS () 12',
    ])
      expect(importCut(ftrace, line(event)).imports[0]?.skipped).toBe(1);
  });

  it('of perf script are the same where perf did not lose them', () => {
    const trace = importCut(perfScript, real('perf-script.txt'));
    expect(trace.imports[0]?.skipped).toBe(0);
    const { completed, lost, open } = new Context(trace).derive(requestModel);
    expect([completed.length, lost + open]).toEqual([1490, 5]);
  });
});

describe('fio importers', () => {
  const report = {
    'fio version': 'fio-2.21',
    jobs: [
      {
        jobname: 'a {"',
        read: {
          total_ios: 2,
          iops: 4.5,
          io_bytes: 8192,
          clat: { mean: 10.5, max: 12, percentile: { '99.000000': 12 } },
        },
        write: { total_ios: 0, iops: 0 },
      },
      {
        jobname: 'a {"',
        write: { total_ios: 4, iops: 1, clat_ns: { mean: 5, max: 9, bins: { '4': 2, '5': 1, '9': 1 } } },
      },
    ],
  };
  const text = `fio: this platform does not support it\nfio: {odd\n${JSON.stringify(report, null, 2)}\nRun status: done }\n`;
  checkImporter(fioJson, Buffer.from(text), 'block-fio-json.txt');
  checkImporter(fioLog, lines(real('fio_clat.3.log'), 20), 'block-fio-log.txt');

  it('says where a report breaks off', () => {
    const read = (): Trace => importCut(fioJson, Buffer.from(text.slice(0, 400)));
    expect(read).toThrow(Problem);
    expect(read).toThrow(/is not whole JSON/);
  });

  it('reads a whole log', () => {
    expect(importCut(fioLog, real('fio_clat.3.log')).imports[0]).toMatchObject({ records: 1190, skipped: 0 });
  });
});
