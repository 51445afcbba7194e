import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {} from '../../viz/client/figures.ts';
import { repo } from '../support/paths.ts';
import { scratch, vtune } from '../support/vtune.ts';
import { launch, noBrowser, type Opened, openFile, ready } from './browser.ts';

/** One program before and after one of its functions was inlined. */
const sides = ['--baseline', 'v1.4', '--candidate', 'v1.6'].map((text) =>
  text.startsWith('v') ? repo(`datasets/real/pages/${text}.tar.xz`) : text,
);

describe.skipIf(noBrowser)('a comparison in a browser', () => {
  let browser: Browser;
  let report: Opened;
  let picture: Opened;

  beforeAll(async () => {
    browser = await launch();
    const folder = scratch();
    const [html, svg] = [join(folder, 'c.html'), join(folder, 'c.svg')];
    await vtune(['compare', '-q', ...sides, '-o', html, '--svg', svg]);
    report = await openFile(browser, 'c.html', readFileSync(html, 'utf8'));
    picture = await openFile(browser, 'c.svg', readFileSync(svg, 'utf8'));
    await ready(report.page);
  });
  afterAll(() => browser?.close());

  it('opens without an error, a request or a policy violation', () => {
    expect(report.trouble).toEqual([]);
    expect(picture.trouble).toEqual([]);
  });

  it('draws again with other widths', async () => {
    const choose = report.page.locator('select[aria-label="widths"]').first();
    const drawn = (): Promise<string> =>
      report.page.evaluate(() => document.querySelector('canvas')?.toDataURL() ?? '');
    const pictures: string[] = [];
    for (const choice of ['both', 'candidate', 'baseline']) {
      await choose.selectOption(choice);
      await report.page.waitForTimeout(200);
      pictures.push(await drawn());
    }
    expect(new Set(pictures).size).toBe(3);
    expect(report.trouble).toEqual([]);
  });

  it('keeps signed labels and the vanished frame in the picture after its script ran, and zooms', async () => {
    const { page } = picture;
    const frames = await page.evaluate(() =>
      [...document.querySelectorAll<SVGGElement>('#frames>g')].map((group) => ({
        title: group.querySelector('title')?.textContent ?? '',
        label: group.querySelector('text')?.textContent ?? '',
        change: group.dataset.change ?? '',
        width: Number(group.querySelector('rect')?.getAttribute('width')),
      })),
    );
    const vanished = frames.find(({ title }) => title.startsWith('match_window ('));
    expect(vanished?.title).toContain('gone');
    const wide = frames.filter(({ change, width }) => change !== '' && width > 250);
    expect(wide.length).toBeGreaterThan(2);
    for (const { label, change, title } of wide) expect(label.endsWith(change), title).toBe(true);
    await page.evaluate(() =>
      document.querySelectorAll('#frames>g')[3]?.dispatchEvent(new MouseEvent('click', { bubbles: true })),
    );
    expect(page.url()).toContain('#zoom=3');
    expect(picture.trouble).toEqual([]);
  });
});
