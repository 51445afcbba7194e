import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../model/comparison.ts';
import { renderComparisonText } from '../../viz/text/console.ts';
import { renderGithub } from '../../viz/text/github.ts';
import { renderJunit } from '../../viz/text/junit.ts';
import { MARKER, MOST_BYTES, renderMarkdown } from '../../viz/text/markdown.ts';
import { renderSarif } from '../../viz/text/sarif.ts';
import { sourceOf } from '../../viz/text/source.ts';
import { after, before, compareSides, hostileComparison, variedRuns } from '../support/comparison-fixture.ts';
import { commands, hostileNames, manyFunctions } from '../support/hostile.ts';
import { elementsOf, parseXml } from '../support/xml.ts';

const source = { parse: '/repo/src/codec.c:12', index: 'src/index.c:7', hash: '/usr/include/hash.h:3' };
const compared = compareSides(variedRuns('a', before, { source }), variedRuns('b', after, { source }));
const hostile = hostileComparison();
const names = Array.from({ length: 3000 }, (_, i) =>
  `${i} ${(hostileNames[i % hostileNames.length] as string).repeat(300)}`.slice(0, 300),
);
const many = manyFunctions(compared, names);

/** Cells of a table row; a pipe in code would be one more. */
const cells = (row: string): number => row.split('|').length - 2;

function tableRows(markdown: string): string[][] {
  const tables: string[][] = [];
  let open = false;
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) open = false;
    else if (open) tables.at(-1)?.push(line);
    else {
      tables.push([line]);
      open = true;
    }
  }
  return tables;
}

describe('the console text of a comparison', () => {
  const plain = { colour: false, width: 100 };

  it('says what changed, by how much, how surely, and from where it is called', () => {
    const text = renderComparisonText(compared, plain);
    expect(text).toMatch(
      /✖ parse: regressed, .* → .*, \+[45]\d(\.\d)? % \(95 % CI \+[\d.]+ % to \+[\d.]+ %\)/,
    );
    expect(text).toMatch(/✔ hash: improved/);
    expect(text).toMatch(/match: .*, gone,/);
    expect(text).toMatch(/index: .*, new,/);
    expect(text).toContain('in libcodec.so, called from serve ← main');
    expect(text.trimEnd().split('\n').at(-1)).toMatch(/^gate: fail, \d+ regressions?$/);
  });

  it('obeys no name', () => {
    for (const comparison of [hostile, many]) {
      const text = renderComparisonText(comparison, plain);
      expect(text).not.toMatch(commands);
      for (const line of text.split('\n')) expect(line).not.toMatch(/^(::error|\| fake|break)/);
    }
    expect(renderComparisonText(hostile, plain)).toContain('line\\nbreak');
  });

  it('colours by verdict where colours are wanted, and nowhere else', () => {
    const text = renderComparisonText(hostile, { colour: true, width: 100 });
    expect(text.replace(/\u001b\[\d+m([^\u001b]*)\u001b\[0m/g, '$1')).not.toMatch(commands);
  });
});

describe('the markdown of a comparison', () => {
  it('begins with the marker that a bot looks for', () => {
    expect(MARKER).toBe('<!-- vtune-compare -->');
    expect(renderMarkdown(compared).split('\n')[0]).toBe(MARKER);
    expect(renderMarkdown(compared)).toMatch(/\n## ❌ fail: .*parse in libcodec\.so regressed/);
  });

  it('holds a verdict, metrics and functions in valid tables', () => {
    for (const comparison of [compared, hostile, many]) {
      const tables = tableRows(renderMarkdown(comparison));
      expect(tables).toHaveLength(2);
      for (const [head = '', rule, ...rows] of tables) {
        expect(rule).toMatch(/^\|(?:-+:?\|)+$/);
        expect(rows.length).toBeGreaterThan(0);
        for (const row of [rule ?? '', ...rows]) expect(cells(row), row).toBe(cells(head));
      }
    }
  });

  it('stays within a comment however many functions changed, and says how many are left out', () => {
    const text = renderMarkdown(many);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST_BYTES);
    const shown = tableRows(text)[1]?.length ?? 0;
    expect(shown).toBeGreaterThan(10);
    expect(text).toContain(`_${3000 - (shown - 2)} more in the report._`);
  });

  it('lets no name be markup, a link, a picture, a mention or a line', () => {
    for (const comparison of [hostile, many]) {
      const text = renderMarkdown(comparison);
      const known = text.replace(/<!-- vtune-compare -->|<\/?(?:code|details|summary)>/g, '');
      expect(known).not.toMatch(/[<>`]/);
      const inCode = [...text.matchAll(/<code>(.*?)<\/code>/g)].map(([, inner = '']) => inner);
      for (const inner of inCode)
        expect(inner).not.toMatch(/[*~[\]\\|<>\n]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:\/\//);
      const outside = text.replace(/<code>.*?<\/code>/g, '');
      expect(outside).not.toMatch(/@\w|\]\(|:\/\//);
      expect(text.replaceAll('@\u200b', '@')).not.toMatch(commands);
      expect(text).not.toMatch(/^(?:::error|\| fake)/m);
    }
  });
});

describe('the JUnit XML of a comparison', () => {
  it('is well-formed, and its counts add up', () => {
    for (const comparison of [compared, hostile, many]) {
      const root = parseXml(renderJunit(comparison));
      expect(root.name).toBe('testsuites');
      const suites = elementsOf(root, 'testsuite');
      expect(suites.map(({ attributes }) => attributes.name)).toEqual([
        'metrics: candidate against baseline',
        'functions: candidate against baseline',
      ]);
      for (const [within, names] of [[root, ['testcase', 'failure', 'skipped']] as const]) {
        const counts = names.map((name) => String(elementsOf(within, name).length));
        expect([within.attributes.tests, within.attributes.failures, within.attributes.skipped]).toEqual(
          counts,
        );
      }
      for (const suite of suites) {
        const counts = ['testcase', 'failure', 'skipped'].map((name) =>
          String(elementsOf(suite, name).length),
        );
        expect([suite.attributes.tests, suite.attributes.failures, suite.attributes.skipped]).toEqual(counts);
      }
    }
  });

  it('fails what the gate fails, once', () => {
    const root = parseXml(renderJunit(compared));
    expect(elementsOf(root, 'failure')).toHaveLength(compared.gate.failures.length);
    const parse = elementsOf(root, 'testcase').find(({ attributes }) => attributes.name?.startsWith('parse'));
    expect(parse?.children[0]?.name).toBe('failure');
    expect(parse?.children[0]?.attributes.message).toMatch(/regressed \+.*called from serve ← main/);
  });

  it('keeps hostile names as text', () => {
    const found = elementsOf(parseXml(renderJunit(hostile)), 'testcase').map(
      ({ attributes }) => attributes.name,
    );
    expect(found).toContain('<script>alert(1)</script> in app');
    expect(found).toContain('x]]>y<![CDATA[z --> &amp; &#0; in app');
  });
});

describe('the annotations of a comparison', () => {
  const lines = (comparison: Comparison): string[] =>
    renderGithub(comparison, '/repo').split('\n').slice(0, -1);

  it('are ten of a kind at most', () => {
    for (const comparison of [hostile, many]) {
      const found = lines(comparison);
      for (const kind of ['error', 'warning', 'notice']) {
        expect(found.filter((line) => line.startsWith(`::${kind} `)).length).toBeLessThanOrEqual(10);
      }
    }
    expect(lines(many).filter((line) => line.startsWith('::error '))).toHaveLength(10);
    expect(lines(many).filter((line) => line.startsWith('::notice '))).toHaveLength(10);
  });

  it('are one command a line, whatever a name holds', () => {
    for (const line of [...lines(hostile), ...lines(many)]) {
      expect(line).toMatch(/^::(?:error|warning|notice) (?:file=[^,:]+,line=\d+,)?title=[^,:]+::/);
      expect(line).not.toMatch(commands);
      expect(line.replace(/%(?:25|0D|0A|3A|2C)/g, '')).not.toContain('%');
    }
    const [line] = lines(manyFunctions(compared, ['100%, 50%25: a,b %0A%0D']));
    expect(line).toContain('title=100%25%2C 50%2525%3A a%2Cb %250A%250D in libcodec.so regressed::');
    expect(line).toMatch(/called from 100%25, 50%2525: a,b %250A%250D$/);
  });

  it('stand at a line of the repository, never at one elsewhere', () => {
    const found = lines(compared);
    expect(found.find((line) => line.includes('title=parse'))).toMatch(
      /^::error file=src\/codec\.c,line=12,/,
    );
    expect(found.find((line) => line.includes('title=hash'))).toMatch(/^::notice title=/);
    expect(renderGithub(compared)).not.toContain('file=/');
  });
});

describe('a place in the sources', () => {
  it.each([
    ['/repo/src/a.c:3', 'src/a.c', 3],
    ['file:///repo/app/server.js:10:3', 'app/server.js', 10],
    ['src/./b/../a.c:3', 'src/a.c', 3],
    ['/repo/x/../src/a.c:3', 'src/a.c', 3],
  ])('%s is %s:%d', (text, file, line) => {
    expect(sourceOf(text, '/repo')).toEqual({ file, line });
  });

  it.each([
    '/usr/src/a.c:3',
    '/repository/a.c:3',
    '/repo/../etc/a.c:3',
    '../a.c:3',
    'src/../../a.c:3',
    'node:internal/fs:3',
    'https://evil.example/a.js:3:1',
    'src/a.c:0',
    'src/a.c',
    '',
  ])('%s is none', (text) => {
    expect(sourceOf(text, '/repo')).toBeUndefined();
  });
});

interface SarifLog {
  readonly $schema: string;
  readonly version: string;
  readonly runs: readonly {
    readonly tool: {
      readonly driver: { readonly name: string; readonly rules: readonly { readonly id: string }[] };
    };
    readonly invocations: readonly {
      readonly executionSuccessful: boolean;
      readonly toolExecutionNotifications: readonly {
        readonly level: string;
        readonly message: { readonly text: string };
      }[];
    }[];
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string };
          readonly region: { readonly startLine: number };
        };
      }[];
    }[];
  }[];
}

describe('the SARIF log of a comparison', () => {
  const runOf = (comparison: Comparison) => {
    const log = JSON.parse(renderSarif(comparison, '/repo')) as SarifLog;
    expect(log.version).toBe('2.1.0');
    expect(log.$schema).toContain('sarif-schema-2.1.0.json');
    const [run, ...more] = log.runs;
    expect(more).toEqual([]);
    return run as SarifLog['runs'][number];
  };
  const placed = (place: string): Comparison => ({
    ...many,
    pairs: many.pairs.map((pair) => ({
      ...pair,
      functions: pair.functions.map((row) => ({ ...row, source: place })),
    })),
  });

  it('lists regressions with a line, and counts those without in a notification', () => {
    const { tool, results, invocations } = runOf(compared);
    expect(results.map(({ locations }) => locations[0]?.physicalLocation)).toEqual([
      { artifactLocation: { uri: 'src/codec.c' }, region: { startLine: 12 } },
      { artifactLocation: { uri: 'src/index.c' }, region: { startLine: 7 } },
    ]);
    for (const { ruleId, ruleIndex, level, message } of results) {
      expect(tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
      expect(level).toBe('error');
      expect(message.text).toMatch(/ costs .* per .*95 % CI|costs new/);
    }
    expect(invocations[0]?.toolExecutionNotifications).toEqual([]);
    const placeless = runOf(many);
    expect(runOf(placed('/usr/include/a.h:3')).results).toEqual([]);
    expect(runOf(placed('/usr/include/a.h:3')).invocations[0]?.toolExecutionNotifications[0]).toMatchObject({
      level: 'note',
      message: { text: expect.stringContaining('1500 regressed functions have no source line') },
    });
    expect(placeless.results).toHaveLength(1500);
  });

  it('has the level of the budget, and only warnings of one run a side', () => {
    const level = (of: Comparison): string[] => [...new Set(runOf(of).results.map((result) => result.level))];
    const pairs = many.pairs.map((pair) => ({
      ...pair,
      functions: pair.functions.map((row) => ({ ...row, level: 'warn' as const })),
    }));
    expect(level({ ...many, pairs })).toEqual(['warning']);
    const off = pairs.map((pair) => ({
      ...pair,
      functions: pair.functions.map((row) => ({ ...row, level: 'off' as const })),
    }));
    expect(level({ ...many, pairs: off })).toEqual([]);
    const indicative = compareSides(
      variedRuns('a', before, { source }, 1),
      variedRuns('b', after, { source }, 1),
    );
    expect(level(indicative)).not.toContain('error');
  });

  it('refers to files by relative URIs, whatever their name holds', () => {
    for (const file of ['a b#c?d.c', 'x:y.c', '50%.c', '\ud800.c', '<é>.c', 'a\\b.c']) {
      const [result] = runOf(placed(`src/${file}:4`)).results;
      const uri = result?.locations[0]?.physicalLocation.artifactLocation.uri ?? '';
      expect(uri).toMatch(/^src\/(?:[\w.!~*'()-]|%[\dA-F]{2})+$/);
      expect(new URL(uri, 'file:///repo/').pathname).toBe(`/repo/${uri}`);
    }
  });
});
