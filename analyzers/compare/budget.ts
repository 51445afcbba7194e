import type { Budget } from '../../model/budget.ts';
import type { GateLevel } from '../../model/comparison.ts';

export interface AppliedRule {
  readonly level: GateLevel;
  readonly maxIncrease?: number;
  readonly max?: number;
  /** Something more particular than `*` names it. */
  readonly explicit: boolean;
}

/** Rule for a metric: globs match `id` or `id{label=value,…}`. */
export function ruleForMetric(
  budget: Budget | undefined,
  id: string,
  labels: Readonly<Record<string, string>>,
): AppliedRule | undefined {
  return lastMatch(budget, metricNames(id, labels));
}

/** What a glob may call a metric: `io.await`, `io.await{device=sda,op=read}`, `io.await{sda}`. */
export function metricNames(id: string, labels: Readonly<Record<string, string>>): string[] {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [id, `${id}{${pairs.join(',')}}`, ...Object.values(labels).map((value) => `${id}{${value}}`)];
}

/** Rule for a function: globs match `function`, `module!function`, or `function:function`. */
export function ruleForFunction(
  budget: Budget | undefined,
  module: string,
  name: string,
): AppliedRule | undefined {
  return lastMatch(budget, [name, `${module}!${name}`, `function:${name}`, `function:${module}!${name}`]);
}

function lastMatch(budget: Budget | undefined, names: readonly string[]): AppliedRule | undefined {
  const rule = budget?.findLast(({ glob }) => names.some((name) => globToRegExp(glob).test(name)));
  if (rule === undefined) return undefined;
  const { level, maxIncrease, max, glob } = rule;
  return {
    level,
    explicit: !/^(?:function:)?\*+$/.test(glob),
    ...(maxIncrease === undefined ? {} : { maxIncrease }),
    ...(max === undefined ? {} : { max }),
  };
}

const compiled = new Map<string, RegExp>();

/** `*` is any text, `?` one character, `{a,b}` either; everything else is itself. */
export function globToRegExp(glob: string): RegExp {
  let pattern = compiled.get(glob);
  if (pattern === undefined) {
    const alternatives = /\{([^{}]*,[^{}]*)\}/g;
    const quote = (text: string): string =>
      text
        .replace(/[.+^${}()|[\]\\]/g, '\\$&')
        .replace(/\*+/g, '.*')
        .replace(/\?/g, '.');
    let source = '';
    let at = 0;
    for (const found of glob.matchAll(alternatives)) {
      source += quote(glob.slice(at, found.index));
      source += `(?:${(found[1] as string).split(',').map(quote).join('|')})`;
      at = found.index + found[0].length;
    }
    pattern = new RegExp(`^${source}${quote(glob.slice(at))}$`, 's');
    compiled.set(glob, pattern);
  }
  return pattern;
}
