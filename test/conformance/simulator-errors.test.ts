import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorOf, promisedLimits } from '../../analyzers/io/simulator/error-row.ts';
import { errorTable } from '../../analyzers/io/simulator/error-table.ts';
import { errorTables } from '../support/error-tables.ts';
import { errorRows } from '../support/simulator-errors.ts';

const captures = fileURLToPath(new URL('../../../shared/captures/io', import.meta.url));
const page = new URL('../../docs/simulator.md', import.meta.url);

/** By how much an error may grow before somebody has to look: of rates, of p99. */
const margin = { rate: 0.02, p99: 0.05 };

describe('the errors of the simulator', () => {
  it('are those docs/simulator.md lists', () => {
    expect(readFileSync(page, 'utf8')).toContain(errorTables(errorTable));
  });
});

describe.skipIf(!existsSync(captures))('the recorded runs, simulated again', () => {
  it('are no further off than npm run errors has written down, and keep every promise they kept', async () => {
    const rows = await errorRows(captures);
    expect(rows.map(({ run, job }) => `${run} ${job}`)).toEqual(
      errorTable.map(({ run, job }) => `${run} ${job}`),
    );
    for (const [i, row] of rows.entries()) {
      const written = errorTable[i] as (typeof errorTable)[number];
      expect([row.rate[1], row.p99[1], row.p99Interval]).toEqual([
        written.rate[1],
        written.p99[1],
        written.p99Interval,
      ]);
      const promised = promisedLimits(row);
      for (const key of ['rate', 'p99'] as const) {
        const [now, before] = [Math.abs(errorOf(row[key])), Math.abs(errorOf(written[key]))];
        const most =
          before <= promised[key] ? Math.min(promised[key], before + margin[key]) : before + margin[key];
        expect(now, `${row.scheduler} ${row.run} ${row.job}: error of ${key}`).toBeLessThanOrEqual(most);
      }
    }
  });
});
