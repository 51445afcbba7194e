import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Context } from '../../analyzers/context.ts';
import { ageing } from '../../analyzers/io/signatures/ageing.ts';
import { behindWrites } from '../../analyzers/io/signatures/behind-writes.ts';
import { idling } from '../../analyzers/io/signatures/idling.ts';
import { weightRaising } from '../../analyzers/io/signatures/weight-raising.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { settings } from '../../workers/importers/settings.ts';
import { importRun } from '../support/import.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));
const runs = !existsSync(captures)
  ? []
  : readdirSync(captures)
      .filter((name) => name !== 'workloads')
      .flatMap((scheduler) => readdirSync(join(captures, scheduler)).map((run) => `${scheduler}/${run}`));

/** What is in which capture: read off the tables of what fio measured, not off these analyzers. */
const expected: Readonly<Record<string, readonly string[]>> = {
  'mq-deadline/w3-hdd-d4': ['ageing'],
  'bfq/w1-hdd-d4': ['weight-raising'],
  // 10 and 12 s: over before weight-raising is, and said to be.
  'bfq/w1-hdd-d4-rep2': ['too short'],
  'bfq/w3-hdd-d4': ['too short'],
  'mq-deadline/w1-hdd-d4': ['behind-writes'],
  'mq-deadline/w1-hdd-d4-rep2': ['behind-writes'],
  'kyber/w1-hdd-d4': ['behind-writes'],
  'kyber/w1-hdd-d4-rep2': ['behind-writes'],
  'kyber/w3-hdd-d4': ['behind-writes'],
  'none/w3-hdd-d4': ['behind-writes'],
};

describe.skipIf(runs.length === 0).each(runs.length === 0 ? ['none'] : runs)('signatures in %s', (run) => {
  it('are those that are there, and no others', () => {
    const at = (name: string): Buffer => readFileSync(join(captures, run, name));
    const context = new Context(
      importRun([settings, at('settings.txt')], [ftrace, gunzipSync(at('ftrace.txt.gz'))]),
    );
    const found = [ageing, weightRaising, behindWrites, idling].flatMap((analyzer) =>
      analyzer
        .run(context)
        .findings.map(({ claim }) =>
          claim.startsWith('Not enough data') ? 'too short' : analyzer.id.replace('io/signature/', ''),
        ),
    );
    expect(found).toEqual(expected[run] ?? []);
  });
});
