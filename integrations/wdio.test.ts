import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../src/client/connect.ts';
import { setUp } from './wdio.ts';

let rootDir: string;
let before: NodeJS.ProcessEnv;

beforeEach(async () => {
  rootDir = await mkdtemp(join(tmpdir(), 'ephemeral-broker-test-'));
  before = { ...process.env };
  delete process.env.EPHEMERAL_PIPE;
  await writeFile(
    join(rootDir, 'broker.config.mjs'),
    "export default { shard: 'split', pools: { accounts: [1, 2] } };",
  );
});

afterEach(async () => {
  process.env = before;
  await rm(rootDir, { recursive: true });
});

async function pools(): Promise<[string, number][]> {
  await using client = await connect();
  return (await client.pools()).map(({ name, size }) => [name, size]);
}

test('the config is looked for from the place of the wdio.conf', async () => {
  const leave = await setUp({ rootDir });
  expect(await pools()).toEqual([['accounts', 2]]);
  await leave();
  expect(process.env).not.toHaveProperty('EPHEMERAL_PIPE');
});

test('each shard has its part', async () => {
  const leave = await setUp({ rootDir, shard: { current: 2, total: 2 } });
  expect(await pools()).toEqual([['accounts', 1]]);
  await leave();
});

test('an inline config wins', async () => {
  const leave = await setUp({ rootDir }, { pools: { inline: [1] } });
  expect(await pools()).toEqual([['inline', 1]]);
  await leave();
});
