import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { chromium } from '@playwright/test';
import { expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { until } from '../processes/processes.ts';
import { Project } from '../project.ts';
import { CHROMIUM, NEWEST } from './run.ts';

interface UiRun {
  account: string;
  pipe: string;
  nth: number;
}

/** Somebody who looks at UI mode in a browser, and runs all tests again and again. */
test('in UI mode all runs have the broker of the first', async () => {
  const project = await Project.copy('playwright-ui', await installation(...NEWEST));
  const started = project.start(['test', '--ui-host=127.0.0.1', '--ui-port=0']);
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const runs = async (): Promise<UiRun[]> =>
    (await project.file('runs.jsonl').catch(() => ''))
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  try {
    await until(() => /http:\S+/.test(started.output), 'the address of UI mode');
    const page = await browser.newPage();
    await page.goto(/http:\S+/.exec(started.output)![0]);
    await page.getByText('one.spec.js').first().waitFor();
    for (const nth of [1, 2]) {
      // Enabled again once the run before is over.
      await page.getByTitle('Run all').and(page.locator(':enabled')).click();
      await until(async () => (await runs()).length === nth, `run ${nth}`);
    }
    const [first, second] = await runs();
    expect(first).toEqual({ account: 'ann', pipe: expect.any(String), nth: 1 });
    expect(second).toEqual({ ...first, nth: 2 });
    started.child.kill('SIGINT');
    await started.ended;
    expect(existsSync(dirname(first!.pipe))).toBe(false);
  } finally {
    started.child.kill('SIGKILL');
    await started.ended;
    await browser.close();
  }
  await project.remove();
});
