import type { Comparison } from '../../model/comparison.ts';
import type { SavedRun } from '../../model/saved-run.ts';

/** Names that try to be something else in one output or another. */
export const hostileNames: readonly string[] = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onload='alert(1)",
  'a|b`c`|d',
  '@user and *bold* __init__ ~~gone~~ [link](http://evil.example) ![i](https://evil.example/x.png)',
  'line\nbreak\r\n::error file=x::owned\n| fake | row |',
  '\u202eexe.gnp\u2066x\u200b',
  'x]]>y<![CDATA[z --> &amp; &#0;',
  '\u001b[2J\u001b]0;owned\u0007\u009b31m',
  '100%, 50%25: a,b %0A%0D',
  'a;b;c 12 34',
  'lone \ud800 surrogate \udc00\ufffe\u0000',
  '\t',
  `${'long|`<&'.repeat(40)}end`,
];

/** The same run with its functions under other names. */
export function renamed(run: SavedRun, name: (old: string) => string): SavedRun {
  return {
    ...run,
    profiles: run.profiles.map((profile) => {
      const { functions } = profile.tree;
      return {
        ...profile,
        tree: { ...profile.tree, functions: { ...functions, name: functions.name.map(name) } },
      };
    }),
  };
}

/** Characters that command a terminal or turn its text around. */
export const commands =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The first pair's functions written again under other names: as many as asked for. */
export function manyFunctions(comparison: Comparison, names: readonly string[]): Comparison {
  const [pair] = comparison.pairs;
  const pattern = pair?.functions.find(({ state }) => state === 'regressed');
  if (pair === undefined || pattern === undefined) throw new Error('no function regressed');
  const functions = names.map((name, i) => ({
    ...pattern,
    function: name,
    state: i % 2 === 0 ? ('regressed' as const) : ('improved' as const),
    path: ['bench', name, name, name],
  }));
  return { ...comparison, pairs: [{ ...pair, functions, tested: functions.length }] };
}
