import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { scratch } from '../support/vtune.ts';

const paths = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const executable = paths.find((path) => path !== undefined && existsSync(path));

/** Without a browser these tests skip, but not in CI: there they must run. */
export const noBrowser: boolean = executable === undefined && process.env.CI === undefined;

export function launch(): Promise<Browser> {
  if (executable === undefined)
    throw new Error('no chromium: apt-get install chromium, or set CHROMIUM to its path');
  return chromium.launch({
    executablePath: executable,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface Opened {
  readonly page: Page;
  /** Console errors, page errors, dialogs and requests beyond the file itself: all of them are failures. */
  readonly trouble: string[];
}

/** Writes content to a file and opens it as a user would, by a file: address. */
export async function openFile(
  browser: Browser,
  name: string,
  content: string,
  hash = '',
  options: BrowserContextOptions = {},
): Promise<Opened> {
  const path = join(scratch(), name);
  writeFileSync(path, content);
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const trouble: string[] = [];
  const address = pathToFileURL(path).href;
  page.on('console', (message) => message.type() === 'error' && trouble.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => trouble.push(`error: ${error.message}`));
  page.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(address)) trouble.push(`request: ${request.url()}`);
  });
  await page.goto(address + hash);
  return { page, trouble };
}

export function ready(page: Page): Promise<unknown> {
  return page.waitForSelector('html[data-ready]', { timeout: 10_000 });
}
