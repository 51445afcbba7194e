import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isDescription, readDescription } from '../../workers/descriptions.ts';
import { scratch } from '../support/vtune.ts';

const folder = scratch();
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
const fioReport = '{\n  "fio version" : "fio-3.33",\n  "global options" : {},\n  "jobs" : []\n}\n';

describe('a description of a workload', () => {
  it.each([
    ['a fio job file', 'a.fio', '[reader]\nrw=read\n', true],
    ['a fio job file by another name', 'jobs', '; mixed\n[global]\ndirect=1\n[reader]\nrw=read\n', true],
    ['JSON with tasks', 'w.json', '{"tasks": [{"name": "reader", "range": 4096}]}', true],
    ['JSON that is broken', 'b.json', '{"tasks": [', true],
    ['a report of fio', 'fio.json', fioReport, false],
    ['a binary', 'x', Uint8Array.of(91, 97, 93, 10, 0), false],
  ])('is told by content: %s', async (_, name, content, expected) => {
    expect(await isDescription([file(name, content)])).toBe(expected);
  });

  it('is no capture, and no set of files', async () => {
    const trace = 'datasets/real/multi-event-short.perf.txt';
    expect(await isDescription([trace])).toBe(false);
    expect(await isDescription([folder])).toBe(false);
    expect(await isDescription(['-'])).toBe(false);
    expect(await isDescription([])).toBe(false);
    expect(await isDescription([file('a.fio', '[a]'), file('b.fio', '[b]')])).toBe(false);
    // Like a line of a task, a section may stand in a trace: who reads it is asked first.
    const head = readFileSync(trace).subarray(0, 2000).toString();
    expect(await isDescription([file('odd.txt', `${head}\n[section]\n`)])).toBe(false);
  });

  it('is read whole, or one line says why not', async () => {
    expect(await readDescription(file('w.json', '{"a": "ü"}'))).toMatchObject({ text: '{"a": "ü"}' });
    await expect(readDescription(join(folder, 'nowhere.json'))).rejects.toMatchObject({
      details: { code: 'not-found', file: join(folder, 'nowhere.json') },
    });
  });
});
