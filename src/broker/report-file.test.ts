import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { connect } from '../client/connect.ts';
import { directory } from '../testing/directory.ts';
import { Broker } from './broker.ts';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** A run in which one test had an account. */
async function runWith(report: string | undefined): Promise<Broker> {
  const pools = { accounts: [{ password: 'hunter2' }] };
  const broker = await Broker.startWith({ pools, report }, 'test');
  const client = await connect({ pipe: broker.pipe, secret: broker.secret });
  const lease = await client.lease('accounts', { purpose: { test: 'buys a book' } });
  await lease.release();
  await client.close();
  await broker.stop();
  return broker;
}

test('a run that asks for a report has one when it stops, without any value', async () => {
  const file = join(directory, 'report.html');
  await runWith(file);
  const html = readFileSync(file, 'utf8');
  expect(html).toContain('"reason":"released"');
  expect(html).toContain('"test":"buys a book"');
  expect(html).toContain('"pools":[{"name":"accounts","size":1}]');
  expect(html).not.toContain('hunter2');
  if (process.platform !== 'win32') expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('the environment names it too, before the config', async () => {
  const file = join(directory, 'a.html');
  vi.stubEnv('EPHEMERAL_REPORT', relative(process.cwd(), file));
  const { report } = await runWith(join(directory, 'b.html'));
  expect(readdirSync(directory)).toEqual(['a.html']);
  expect(report!.file).toBe(file);
});

test('a run that asks for none has none', async () => {
  await runWith(undefined);
  expect(readdirSync(directory)).toEqual([]);
});

test.each(['missing/report.html', '.'])(
  'a report that cannot be written to %s is told, and stops nobody',
  async (name) => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const broker = await runWith(join(directory, name));
    expect(broker.report).toBeUndefined();
    expect(write).toHaveBeenCalledWith(
      expect.stringMatching(/^ephemeral-broker: the report was not written: E/),
    );
  },
);
