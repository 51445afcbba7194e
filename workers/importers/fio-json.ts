import { Problem } from '../../model/problem.ts';
import type { TraceBuilder } from '../../model/trace-builder.ts';
import { latin1, utf8 } from '../bytes.ts';
import { objectIn } from './fio/object-in.ts';
import { fioOptions, fioReadings } from './fio/readings.ts';
import type { Importer, Source } from './importer.ts';

/** What `fio --output-format=json` or `json+` prints, also with warnings or progress around it. */
export const fioJson: Importer = {
  id: 'fio-json',
  title: "fio's JSON (json, json+), with text before and after it",
  captureWith: 'fio --output-format=json+ --output=fio.json job.fio',
  sniff: (head) =>
    /(?:^|\n)\{\s*"fio version"\s*:/.test(latin1(head, 0, Math.min(head.length, 64 << 10))) ? 'yes' : 'no',
  open: (out, source) => (bytes, offset) => read(out, source, bytes, offset),
};

function read(out: TraceBuilder, source: Source, bytes: Uint8Array, offset: number): void {
  const text = utf8(bytes, 0, bytes.length);
  const found = objectIn(text);
  const broken = (message: string, at: number): Problem =>
    new Problem({
      code: 'broken',
      message,
      file: source.name,
      offset: at + offset,
      hint: 'run fio again with --output=fio.json; an interrupted fio writes no end',
    });
  if (found === undefined) throw broken('holds no JSON object of fio', 0);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text.slice(found.from, found.to));
  } catch {
    throw broken('is not whole JSON', found.from);
  }
  const readings = fioReadings(parsed);
  if (readings === undefined) throw broken('has no list of jobs', found.from);
  for (const { job, option, value } of fioOptions(parsed)) out.fact(`fio option ${option} of ${job}`, value);
  for (const { name, unit, job, value } of readings) {
    out.counter(name, unit, 'fio job', job, Number.NaN, value);
    out.counts.records++;
  }
}
