import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { CHROMIUM } from './run.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

/** The example as its README runs it, with a trace of each test. */
test.runIf(existsSync(CHROMIUM))(
  'the example passes in Chromium: one login for each account, and waits in the traces',
  async () => {
    const output = await mkdtemp(join(tmpdir(), 'ephemeral-broker-example-'));
    const env = { ...process.env, NO_COLOR: undefined, EPHEMERAL_JOURNAL: join(output, 'journal') };
    const suite = '--config=examples/playwright'.split(' ');
    const { stdout, stderr } = await run(
      'npx',
      ['playwright', 'test', ...suite, `--output=${join(output, 'results')}`, '--trace=on'],
      { cwd: root, env: withoutVitest(env) },
    );
    expect(stdout).toContain('12 passed');
    expect(stderr).not.toMatch(/warning/i);
    // Two accounts; and one more, where a test came after the one that logs out.
    expect(Number(/The shop saw (\d+) logins/.exec(stdout)![1])).toBeLessThanOrEqual(3);

    const traces: string[] = [];
    for (const name of await readdir(join(output, 'results'))) {
      if (name.startsWith('.')) continue;
      const place = join(output, 'results', name);
      await run('python3', ['-m', 'zipfile', '-e', join(place, 'trace.zip'), place]);
      traces.push(await readFile(join(place, 'test.trace'), 'utf8'));
    }
    expect(traces).toHaveLength(12);
    const journal = (await readFile(join(output, 'journal'), 'utf8')).split('\n');
    const waits = journal.filter((line) =>
      /"type":"grant".*"waitedMs":([2-9]\d\d|\d{4,})\b/.test(line),
    );
    // Else nothing was waited for, and nothing proved.
    expect(waits).not.toEqual([]);
    const told = traces.filter((trace) =>
      /waited .{3,9}s for pool 'accounts', held by playwright worker \d/.test(trace),
    );
    expect(told.length).toBeGreaterThanOrEqual(waits.length);
    await rm(output, { recursive: true });
  },
);

function withoutVitest(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const ours = Object.entries(env).filter(([name]) => !/^(VITEST|TEST$|NODE_ENV$)/.test(name));
  return Object.fromEntries(ours);
}
