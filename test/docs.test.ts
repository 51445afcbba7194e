import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { repo } from './support/paths.ts';

describe('docs', () => {
  it('describe the tables and metrics there are (npm run docs makes them)', async () => {
    const docs = (await import(repo('scripts/make-docs.mjs'))) as {
      tablesDoc(): string;
      metricsDoc(): string;
      waitReasonsDoc(): string;
    };
    expect(readFileSync(repo('docs/tables.md'), 'utf8')).toBe(docs.tablesDoc());
    expect(readFileSync(repo('docs/metrics.md'), 'utf8')).toBe(docs.metricsDoc());
    expect(readFileSync(repo('docs/wait-reasons.md'), 'utf8')).toBe(docs.waitReasonsDoc());
  });

  it('link only to files that exist', () => {
    const pages = [
      'README.md',
      'CONTRIBUTING.md',
      ...readdirSync(repo('docs'))
        .filter((name) => name.endsWith('.md'))
        .map((name) => `docs/${name}`),
    ];
    for (const page of pages) {
      const folder = page.includes('/') ? 'docs/' : '';
      for (const [, target = ''] of readFileSync(repo(page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        expect(() => readFileSync(repo(folder + target)), `${page} → ${target}`).not.toThrow(/ENOENT/);
      }
    }
  });
});

describe('datasets/manifest.json', () => {
  const manifest = JSON.parse(readFileSync(repo('datasets/manifest.json'), 'utf8')) as {
    file: string;
    sha256: string;
  }[];

  it('lists every real capture', () => {
    const files = readdirSync(repo('datasets/real'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(repo('datasets'), join(entry.parentPath, entry.name)))
      .filter((file) => !file.startsWith('real/src/'));
    const listed = new Set(manifest.map(({ file }) => file));
    expect(files.filter((file) => !listed.has(file))).toEqual([]);
  });

  it.each(manifest.map(({ file, sha256 }) => [file, sha256] as const))(
    '%s is what was recorded',
    (file, sha256) => {
      expect(
        createHash('sha256')
          .update(readFileSync(repo(`datasets/${file}`)))
          .digest('hex'),
      ).toBe(sha256);
    },
  );
});
