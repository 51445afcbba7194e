import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Simulation } from '../../model/simulation.ts';
import { vtune } from '../support/vtune.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));

/** Largest errors of rates (readers and direct writers; write-back) and demerit: what docs/simulator.md says, and a little. */
const known = [
  ['none', 'w1', 0.15, 0.25, 0.05, {}],
  ['none', 'w3', 0.1, 0, 0.05, {}],
  ['mq-deadline', 'w1', 0.1, 0.08, 0.05, {}],
  // The reader it starved made four requests.
  ['mq-deadline', 'w3', 0.09, 0, 0.05, { rd: 0.3 }],
  ['kyber', 'w1', 0.06, 0.08, 0.05, {}],
  ['kyber', 'w3', 0.05, 0, 0.05, {}],
  ['bfq', 'w1', 0.08, 0.1, 0.05, {}],
  ['bfq', 'w3', 0.1, 0, 0.09, { deepwr: 0.6, rd: 0.4 }],
] as const;

describe.skipIf(!existsSync(captures))('real captures simulated again under their own scheduler', () => {
  it.each(known)('%s %s', async (scheduler, name, direct, writeBack, demerit, special) => {
    const path = join(captures, scheduler, `${name}-hdd-d4`);
    const { code, stdout } = await vtune(['simulate', path, '--scheduler', scheduler, '-q', '--json', '-']);
    expect(code).toBe(0);
    const { capture, predictions } = JSON.parse(stdout) as Simulation;
    expect(capture?.scheduler).toBe(scheduler);
    expect(predictions).toHaveLength(1);
    expect(capture?.demerit.read).toBeLessThan(demerit);
    expect(capture?.demerit.write).toBeLessThan(demerit);
    for (const [i, error] of (capture?.replay ?? []).entries()) {
      const { writeBack: flushed, job = '' } = capture?.tasks[i] ?? {};
      const of: Readonly<Record<string, number>> = special;
      const limit = flushed === true ? writeBack : (of[job] ?? direct);
      expect(Math.abs(error.rate), `${error.task}: ${error.rate}`).toBeLessThan(limit);
    }
    expect(capture?.replay?.length).toBe(capture?.tasks.length);
  });
});
