import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repo } from './support/paths.ts';

/**
 * The arrows of docs/architecture.md: what a folder may import, longest prefix first. `npm:` are
 * packages, `node:` the runtime.
 */
const allowed: readonly (readonly [string, readonly string[]])[] = [
  ['model/', ['model/']],
  // trace.dat keeps chunks compressed inside the file.
  [
    'workers/importers/trace-dat/',
    ['workers/importers/', 'workers/bytes.ts', 'model/', 'node:zlib', 'npm:fzstd'],
  ],
  ['workers/importers/csv-text/', ['workers/importers/', 'workers/bytes.ts', 'model/', 'npm:csv-parse']],
  ['workers/importers/perf-stat', ['workers/importers/', 'workers/bytes.ts', 'model/', 'npm:csv-parse']],
  ['workers/importers/', ['workers/importers/', 'workers/bytes.ts', 'model/']],
  ['workers/exporters/', ['workers/exporters/', 'workers/importers/importer.ts', 'model/', 'node:']],
  ['workers/pool.ts', ['model/', 'npm:piscina', 'node:']],
  ['workers/analysis-task.ts', ['analyzers/', 'workers/tasks.ts', 'model/']],
  ['workers/compare-task.ts', ['analyzers/', 'workers/tasks.ts', 'model/']],
  ['workers/history-task.ts', ['analyzers/', 'model/']],
  ['workers/outliers-task.ts', ['analyzers/', 'model/']],
  ['workers/simulate-task.ts', ['analyzers/', 'workers/tasks.ts', 'model/']],
  ['workers/tree-task.ts', ['analyzers/', 'workers/exporters/', 'workers/tasks.ts', 'model/']],
  [
    'workers/',
    [
      'workers/',
      'model/',
      'node:',
      'npm:fzstd',
      'npm:unbzip2-stream',
      'npm:xz-decompress',
      'npm:tar-stream',
      'npm:tinyglobby',
    ],
  ],
  ['analyzers/stats/', ['analyzers/stats/']],
  ['analyzers/tensor/', ['analyzers/tensor/', 'analyzers/stats/', 'model/', 'node:', 'npm:@tensorflow/']],
  ['analyzers/', ['analyzers/', 'model/']],
  ['viz/client/', ['viz/client/', 'model/', 'npm:d3']],
  ['viz/svg/client/', ['viz/svg/client/']],
  ['viz/svg/', ['viz/svg/', 'model/', 'node:']],
  ['viz/html/', ['viz/html/', 'viz/encode.ts', 'model/', 'node:']],
  ['viz/text/', ['viz/text/', 'viz/html/cards.ts', 'viz/html/terminal.ts', 'model/', 'node:']],
  ['viz/', ['viz/', 'model/', 'node:']],
  [
    'cli/',
    [
      'cli/',
      'workers/',
      'viz/html/',
      'viz/svg/',
      'viz/text/',
      'model/',
      'node:',
      'npm:commander',
      'npm:cli-progress',
    ],
  ],
];

describe('architecture', () => {
  const files = ['model', 'workers', 'analyzers', 'viz', 'cli'].flatMap(sources);

  it('sees the sources', () => {
    expect(files.length).toBeGreaterThan(60);
  });

  it.each(files)('%s imports only what its place allows', (file) => {
    const rule = allowed.find(([prefix]) => file.startsWith(prefix));
    const targets = importsOf(file).map((specifier) => targetOf(file, specifier));
    const wrong = targets.filter((target) => !rule?.[1].some((prefix) => target.startsWith(prefix)));
    expect(wrong).toEqual([]);
  });

  it('keeps piscina behind one file', () => {
    const users = files.filter((file) => importsOf(file).includes('piscina'));
    expect(users).toEqual(['workers/pool.ts']);
  });

  it('never writes markup into the page and never evaluates text', () => {
    for (const file of files.filter((name) => name.includes('/client/'))) {
      expect(readFileSync(repo(file), 'utf8'), file).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function\(/,
      );
    }
  });

  it('has no default exports but worker entries, no enum, no any', () => {
    for (const file of files) {
      const text = readFileSync(repo(file), 'utf8');
      if (!/-task\.ts$/.test(file)) expect(text, file).not.toMatch(/^export default/m);
      expect(text, file).not.toMatch(/^\s*(?:export )?(?:const )?enum /m);
      expect(text, file).not.toMatch(/\bas any\b|: any\b/);
    }
  });

  it('keeps files small', () => {
    const long = files.filter((file) => readFileSync(repo(file), 'utf8').split('\n').length > 400);
    expect(long).toEqual([]);
  });
});

function sources(folder: string): string[] {
  return readdirSync(repo(folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`)
    .sort();
}

function importsOf(file: string): string[] {
  const text = readFileSync(repo(file), 'utf8');
  return [
    ...text.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)';/gms),
    ...text.matchAll(/\bimport\('([^']+)'\)/g),
  ].map((match) => match[1] ?? '');
}

function targetOf(file: string, specifier: string): string {
  if (specifier.startsWith('.')) return relative('.', join(dirname(file), specifier));
  return specifier.startsWith('node:') ? specifier : `npm:${specifier}`;
}
