import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from '@playwright/test';
import { startBroker } from 'ephemeral-broker';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { Project } from '../project.ts';
import { CHROMIUM, NEWEST, OLDEST } from './run.ts';

let browser: Browser;
let project: Project;

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
});

afterEach(() => project.remove());
afterAll(() => browser.close());

const REPORT = join('test-results', 'broker-report.html');

/** Somebody who looks for a test in the HTML report of Playwright. */
async function look(at: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(pathToFileURL(join(project.directory, 'playwright-report', 'index.html')).href);
  await page.getByText(at, { exact: true }).first().click();
  await page.getByText('Test Steps').waitFor();
  return page;
}

/** The test that waited says so, and leads to the page of the broker. */
async function expectPage(): Promise<void> {
  const waits = await look('waits');
  const told = waits.getByText(/1\.\d s for pool 'accounts', held by playwright worker \d/);
  await told.first().waitFor();
  // Which Playwright 1.50 has the browser save, and later versions have it open.
  const link = waits.getByRole('link', { name: 'leases and waits' });
  const href = await link.evaluate(({ href }: { href?: string }) => href!);
  const page = await browser.newPage();
  await page.goto(href);
  await page.getByRole('heading', { name: 'Leases and waits' }).waitFor();
  expect(await page.locator('#headline').textContent()).toMatch(/waited 1\.\d s in all/);
}

async function run(env: Record<string, string> = {}): Promise<string> {
  const started = project.start(['test'], env);
  expect(await started.ended, started.output).toBe(0);
  return started.output;
}

test.each([OLDEST, NEWEST])(
  'the report of the broker is in the HTML report of %s',
  async (...version) => {
    project = await Project.copy('playwright-reporter', await installation(...version));
    expect(await run()).toContain(`\nephemeral-broker: report: ${REPORT}\n`);
    await expectPage();
    const holds = await look('holds');
    expect(await holds.getByText('leases and waits').count()).toBe(0);
  },
);

test('it is in the one that is merged of blobs, too', async () => {
  project = await Project.copy('playwright-reporter', await installation(...NEWEST));
  await run({ FIRST: 'blob' });
  const merging = project.start(['merge-reports', '--reporter=html', 'blob-report']);
  expect(await merging.ended, merging.output).toBe(0);
  await expectPage();
});

test('where the broker is that of another process, there is none, and that is told', async () => {
  project = await Project.copy('playwright-reporter', await installation(...NEWEST));
  await using broker = await startBroker({ pools: { accounts: ['ann'] } });
  expect(await run(broker.env)).toContain('Name its file where that is started: EPHEMERAL_REPORT=');
  const waits = await look('waits');
  expect(await waits.getByText('leases and waits').count()).toBe(0);
});
