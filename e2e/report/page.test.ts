import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from '@playwright/test';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { reportHtml } from '../../src/report/html.ts';
import type { ReportData } from '../../src/report/page/data.ts';
import { run, WHAT_IF } from '../../src/report/run.fixture.ts';
import { CHROMIUM } from '../playwright/run.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let browser: Browser;
let directory: string;
let page: Page;
/** What the page said to the console, what it threw, and what it asked for beside itself. */
let trouble: string[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-'));
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
});
afterEach(async () => {
  await page.close();
  expect(trouble).toEqual([]);
});
afterAll(async () => {
  await browser.close();
  await rm(directory, { recursive: true });
});

/** Opens a report from disk. */
async function open(data: ReportData, options: Parameters<Browser['newPage']>[0] = {}) {
  const file = join(directory, 'report.html');
  await writeFile(file, reportHtml(data));
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

const details = (): Promise<string | null> => page.locator('#details').textContent();

test('a bar that is clicked tells its test, file, worker, token and times', async () => {
  const data = run(1);
  data.leases[0]!.waitedMs = 1234;
  await open(data);
  const { x, y } = (await page.locator('#canvas').boundingBox())!;
  // In the middle of the only lease, in the first lane beneath the axis and its pool's name.
  await page.mouse.move(x + 640, y + 30 + 34 + 11);
  await expect.poll(() => page.locator('#tip').textContent()).toContain('shop > buys a book');
  await page.mouse.down();
  await page.mouse.up();
  for (const told of [
    'shop > buys a book',
    'tests/accounts.test.ts',
    'vitest worker 1',
    '4000',
    'accounts 0',
    '1.2 s',
    '400 ms',
    'released',
  ]) {
    expect(await details()).toContain(told);
  }
});

test('all bars are reached by keys, and a screen reader is told of each', async () => {
  await open(run());
  const cursor = page.locator('#cursor');
  await cursor.focus();
  const label = () => cursor.getAttribute('aria-label');
  expect(await label()).toMatch(/buys a book, vitest worker 1, accounts 0, token 1,.*released/);
  await page.keyboard.press('ArrowRight');
  expect(await label()).toContain('accounts 0, token 6,');
  await page.keyboard.press('ArrowDown');
  expect(await label()).toContain('accounts 1, token 7,');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  expect(await label()).toContain('token 1,');
  const narrow = (await cursor.boundingBox())!.width;
  await page.keyboard.press('+');
  await expect.poll(async () => (await cursor.boundingBox())!.width).toBeGreaterThan(narrow);
  await page.keyboard.press('0');
  await expect.poll(async () => (await cursor.boundingBox())!.width).toBe(narrow);
  expect(await page.locator('#details').getAttribute('role')).toBe('status');
});

test('pool, worker and the name of a test or file choose what is shown', async () => {
  await open(run());
  const shown = () => page.locator('#shown').textContent();
  expect(await shown()).toBe('120 leases, 60 waits');
  await page.getByRole('combobox', { name: 'Pool' }).selectOption('ports');
  expect(await shown()).toBe('48 leases, 24 waits (of 180)');
  await page.getByRole('combobox', { name: 'Worker' }).selectOption('vitest worker 4');
  await page.getByRole('searchbox', { name: 'Test or file' }).fill('ADDRESS');
  const rows = page.locator('#leases tbody tr:not(.gap)');
  const names = await rows.locator('td:nth-child(3)').allTextContents();
  expect(new Set(names)).toEqual(new Set(['shop > changes the address']));
  await page.getByRole('searchbox', { name: 'Test or file' }).fill('nobody');
  expect(await page.locator('#leases').textContent()).toContain('No lease fits.');
  await page.getByRole('button', { name: 'Show all' }).click();
  expect(await shown()).toBe('120 leases, 60 waits');
});

test('tables sort, and lead to the timeline', async () => {
  await open(run());
  const held = page.locator('#leases th', { hasText: 'Held' });
  await held.getByRole('button').click();
  expect(await held.getAttribute('aria-sort')).toBe('descending');
  const first = page.locator('#leases tbody tr:not(.gap)').first();
  const token = await first.locator('td').first().textContent();
  await first.getByRole('button').click();
  expect(await details()).toContain(`Token${token}`);
  expect(await page.evaluate('document.activeElement.id')).toBe('cursor');
});

test('names cannot be anything but text', async () => {
  const hostile = '</script><img src=x onerror=alert(1)><b>"\'';
  const data = run(4);
  data.pools[0]!.name = hostile;
  for (const one of [...data.leases, ...data.waits]) {
    Object.assign(one, { test: hostile, file: hostile, who: { runner: hostile }, why: hostile });
  }
  data.leases[0]!.resources[0]!.pool = hostile;
  await open({ ...data, whatIf: [{ ...WHAT_IF[0]!, pool: hostile, sentence: hostile }] });
  await page.locator('#cursor').focus();
  expect(await details()).toContain(hostile);
  expect(await page.locator('img, b').count()).toBe(0);
});

test('50,000 events are in a document of bounded size, however far one scrolls', async () => {
  await open(run(17_000));
  const nodes = () => page.evaluate<number>("document.querySelectorAll('*').length");
  expect(await nodes()).toBeLessThan(1500);
  await page.locator('#leases .scroll').evaluate((region) => {
    region.scrollTop = region.scrollHeight;
  });
  const last = page.locator('#leases tbody tr:not(.gap)').last();
  await expect.poll(() => last.getAttribute('aria-rowindex')).toBe('17001');
  expect(await nodes()).toBeLessThan(1500);
});

test('on paper it is light, whole and without controls', async () => {
  await open(run(), { colorScheme: 'dark' });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect.poll(() => page.locator('#leases tbody tr:not(.gap)').count()).toBe(120);
  expect(await page.locator('.filters').isVisible()).toBe(false);
  const pixel = await page.evaluate(
    "[...document.getElementById('canvas').getContext('2d').getImageData(2, 2, 1, 1).data]",
  );
  expect(pixel).toEqual([255, 255, 255, 255]);
});

test('a run without leases, and a journal without its start, say so', async () => {
  await open({ ...run(0), truncated: true, cutOff: true });
  expect(await page.getByText('Nothing was leased').isVisible()).toBe(true);
  expect(await page.getByText('The start of the run is missing').isVisible()).toBe(true);
  expect(await page.getByText('is cut off').isVisible()).toBe(true);
  expect(await page.locator('#filled').isVisible()).toBe(false);
});

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  test.each([1280, 400])('accessible, and no wider than its window of %i px', async (width) => {
    await open(
      { ...run(), whatIf: WHAT_IF, truncated: true },
      { colorScheme, viewport: { width, height: 900 } },
    );
    await page.locator('#cursor').focus();
    // Not as a script of the page, whose policy runs none but its own.
    await page.evaluate(await readFile(AXE, 'utf8'));
    const found: string[] = await page.evaluate(`axe.run().then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`);
    expect(found).toEqual([]);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
  });
});
