// npm run bench:page: the HTML report of 50,000 events in Chromium: how long it takes to be drawn, and
// to answer. What is measured is dist/.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LOADS = 5;

const place = mkdtempSync(join(tmpdir(), 'eb-bench-'));
process.once('exit', () => rmSync(place, { recursive: true, force: true }));
const html = join(place, 'report.html');
const writing = await write();

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.addInitScript(() => {
  const told = { drawn: 0, long: [], frames: [] };
  Object.assign(globalThis, { told });
  new PerformanceObserver((list) => {
    told.long.push(...list.getEntries().map(({ duration }) => duration));
  }).observe({ type: 'longtask' });
  const frame = (now) => {
    told.frames.push(now);
    // Until it is drawn on, a canvas is 300 wide.
    const canvas = document.getElementById('canvas');
    if (canvas && canvas.width !== 300) told.drawn ||= performance.now();
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
});

const loads = [];
for (let i = 0; i < LOADS; i++) {
  await page.goto(pathToFileURL(html).href);
  await page.waitForFunction(() => globalThis.told.drawn);
  loads.push(await page.evaluate(() => globalThis.told.drawn));
}
loads.sort((a, b) => a - b);
const { nodes, heap } = await page.evaluate(() => ({
  nodes: document.querySelectorAll('*').length,
  heap: performance.memory.usedJSHeapSize,
}));
const mb = (/** @type {number} */ bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const ms = (/** @type {number} */ time) => `${Math.round(time)} ms`;
console.log(`written in     ${ms(writing)}, what if included
file           ${mb(statSync(html).size)}
drawn after    ${ms(loads[LOADS >> 1])} (median of ${LOADS}; ${ms(loads[0])} to ${ms(loads[LOADS - 1])})
heap           ${mb(heap)}
elements       ${nodes}

                longest task   longest frame`);

await page.locator('#chart').scrollIntoViewIfNeeded();
const canvas = await page.locator('#canvas').boundingBox();
const times = async (n, act) => {
  for (let i = 0; i < n; i++) await act(i);
};
await measure('choose a pool', () => page.selectOption('#pool', 'accounts'));
await measure('all pools', () => page.selectOption('#pool', ''));
await measure('choose a worker', () => page.selectOption('#worker', { index: 3 }));
await measure('all workers', () => page.selectOption('#worker', ''));
await measure('type a name', () =>
  page.locator('#text').pressSequentially('journey', { delay: 60 }),
);
await measure('show all', () => page.locator('#reset').click());
await measure('hover', () =>
  times(60, (i) => page.mouse.move(canvas.x + 220 + i * 15, canvas.y + 75 + (i % 12) * 22)),
);
await measure('scroll', () => times(30, () => page.mouse.wheel(0, 80)));
await measure('zoom', () => times(8, () => page.locator('#zoom-in').click()));
await measure('pan', () => times(8, () => page.locator('#later').click()));
await measure('go by keys', () => times(20, () => page.locator('#cursor').press('ArrowRight')));
await measure('sort by test', () => page.locator('#leases th button').nth(2).click());
await measure('sort by time', () => page.locator('#leases th button').nth(5).click());
await page.locator('#leases .scroll').hover();
await measure('scroll a table', () => times(40, () => page.mouse.wheel(0, 400)));
await browser.close();

/** Draws the made-up journal as the command line does; how long it took. */
async function write() {
  const outfile = join(place, 'large-run.mjs');
  const entry = join(ROOT, 'src/report/large-run.fixture.ts');
  await build({ entryPoints: [entry], bundle: true, format: 'esm', outfile, logLevel: 'error' });
  const { largeRun } = await import(pathToFileURL(outfile).href);
  const { events, cutOff: _, ...head } = largeRun();
  const journal = join(place, 'broker.journal');
  const lines = [{ journal: 1, ...head }, ...events].map((line) => JSON.stringify(line));
  writeFileSync(journal, `${lines.join('\n')}\n`);
  const began = performance.now();
  execFileSync(process.execPath, [join(ROOT, 'dist/cli.js'), 'report', journal, '--out', html]);
  return performance.now() - began;
}

async function measure(name, act) {
  const settled = () => page.waitForTimeout(300);
  await settled();
  await page.evaluate(() => {
    globalThis.told.long.length = globalThis.told.frames.length = 0;
  });
  await act();
  await settled();
  const { long, frames } = await page.evaluate(() => globalThis.told);
  const longest = Math.max(...frames.slice(1).map((now, i) => now - frames[i]));
  const task = long.length > 0 ? ms(Math.max(...long)) : '< 50 ms';
  console.log(`${name.padEnd(16)}${task.padStart(12)}${ms(longest).padStart(16)}`);
}
