import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderFlameSvg } from '../../viz/svg/render.ts';
import { repo } from '../support/paths.ts';
import { vtune } from '../support/vtune.ts';
import { launch, noBrowser, type Opened, openFile } from './browser.ts';

describe.skipIf(noBrowser)('the standalone SVG in a browser', () => {
  let browser: Browser;
  let opened: Opened;
  let page: Page;
  let svg = '';

  beforeAll(async () => {
    browser = await launch();
    const ran = await vtune([
      'flamegraph',
      '-q',
      repo('datasets/real/multi-event-short.perf.txt'),
      '-o',
      '-',
      '--title',
      'a <title> & "more"',
    ]);
    svg = Buffer.from(ran.stdout, 'latin1').toString('utf8');
    opened = await openFile(browser, 'flame.svg', svg);
    page = opened.page;
  });
  afterAll(() => browser?.close());

  const visible = (): Promise<number> =>
    page.evaluate(
      () =>
        [...document.querySelectorAll<SVGGElement>('#frames>g')].filter(
          (group) => group.style.display !== 'none',
        ).length,
    );

  it('is well-formed, makes no request and no error', async () => {
    const problem = await page.evaluate(
      (text) =>
        new DOMParser().parseFromString(text, 'image/svg+xml').querySelector('parsererror')?.textContent,
      svg,
    );
    expect(problem).toBeUndefined();
    expect(opened.trouble).toEqual([]);
    expect(await page.textContent('.title')).toBe('a <title> & "more"');
  });

  it('zooms by click, keeps it in the address, and comes back', async () => {
    const all = await visible();
    await page.evaluate(() =>
      document.querySelectorAll('#frames>g')[2]?.dispatchEvent(new MouseEvent('click', { bubbles: true })),
    );
    expect(await visible()).toBeLessThan(all);
    expect(page.url()).toContain('#zoom=2');
    const width = await page.evaluate(() =>
      Number(document.querySelectorAll('#frames>g')[2]?.querySelector('rect')?.getAttribute('width')),
    );
    expect(width).toBeCloseTo(1180, 0);
    await page.keyboard.press('Escape');
    expect(await visible()).toBe(all);
  });

  it('searches, marks matches and tells their share', async () => {
    await page.evaluate(() => {
      location.hash = '#query=memory_main';
    });
    await page.waitForTimeout(100);
    expect(await page.locator('#frames>g.found').count()).toBeGreaterThan(0);
    expect(await page.textContent('#details')).toMatch(/memory_main: \d+\.\d\d % in \d+ places/);
    await page.evaluate(() => {
      location.hash = '#query=(';
    });
    await page.waitForTimeout(100);
    expect(await page.textContent('#details')).toContain('not a regular expression');
    await page.keyboard.press('Escape');
  });

  it('turns into an icicle', async () => {
    const rootTop = (): Promise<number> =>
      page.evaluate(() => Number(document.querySelector('#frames>g rect')?.getAttribute('y')));
    const before = await rootTop();
    await page.evaluate(() => {
      location.hash = '#icicle=1';
    });
    await page.waitForTimeout(100);
    expect(await rootTop()).toBeLessThan(before);
  });

  it('keeps hostile names text', async () => {
    const names = [
      'all',
      'x</text><script>alert(1)</script>',
      ']]>',
      '"\'&amp;\u0000\u0007\ud800\u202e',
      'n'.repeat(5000),
    ];
    const tree = {
      functions: { name: names, module: names.map(() => 0), kind: names.map(() => 1) },
      modules: ['<b>&'],
      nodes: {
        depth: [0, 1, 2, 3, 4],
        function: [0, 1, 2, 3, 4],
        self: [0, 0, 0, 0, 5],
        total: [5, 5, 5, 5, 5],
      },
      merged: 0,
    };
    const text = [
      ...renderFlameSvg(tree, {
        title: ']]><script>',
        unit: 'samples',
        width: 1200,
        minWidth: 0.1,
        icicle: false,
        colours: 'kind',
      }),
    ].join('');
    const hostile = await openFile(browser, 'hostile.svg', text);
    expect(hostile.trouble).toEqual([]);
    expect(await hostile.page.locator('#frames>g').count()).toBe(5);
    expect(await hostile.page.evaluate(() => document.querySelectorAll('script').length)).toBe(1);
    await hostile.page.context().close();
  });
});
