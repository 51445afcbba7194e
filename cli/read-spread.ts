import { readFile } from 'node:fs/promises';
import { Problem } from '../model/problem.ts';
import type { CompareOptions } from '../workers/compare-task.ts';

/** The spread between equal runs that an earlier `vtune compare --json` measured. */
export async function readSpread(file: string): Promise<NonNullable<CompareOptions['knownDispersion']>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Problem(
      {
        code: error.code === 'ENOENT' ? 'not-found' : 'no-permission',
        message: `cannot be read (${error.code})`,
        file,
        hint,
      },
      { cause: error },
    );
  });
  let found: { pairs?: { dispersion?: { base?: unknown; slope?: unknown; df?: unknown } }[] };
  try {
    found = JSON.parse(text) as typeof found;
  } catch (error) {
    throw new Problem({ code: 'broken', message: 'is not whole JSON', file, hint }, { cause: error });
  }
  const { base, slope, df } = found?.pairs?.[0]?.dispersion ?? {};
  // No degrees of freedom: too few functions to learn a spread from. Null is without end.
  if (typeof base !== 'number' || typeof slope !== 'number' || !(base > 0) || !(slope >= 0) || df === 0) {
    throw new Problem({ code: 'broken', message: 'holds no comparison of enough functions', file, hint });
  }
  return { base, slope, df: typeof df === 'number' ? df : Number.POSITIVE_INFINITY };
}

const hint = 'make it of equal runs: vtune compare --baseline runs/a --candidate runs/b --json spread.json';
