import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../../analyzers/stats/random.ts';
import type { History } from '../../model/history.ts';
import { encodeSavedRun } from '../../workers/saved-runs.ts';
import { commands, hostileNames, renamed } from '../support/hostile.ts';
import { savedRun } from '../support/saved-run.ts';
import { normal } from '../support/simulated-runs.ts';
import { scratch, vtune } from '../support/vtune.ts';
import { elementsOf, parseXml } from '../support/xml.ts';

const RUNS = 24;
const STEP_AT = 14;

let folder = '';
const at = (name: string): string => join(folder, name);
const text = (name: string): string => readFileSync(at(name), 'utf8');

/** A history in which every function named costs a quarter more from one run on, and `hash` does not. */
function save(name: string, functions: readonly string[], results: readonly string[] = []): string[] {
  const random = new Random(7);
  return Array.from({ length: RUNS }, (_, i) => {
    const file = at(`${name}-${String(i + 1).padStart(2, '0')}.vtune`);
    const jitter = (): number => 1 + 0.01 * normal(random);
    const each = (3e9 / functions.length) * (i >= STEP_AT ? 1.25 : 1);
    const costs = functions.map((_name, fn) => [`main;slow${fn}`, each * jitter()] as const);
    const paths = Object.fromEntries([...costs, ['main;hash', 7e9 * jitter()]]);
    const whole = Object.values(paths).reduce((sum, cost) => sum + cost, 0);
    const run = savedRun({
      name: `${name}-${i + 1}`,
      host: { captured: new Date(Date.UTC(2026, 0, 1 + i)).toISOString() },
      paths,
      results: {
        wall_s: whole / 1e9,
        requests: 1000,
        ...Object.fromEntries(results.map((result) => [result, jitter()])),
      },
    });
    const named = renamed(run, (old) => functions[Number(/^slow(\d+)$/.exec(old)?.[1])] ?? old);
    writeFileSync(file, encodeSavedRun(named));
    return file;
  });
}

async function ran(name: string, files: readonly string[]) {
  const outputs = ['-o', at(`${name}.html`), '--json', at(`${name}.json`), '--markdown', at(`${name}.md`)];
  const { code, stdout, stderr } = await vtune(['compare', '--history', ...files, ...outputs]);
  return {
    code,
    stderr,
    stdout: Buffer.from(stdout, 'latin1').toString('utf8'),
    history: JSON.parse(text(`${name}.json`)) as History,
    markdown: text(`${name}.md`),
    html: text(`${name}.html`),
  };
}

beforeAll(() => {
  folder = scratch();
});

describe('vtune compare --history', () => {
  it('says at which run what changed, in the terminal, in a comment and on the page', async () => {
    const { code, stdout, history, markdown, html } = await ran('plain', save('plain', ['parse']));
    expect(code).toBe(0);
    expect(history.order.by).toBe('time');
    const wall = history.series.find(({ title }) => title === 'wall_s');
    expect(wall?.changes).toHaveLength(1);
    const [change] = wall?.changes ?? [];
    expect(Math.abs((change?.run ?? 0) - STEP_AT)).toBeLessThanOrEqual(1);
    // 10 s before, 10.75 s after.
    expect(change?.relative).toBeCloseTo(0.075, 1);
    const name = change?.name ?? '?';
    expect(stdout).toContain('wall_s regressed');
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      new RegExp(
        `✖ regressed, persistent, at ${name}: [\\d.]+ s → [\\d.]+ s, \\+[\\d.]+ % \\(95 % CI .*\\), \\d+ runs, p `,
      ),
    );
    expect(stdout).toMatch(/^ {4}[▁▂▃▄▅▆▇█]{24}$/m);
    expect(stdout).toMatch(/^parse in app: /m);
    expect(markdown.split('\n')[0]).toBe('<!-- vtune-history -->');
    expect(markdown).toMatch(
      new RegExp(`\\| regressed \\| persistent \\| <code>wall_s</code> \\| <code>${name}</code> \\|`),
    );
    expect(html).toContain('How this was measured');
    expect(html).toMatch(/<g class="change worse">/);
  });

  it('fails a job only where that is asked for', async () => {
    const files = save('gate', ['parse']);
    expect((await vtune(['compare', '--history', ...files, '--fail-on', 'regression', '--quiet'])).code).toBe(
      1,
    );
    expect((await vtune(['compare', '--history', ...files, '--quiet'])).code).toBe(0);
  });

  it('takes no name for markup, a line or a command', async () => {
    const files = save('hostile', hostileNames, hostileNames);
    const { code, stderr, stdout, markdown, html, history } = await ran('hostile', files);
    expect(stderr.replace(/\r.*/g, '')).not.toMatch(commands);
    expect(code, stderr).toBe(0);
    const changed = history.series.filter(({ kind, changes }) => kind === 'function' && changes.length > 0);
    expect(changed.length).toBe(hostileNames.length);
    expect(stdout).not.toMatch(commands);
    expect(stdout).not.toMatch(/^(?:break|::error|\| fake)/m);
    expect(markdown).not.toMatch(/^(?:::error|\| fake)/m);
    expect(markdown.replace(/<!-- vtune-history -->|<\/?code>/g, '')).not.toMatch(/[<`]/);
    for (const [, inner = ''] of markdown.matchAll(/<code>(.*?)<\/code>/g))
      expect(inner).not.toMatch(/[*~[\]\\|<>\n]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|:\/\//);
    const heads = markdown.split('\n').filter((line) => line.startsWith('|'));
    for (const line of heads) expect([5, 12], line).toContain(line.split('|').length);
    expect(html.match(/<script\b/g)).toHaveLength(2);
    const still = html.replace(/<(script|style)\b[^>]*>[\s\S]*?<\/\1>/g, '');
    for (const [tag] of still.matchAll(/<[a-z][^>]*>/g)) {
      expect(tag.replace(/"[^"]*"/g, '""')).not.toMatch(/\son\w+=|<img/);
    }
    const drawings = [...still.matchAll(/<svg\b[\s\S]*?<\/svg>/g)].map(([svg]) => parseXml(svg));
    expect(drawings.length).toBeGreaterThan(0);
    expect(drawings.flatMap((svg) => elementsOf(svg, 'circle')).length).toBeGreaterThanOrEqual(RUNS);
  });
});
