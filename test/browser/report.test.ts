import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { analyse } from '../../analyzers/analyse.ts';
import type { Report } from '../../model/report.ts';
import type { FlameSection } from '../../model/section.ts';
import type {} from '../../viz/client/figures.ts';
import { renderReport } from '../../viz/html/report.ts';
import { perfScript } from '../../workers/importers/perf-script.ts';
import { importCut } from '../support/import.ts';
import { repo } from '../support/paths.ts';
import { launch, noBrowser, type Opened, openFile, ready } from './browser.ts';

function reportOf(name: string): Report {
  const bytes = readFileSync(repo(`datasets/${name}`));
  return analyse(importCut(perfScript, name.endsWith('.gz') ? gunzipSync(bytes) : bytes), '0.0.0');
}

describe.skipIf(noBrowser)('the report in a browser', () => {
  const report = reportOf('real/gcc-compile.perf.txt.gz');
  const html = renderReport(report);
  const flame = report.sections.find(
    (section): section is FlameSection => section.kind === 'flame',
  ) as FlameSection;
  let browser: Browser;
  let opened: Opened;
  let page: Page;

  beforeAll(async () => {
    browser = await launch();
    opened = await openFile(browser, 'report.html', html);
    page = opened.page;
    await ready(page);
  });
  afterAll(() => browser?.close());

  const zoomed = (): Promise<number> => page.evaluate(() => window.vtune?.panels[0]?.flame.zoomed ?? -1);
  const found = (): Promise<string | null> => page.textContent('.found-text');

  it('opens from a file without an error, a request or a policy violation', async () => {
    expect(opened.trouble).toEqual([]);
    expect(await page.title()).toContain('cc1plus');
  });

  it('reads without JavaScript: verdict, cards with commands, tables, pictures', async () => {
    const still = await openFile(browser, 'report.html', html, '', { javaScriptEnabled: false });
    const text = (await still.page.textContent('main')) ?? '';
    expect(text).toContain(report.verdict.headline);
    for (const { claim } of report.findings) expect(text).toContain(claim.slice(0, 60));
    expect(text).toContain('perf record');
    expect(await still.page.locator('.flame-static .frame').count()).toBeGreaterThan(20);
    expect(await still.page.locator('.timeline-static svg path').count()).toBeGreaterThan(1);
    expect(await still.page.locator('button:visible').count()).toBe(0);
    await still.page.context().close();
  });

  it('searches by regular expression: share without double counting, next and previous', async () => {
    await page.fill('.toolbar input', '^execute_(pass|one)');
    const { functions, nodes } = flame.tree;
    let [weight, until] = [0, -1];
    nodes.function.forEach((fn, node) => {
      if (node < until || !/^execute_(pass|one)/i.test(functions.name[fn] as string)) return;
      weight += nodes.total[node] as number;
      until = node + 1;
      while (until < nodes.depth.length && (nodes.depth[until] as number) > (nodes.depth[node] as number))
        until++;
    });
    const share = `${((100 * weight) / (nodes.total[0] as number)).toFixed(1)} %`;
    expect(await found()).toContain(share);
    await page.keyboard.press('Enter');
    const first = await zoomed();
    expect(functions.name[nodes.function[first] as number]).toMatch(/^execute_/);
    await page.click('[aria-label="next match"]');
    expect(await zoomed()).not.toBe(first);
    await page.click('[aria-label="previous match"]');
    expect(await zoomed()).toBe(first);
    await page.fill('.toolbar input', '(');
    expect(await found()).toBe('not a regular expression');
    await page.keyboard.press('Escape');
    expect(await found()).toBe('');
  });

  it('zooms by click, out by keys, and keeps it in the address', async () => {
    await page.evaluate(() => {
      location.hash = '';
    });
    await page.locator('.flame-scroll canvas').click({ position: { x: 40, y: 27 } });
    const node = await zoomed();
    expect(node).toBeGreaterThan(0);
    expect(page.url()).toContain(`zoom=${node}`);
    await page.focus('.flame-scroll canvas');
    await page.keyboard.press('Escape');
    expect(await zoomed()).toBe(0);
    await page.goBack();
    expect(await zoomed()).toBe(node);
    await page.evaluate(() => {
      location.hash = '';
    });
  });

  it('walks by keys and tells what it walks over', async () => {
    await page.focus('.flame-scroll canvas');
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const said = (await page.textContent('#announce')) ?? '';
    expect(said).toMatch(/total .*=.*%.*self/);
    await page.keyboard.press('Enter');
    expect(await zoomed()).toBeGreaterThan(0);
    await page.keyboard.press('Backspace');
    await page.keyboard.press('Escape');
    expect(await zoomed()).toBe(0);
  });

  it('shows a tooltip with self, total and share', async () => {
    await page.locator('.flame-scroll canvas').hover({ position: { x: 60, y: 27 } });
    expect(await page.textContent('.tooltip')).toMatch(/cc1plus.*total.*%.*self.*%/s);
  });

  it('turns into an icicle, other orders, and time order', async () => {
    await page.click('.toolbar button[aria-pressed]');
    expect(await page.evaluate(() => window.vtune?.panels[0]?.flame.icicle)).toBe(false);
    await page.click('.toolbar button[aria-pressed]');
    for (const order of ['alphabetical', 'time', 'left-heavy']) {
      await page.selectOption('[aria-label="order of siblings"]', order);
      const layout = await page.evaluate(() => {
        const state = window.vtune?.panels[0]?.flame.state;
        return { order: state?.layout.order, whole: state?.layout.whole, total: state?.total[0] };
      });
      expect(layout.order).toBe(order);
      expect(layout.whole).toBeCloseTo(layout.total ?? 0, 0);
    }
  });

  it('filters by a brushed range and by thread, together, and Esc clears the range', async () => {
    const axis = await page.locator('.time-axis svg').boundingBox();
    const [x, y, width] = [axis?.x ?? 0, (axis?.y ?? 0) + 20, axis?.width ?? 0];
    await page.mouse.move(x + width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.5, y, { steps: 4 });
    await page.mouse.up();
    const total = (): Promise<number> =>
      page.evaluate(() => window.vtune?.panels[0]?.flame.state?.total[0] ?? 0);
    const { samples } = flame;
    const range = /range=([\d.]+)-([\d.]+)/.exec(page.url());
    const [from, to] = [Number(range?.[1]) * 1e6, Number(range?.[2]) * 1e6];
    const weightOf = (thread: number): number =>
      (samples?.time ?? []).reduce((sum, at, i) => {
        const inside = at >= from && at < to && (thread < 0 || samples?.thread[i] === thread);
        return inside
          ? sum + ((samples?.weight.length === 1 ? samples.weight[0] : samples?.weight[i]) as number)
          : sum;
      }, 0);
    expect(to).toBeGreaterThan(from);
    expect(await total()).toBeCloseTo(weightOf(-1), 0);
    const thread = samples?.threads[0] as string;
    await page.selectOption('[aria-label="thread"]', thread);
    expect(await total()).toBeCloseTo(weightOf(0), 0);
    expect(await page.textContent('.crumbs')).toContain(thread);
    await page.selectOption('[aria-label="thread"]', '');
    await page.focus('.flame-scroll canvas');
    await page.keyboard.press('Escape');
    expect(page.url()).not.toContain('range');
    expect(await total()).toBeCloseTo(flame.tree.nodes.total[0] as number, 0);
  });

  it('has a call tree that opens by keys and follows the flame graph', async () => {
    const rows = page.locator('[role=treegrid] [role=row]');
    expect(await rows.first().textContent()).toContain('all');
    await page.focus('[role=treegrid]');
    const before = await page.getAttribute('[role=treegrid]', 'aria-rowcount');
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowLeft');
    await page.waitForTimeout(60);
    expect(await page.getAttribute('[role=treegrid]', 'aria-rowcount')).not.toBe(before);
    await page.keyboard.press('ArrowRight');
    await page.evaluate(() => {
      location.hash = '#zoom=6';
    });
    await page.waitForTimeout(60);
    expect(await page.textContent('[role=treegrid] [aria-selected=true]')).toContain(
      flame.tree.functions.name[flame.tree.nodes.function[6] as number] as string,
    );
    await page.evaluate(() => {
      location.hash = '';
    });
  });

  it('shows from a link what its sender saw', async () => {
    const frame = flame.tree.functions.name[5] as string;
    const other = await openFile(
      browser,
      'report.html',
      html,
      `#range=2-9.5&frame=${encodeURIComponent(frame)}&query=main`,
    );
    await ready(other.page);
    expect(await other.page.inputValue('.toolbar input')).toBe('main');
    expect(await other.page.textContent('.crumbs')).toContain('2.00 s – 9.50 s');
    expect(await other.page.textContent('.crumbs')).toContain(frame);
    expect(other.trouble).toEqual([]);
    await other.page.context().close();
  });

  it('follows evidence to the panel that shows it, with its selection', async () => {
    await page.evaluate(() => scrollTo(0, 0));
    await page.click('.card .evidence a[href*="frame="]');
    expect(page.url()).toContain('frame=clear_page_erms');
    expect(await page.textContent('.crumbs')).toContain('clear_page_erms');
    const top = await page.evaluate(
      () => document.getElementById('cpu/flame/cpu-clock')?.getBoundingClientRect().top ?? -1,
    );
    expect(top).toBeGreaterThanOrEqual(0);
    expect(top).toBeLessThan(300);
    await page.evaluate(() => {
      location.hash = '';
    });
  });

  it('brings a closed panel up to date when it is opened', async () => {
    const events = await openFile(
      browser,
      'report.html',
      renderReport(reportOf('real/multi-event-short.perf.txt')),
    );
    await ready(events.page);
    const state = (): Promise<number[]> =>
      events.page.evaluate(() =>
        (window.vtune?.panels ?? []).map(({ flame: view }) => view.state?.total[0] ?? -1),
      );
    expect((await state()).filter((total) => total >= 0)).toHaveLength(1);
    await events.page.evaluate(() => {
      location.hash = '#range=0-0.05';
    });
    await events.page.click('summary:has-text("Call paths by page-faults")');
    await events.page.waitForTimeout(100);
    const page = reportOf('real/multi-event-short.perf.txt');
    const faults = page.sections.find(
      (section): section is FlameSection => section.id === 'cpu/flame/page-faults',
    );
    const inside = (faults?.samples?.time ?? []).reduce((sum, at, i) => {
      const weights = faults?.samples?.weight ?? [];
      return at < 0.05e6 ? sum + ((weights.length === 1 ? weights[0] : weights[i]) as number) : sum;
    }, 0);
    expect(inside).toBeGreaterThan(0);
    expect(await state()).toContain(inside);
    expect(events.trouble).toEqual([]);
    await events.page.context().close();
  });

  it('is dark where the system is, and by its button', async () => {
    const background = (target: Page): Promise<string> =>
      target.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await background(page);
    const dark = await openFile(browser, 'report.html', html, '', { colorScheme: 'dark' });
    await ready(dark.page);
    expect(await background(dark.page)).not.toBe(light);
    await dark.page.click('#theme');
    expect(await background(dark.page)).toBe(light);
    await dark.page.context().close();
  });

  it('prints with everything open and the static pictures', async () => {
    await page.emulateMedia({ media: 'print' });
    expect(await page.isVisible('.flame-static')).toBe(true);
    expect(await page.isVisible('.flame-scroll')).toBe(false);
    expect(await page.isVisible('.toolbar')).toBe(false);
    expect(await page.isVisible('tr.more >> nth=0')).toBe(true);
    await page.emulateMedia({ media: 'screen' });
  });

  it('fits a telephone', async () => {
    const small = await openFile(browser, 'report.html', html, '', { viewport: { width: 390, height: 800 } });
    await ready(small.page);
    expect(await small.page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await small.page.context().close();
  });

  it('keeps hostile names text', async () => {
    const hostile = await openFile(
      browser,
      'report.html',
      renderReport(reportOf('broken/hostile-names.perf.txt')),
    );
    await ready(hostile.page);
    await hostile.page.fill('.toolbar input', 'script');
    await hostile.page.waitForTimeout(100);
    expect(hostile.trouble).toEqual([]);
    expect(await hostile.page.evaluate(() => document.querySelectorAll('img, iframe, script').length)).toBe(
      2,
    );
    expect(await hostile.page.textContent('main')).toContain('<script>');
    await hostile.page.context().close();
  });

  it('had no trouble in all of this', () => {
    expect(opened.trouble).toEqual([]);
  });
});
