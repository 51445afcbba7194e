import { readFile } from 'node:fs/promises';
import type { Budget, BudgetRule } from '../model/budget.ts';
import { type GateLevel, gateLevels } from '../model/comparison.ts';
import { Problem } from '../model/problem.ts';

/**
 * Reads a budget file: `{"run.result{wall_s}": ["error", {"maxIncrease": "3%"}], "libc*!*": "off"}`.
 * Keys are globs over metrics and functions; the last that matches counts.
 */
export async function readBudget(file: string): Promise<Budget> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Problem(
      {
        code: error.code === 'EACCES' ? 'no-permission' : 'not-found',
        message: `cannot be read (${error.message})`,
        file,
        hint: 'check the path of the budget',
      },
      { cause: error },
    );
  });
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw wrong(file, `is not JSON (${error instanceof Error ? error.message : ''})`);
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found))
    throw wrong(file, 'is no object of globs');
  return Object.entries(found)
    .filter(([glob]) => glob !== '$schema')
    .map(([glob, value]) => readRule(file, glob, value));
}

function readRule(file: string, glob: string, value: unknown): BudgetRule {
  const [level, limits = {}, ...more] = Array.isArray(value) ? (value as unknown[]) : [value];
  if (!gateLevels.includes(level as GateLevel) || more.length > 0) {
    throw wrong(file, `${glob}: expected off, warn or error, not ${JSON.stringify(level)}`);
  }
  if (typeof limits !== 'object' || limits === null || Array.isArray(limits))
    throw wrong(file, `${glob}: limits must be an object`);
  const { maxIncrease, max, ...unknown } = limits as Record<string, unknown>;
  const [first] = Object.keys(unknown);
  if (first !== undefined)
    throw wrong(file, `${glob}: knows no limit ${first}; there are maxIncrease and max`);
  if (max !== undefined && (typeof max !== 'number' || !Number.isFinite(max)))
    throw wrong(file, `${glob}: max must be a number in the metric's unit`);
  return {
    glob,
    level: level as GateLevel,
    ...(maxIncrease === undefined ? {} : { maxIncrease: readShare(file, glob, maxIncrease) }),
    ...(typeof max === 'number' ? { max } : {}),
  };
}

function readShare(file: string, glob: string, value: unknown): number {
  const found = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(String(value));
  const share = found === null ? Number.NaN : Number(found[1]) / (found[2] === '%' ? 100 : 1);
  if (!(share >= 0))
    throw wrong(file, `${glob}: maxIncrease must be a share, as "3%" or 0.03, not ${JSON.stringify(value)}`);
  return share;
}

function wrong(file: string, message: string): Problem {
  return new Problem({
    code: 'usage',
    message,
    file,
    hint: 'a budget looks like {"run.result{wall_s}": ["error", {"maxIncrease": "3%"}]}',
  });
}
