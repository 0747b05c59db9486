import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { reportHtml } from '../../src/report/html.ts';
import { largeRun } from '../../src/report/large-run.fixture.ts';
import type { ReportData } from '../../src/report/page/data.ts';
import { pageData } from '../../src/report/page-data.ts';
import { run, WHAT_IF } from '../../src/report/run.fixture.ts';
import { timelineOf } from '../../src/report/timeline.ts';
import { whatIf } from '../../src/report/what-if.ts';
import { details, openFile, page } from './browser.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'report-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function open(data: ReportData, options: Parameters<typeof openFile>[1] = {}) {
  const file = join(directory, 'report.html');
  await writeFile(file, reportHtml(data));
  await openFile(file, options);
}

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

test('what is told of a bar beside the pointer goes at Escape', async () => {
  await open(run(1));
  const { x, y } = (await page.locator('#canvas').boundingBox())!;
  await page.mouse.move(x + 640, y + 30 + 34 + 11);
  await expect.poll(() => page.locator('#tip').isVisible()).toBe(true);
  await page.keyboard.press('Escape');
  expect(await page.locator('#tip').isVisible()).toBe(false);
});

test('all bars are reached by keys, and a screen reader is told of each', async () => {
  await open(run());
  const cursor = page.locator('#cursor');
  await cursor.focus();
  const label = () => cursor.getAttribute('aria-label');
  expect(await label()).toMatch(
    /buys a book, tests.accounts.test.ts, vitest worker 1, accounts 0, token 1,.*released/,
  );
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
  await page.keyboard.press('Escape');
  expect(await details()).toContain('Choose a bar');
  await page.keyboard.press('ArrowRight');
  expect(await label()).toContain('token 1,');
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

test('what if is open for the pools of which more would have saved something', async () => {
  await open({
    ...run(),
    whatIf: [...WHAT_IF, { ...WHAT_IF[0]!, pool: 'ports', saves: false }],
  });
  const table = (pool: string) => page.getByRole('table', { name: `by the size of ${pool}` });
  expect(await table('accounts').isVisible()).toBe(true);
  expect(await table('ports').isVisible()).toBe(false);
  await page.getByText('Run by size').last().click();
  expect(await table('ports').isVisible()).toBe(true);
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

/** Counts what the page reads for which it has to be laid out at once. */
const COUNT = `(() => {
  globalThis.measured = 0;
  const READS =
    /^(client|offset|scroll)(Width|Height|Top|Left)$|^get(BoundingClientRect|ClientRects)$|^innerText$/;
  for (const { prototype } of [Element, HTMLElement, Range]) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (!READS.test(name)) continue;
      const kind = property.get ? 'get' : 'value';
      const read = property[kind];
      property[kind] = function () {
        measured++;
        return read.call(this);
      };
      Object.defineProperty(prototype, name, property);
    }
  }
})()`;

describe('50,000 events', () => {
  const journal = largeRun();
  const timeline = timelineOf(journal);
  const data = pageData(journal, timeline, whatIf(timeline));
  const nodes = () => page.evaluate<number>("document.querySelectorAll('*').length");

  /** How often the page measures itself for an action, until it has painted. */
  async function measured(act: () => Promise<unknown>): Promise<number> {
    await page.evaluate('measured = 0');
    await act();
    await page.evaluate(
      'new Promise((painted) => requestAnimationFrame(() => requestAnimationFrame(painted)))',
    );
    return page.evaluate('measured');
  }

  test('are in a document of bounded size, however far one scrolls', async () => {
    await open(data);
    expect(data.leases.length).toBeGreaterThan(10_000);
    expect(await nodes()).toBeLessThan(1500);
    await page.locator('#leases .scroll').evaluate((region) => {
      region.scrollTop = region.scrollHeight;
    });
    const last = page.locator('#leases tbody tr:not(.gap)').last();
    await expect
      .poll(() => last.getAttribute('aria-rowindex'))
      .toBe(String(data.leases.length + 1));
    expect(await nodes()).toBeLessThan(1500);
  });

  test('are not measured one by one, whatever is chosen', async () => {
    await open(data);
    await page.evaluate(COUNT);
    const pool = page.getByRole('combobox', { name: 'Pool' });
    const worker = page.getByRole('combobox', { name: 'Worker' });
    const text = page.getByRole('searchbox', { name: 'Test or file' });
    const acts: Record<string, () => Promise<unknown>> = {
      pool: () => pool.selectOption('accounts'),
      'all pools': () => pool.selectOption(''),
      worker: () => worker.selectOption('vitest worker 7'),
      text: () => text.fill('journey'),
      all: () => page.getByRole('button', { name: 'Show all' }).click(),
      async hover() {
        await page.locator('#canvas').hover({ position: { x: 600, y: 75 } });
        await expect.poll(() => page.locator('#tip').isVisible()).toBe(true);
      },
      zoom: () => page.getByRole('button', { name: 'Zoom in' }).click(),
      scroll: () => page.locator('#chart').evaluate((chart) => chart.scrollBy(0, 300)),
      key: () => page.locator('#cursor').press('ArrowRight'),
    };
    for (const [name, act] of Object.entries(acts)) {
      expect(await measured(act), name).toBeLessThan(20);
    }
  });
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

test('a long table takes the paper of what is printed of it, and no more', async () => {
  await open(run(6000));
  const pdf = (await page.pdf({ format: 'A4' })).toString('latin1');
  // A thousand rows at 22 px, and the timeline.
  expect(pdf.match(/\/Type \/Page\b/g)!.length).toBeLessThan(50);
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
