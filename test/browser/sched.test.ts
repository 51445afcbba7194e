import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import type { FlameSection } from '../../model/section.ts';
import type {} from '../../viz/client/figures.ts';
import { renderReport } from '../../viz/html/report.ts';
import { ftrace } from '../../workers/importers/ftrace.ts';
import { importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { launch, noBrowser, type Opened, openFile, ready } from './browser.ts';

describe.skipIf(noBrowser)('the report of a scheduler trace in a browser', () => {
  const bytes = gunzipSync(readFileSync(repo('datasets/real/load-mix/ftrace.txt.gz')));
  const report = analyse(importCut(ftrace, bytes), '0.0.0');
  const html = renderReport(report);
  let browser: Browser;
  let opened: Opened;

  beforeAll(async () => {
    browser = await launch();
    opened = await openFile(browser, 'load.html', html);
    await ready(opened.page);
  });
  afterAll(() => browser?.close());

  it('opens without an error or a request, verdict first', async () => {
    expect(opened.trouble).toEqual([]);
    expect(await opened.page.textContent('main')).toContain(report.verdict.headline);
  });

  it('draws every flame graph it has: load, D, off-CPU, wake-up chains', async () => {
    const flames = report.sections.filter((section): section is FlameSection => section.kind === 'flame');
    expect(flames.map(({ id }) => id)).toEqual([
      'load/average/flame-peak',
      'load/average/flame-end',
      'load/d-state/flame',
      'sched/off-cpu/flame',
      'sched/wake-chains/flame',
    ]);
    expect(await opened.page.evaluate(() => window.vtune?.panels.length)).toBe(flames.length);
  });

  it('shows what the ticks of a selected range add to the load', async () => {
    const shown = (): Promise<string | null> =>
      opened.page.textContent('[id="load/average/flame-peak"] [role="treegrid"]');
    await opened.page.evaluate(() => {
      location.hash = '#range=0-8';
    });
    await opened.page.waitForTimeout(300);
    const part = await shown();
    await opened.page.evaluate(() => {
      location.hash = '';
    });
    await opened.page.waitForTimeout(300);
    expect(part).not.toBe(await shown());
  });

  it('tells series apart by colours that are there', async () => {
    const colours = await opened.page.$$eval('[id="load/average/active"] .swatch', (swatches) =>
      swatches.map((swatch) => getComputedStyle(swatch).backgroundColor),
    );
    expect(colours.length).toBeGreaterThan(3);
    expect(new Set(colours).size).toBe(colours.length);
    expect(colours).not.toContain('rgba(0, 0, 0, 0)');
  });
});
