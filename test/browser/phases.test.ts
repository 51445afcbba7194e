import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import type {} from '../../viz/client/figures.ts';
import { renderReport } from '../../viz/html/report.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { timedSamples } from '../support/timed-samples.ts';
import { launch, noBrowser, type Opened, openFile, ready } from './browser.ts';

describe.skipIf(noBrowser)('phases in a browser', () => {
  const bytes = gunzipSync(readFileSync(repo('datasets/real/compile-link-compress.perf.txt.gz')));
  const html = renderReport(analyse(importCut(perfScript, bytes), '0.0.0'));
  let browser: Browser;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    browser = await launch();
    opened = await openFile(browser, 'phases.html', html);
    page = opened.page;
    await ready(page);
  });
  afterAll(() => browser?.close());

  const hash = (): Promise<string> => page.evaluate(() => location.hash);
  const crumbs = async (): Promise<string> => (await page.textContent('.panel.flame .crumbs')) ?? '';
  /** Weight of the flame graph's root, in its panel's tree. */
  const root = (): Promise<string> =>
    page
      .locator('.panel.flame .tree-view [role=row]')
      .first()
      .textContent()
      .then((text) => text ?? '');

  it('are a ribbon on the time axis: a click selects one, another click all', async () => {
    expect(await page.locator('.time-axis .phases rect').count()).toBe(3);
    const whole = await root();
    await page.locator('.time-axis .phases rect').nth(1).click();
    expect(await hash()).toBe('#phase=B');
    expect(await crumbs()).toContain('phase B');
    await expect.poll(root).not.toBe(whole);
    await page.locator('.time-axis .phases rect').nth(1).click();
    expect(await hash()).toBe('');
    await expect.poll(root).toBe(whole);
  });

  it('are links in the section: the flame graph shows that phase alone, and its card is marked', async () => {
    await page.locator('.ribbon-static .stretches a').nth(2).click();
    expect(await hash()).toBe('#phase=C');
    await expect.poll(() => page.locator('.flame-card.selected h3').textContent()).toContain('Phase C');
    const names = (): Promise<string> =>
      page
        .locator('.panel.flame .tree-view [role=row]')
        .allTextContents()
        .then((rows) => rows.join(' '));
    await expect.poll(names).not.toContain('cc1plus');
    expect(await names()).toContain('xz');
    await page.locator('.panel.flame .crumbs button').first().click();
    expect(await hash()).toBe('');
  });

  it('meet a range: what is in both is shown', async () => {
    await page.evaluate(() => {
      location.hash = '#range=0-3&phase=B';
    });
    await expect.poll(crumbs).toContain('phase B');
    expect(await crumbs()).toContain('0.00 s – 3.00 s');
    const seconds = Number(/([\d.]+) (ms|s)/.exec(await root())?.[1]);
    // Phase B begins at 2.22 s, and one CPU was busy.
    expect(seconds / (seconds > 10 ? 1000 : 1)).toBeCloseTo(0.78, 1);
    await page.evaluate(() => {
      location.hash = '';
    });
  });

  it('have a matrix on which a click selects a window', async () => {
    const box = await page.locator('.matrix-static svg').boundingBox();
    if (box === null) throw new Error('no matrix');
    await page.locator('.matrix-static svg').click({ position: { x: box.width * 0.5, y: 10 } });
    // The sixteenth of 31 windows of 200 ms.
    expect(await hash()).toBe('#range=3-3.2');
    await page.keyboard.press('Escape');
  });

  it('read without JavaScript, and cause no trouble', async () => {
    const still = await openFile(browser, 'phases.html', html, '', { javaScriptEnabled: false });
    expect(await still.page.locator('.ribbon-static .stretches a').count()).toBe(3);
    expect(await still.page.locator('.flame-card .flame-static .frame').count()).toBeGreaterThan(10);
    expect(await still.page.locator('.matrix-static li').count()).toBeGreaterThan(10);
    await still.page.context().close();
    expect(opened.trouble).toEqual([]);
  });

  it('show hostile names as text', async () => {
    const evil = '<img src=x onerror=alert(1)>';
    const text = timedSamples(
      [
        { seconds: 5, functions: { [evil]: 60, work: 40 } },
        { seconds: 5, functions: { other: 60, '</script><script>alert(2)</script>': 40 } },
      ],
      250,
    );
    const hostile = await openFile(
      browser,
      'evil.html',
      renderReport(analyse(importCut(perfScript, Buffer.from(text)), '0')),
    );
    await ready(hostile.page);
    expect(await hostile.page.locator('.time-axis .phases rect').count()).toBe(2);
    expect(
      await hostile.page.locator('.ribbon-static img, .flame-card img, .matrix-static img').count(),
    ).toBe(0);
    expect(await hostile.page.textContent('.matrix-static')).toContain('<img');
    expect(hostile.trouble).toEqual([]);
    await hostile.page.context().close();
  });
});
