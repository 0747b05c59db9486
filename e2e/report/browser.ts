import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { CHROMIUM } from '../playwright/run.ts';

/** The report that a test has opened. */
export let page: Page;

let browser: Browser;
/** What the page said to the console, what it threw, and what it asked for beside itself. */
let trouble: string[];

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
});
afterEach(async () => {
  await page.close();
  expect(trouble).toEqual([]);
});
afterAll(() => browser.close());

/** Opens a report from disk. */
export async function openFile(
  file: string,
  options: Parameters<Browser['newPage']>[0] = {},
): Promise<void> {
  page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
  trouble = [];
  page.on('console', (message) => trouble.push(message.text()));
  page.on('pageerror', (error) => trouble.push(String(error)));
  page.on('dialog', (dialog) => {
    trouble.push(dialog.message());
    dialog.dismiss();
  });
  const url = pathToFileURL(file).href;
  page.on('request', (request) => {
    if (request.url() !== url) trouble.push(request.url());
  });
  await page.goto(url);
}

export const details = (): Promise<string | null> => page.locator('#details').textContent();
