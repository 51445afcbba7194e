import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dumpTrace } from '../../model/dump.ts';
import { TraceMerger } from '../../model/merge.ts';
import { SpareColumns } from '../../model/spare-columns.ts';
import { decodeLatin1, decodeString, StringBuilder } from '../../model/strings.ts';
import { TableBuilder } from '../../model/table.ts';
import { NO_CPU, samples } from '../../model/tables.ts';
import { countInversions, sortByTime } from '../../model/time-order.ts';
import { TraceBuilder } from '../../model/trace-builder.ts';

describe('StringBuilder', () => {
  it('gives one id per content, in order of first appearance, and gives bytes back', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 200 }), (values) => {
        const builder = new StringBuilder();
        const ids = values.map((bytes) => builder.intern(bytes, 0, bytes.length));
        const strings = builder.finish();
        values.forEach((bytes, i) => {
          expect(decodeLatin1(strings, ids[i] as number)).toBe(Buffer.from(bytes).toString('latin1'));
        });
        const distinct = [
          ...new Set(values.map((bytes) => Buffer.from(bytes).toString('latin1')).filter(Boolean)),
        ];
        expect(strings.length).toBe(distinct.length + 1);
        distinct.forEach((text, i) => {
          expect(decodeLatin1(strings, i + 1)).toBe(text);
        });
      }),
    );
  });

  it('shows bytes that are not UTF-8 as replacement characters', () => {
    const builder = new StringBuilder();
    const id = builder.intern(Uint8Array.of(97, 0xff, 98), 0, 3);
    expect(decodeString(builder.finish(), id)).toBe('a\ufffdb');
  });
});

describe('SpareColumns', () => {
  it('are zeroed, and have room for what they once grew to', () => {
    const first = new TableBuilder(samples, 4, true);
    for (let row = 0; row < 5; row++) first.columns.time[first.add()] = 7 + row;
    const spare = new SpareColumns({ samples: first.finish() });
    const again = spare.take(samples);
    expect(again?.capacity).toBe(16);
    expect([...(again?.columns.time ?? [])]).toEqual(Array(16).fill(0));
    expect(new SpareColumns({}).take(samples)).toBeUndefined();
  });
});

describe('TableBuilder', () => {
  it('grows, and finishes with exact columns on shared memory', () => {
    const builder = new TableBuilder(samples, 2);
    for (let i = 0; i < 1000; i++) builder.columns.weight[builder.add()] = i;
    // The row id was taken before the columns could be replaced: what was written last must be there.
    const row = builder.add();
    builder.columns.weight[row] = 7;
    const table = builder.finish();
    expect(table.length).toBe(1001);
    expect(table.columns.weight[row]).toBe(7);
    expect(table.columns.weight.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(table.columns.weight.length).toBe(1001);
  });
});

describe('sortByTime', () => {
  it('is stable, conserves rows, and leaves rows without a time behind the one they followed', () => {
    const times = fc.array(fc.oneof(fc.integer({ min: 0, max: 20 }), fc.constant(Number.NaN)), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(times, (values) => {
        const table = new TableBuilder(samples);
        values.forEach((time, i) => {
          const row = table.add();
          table.columns.time[row] = time;
          table.columns.weight[row] = i;
        });
        sortByTime(table);
        let last = Number.NEGATIVE_INFINITY;
        const keyed = values.map((time, i) => {
          if (!Number.isNaN(time)) last = time;
          return { key: last, i };
        });
        const expected = keyed
          .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.i - b.i))
          .map(({ i }) => i);
        expect([...table.columns.weight.slice(0, table.length)]).toEqual(expected);
        expect(countInversions(table.columns.time, 0, table.length)).toBe(0);
      }),
    );
  });
});

describe('TraceMerger', () => {
  it('gives the ids of a single pass, wherever the records were cut', () => {
    const record = fc.tuple(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 6 }),
      fc.nat(50),
    );
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 40 }),
        fc.array(fc.nat(40), { maxLength: 4 }),
        (records, cuts) => {
          expect(merged(records, cuts)).toBe(merged(records, []));
        },
      ),
    );
  });
});

type Record = [number, number[], number];

function merged(records: readonly Record[], cuts: readonly number[]): string {
  const merger = new TraceMerger();
  merger.beginFile();
  const ends = [...new Set([...cuts.filter((cut) => cut < records.length), records.length])].sort(
    (a, b) => a - b,
  );
  let from = 0;
  let spare = new SpareColumns({});
  for (const to of ends) {
    // As workers do: columns of the chunk before are written anew.
    const out = new TraceBuilder(true, spare);
    for (const [tid, path, time] of records.slice(from, to)) {
      const thread = out.threads.intern({
        pid: 1,
        tid,
        comm: out.strings.internText(`t${tid}`),
        start: time,
        end: time,
      });
      const stack = path.reduce(
        (parent, fn) =>
          out.stacks.push(parent, out.frames.intern({ name: out.strings.internText(`f${fn}`), kind: 1 })),
        0,
      );
      out.sample(
        time,
        thread,
        NO_CPU,
        stack,
        out.events.intern({ name: out.strings.internText('cycles') }),
        1,
      );
    }
    const chunk = out.finish();
    merger.add(chunk);
    spare = new SpareColumns(chunk.tables);
    from = to;
  }
  const row = merger.endFile({ file: 'x', importer: 'test', bytes: 0, encodings: [] });
  return JSON.stringify(row) + [...dumpTrace(merger.finish({}, []))].join('');
}
