import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../src/client/connect.ts';
import { setUp } from './playwright.ts';

let root: string;
let before: NodeJS.ProcessEnv;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ephemeral-broker-test-'));
  before = { ...process.env };
  delete process.env.EPHEMERAL_PIPE;
});

afterEach(async () => {
  process.env = before;
  await rm(root, { recursive: true });
});

const config = () => ({
  configFile: join(root, 'playwright.config.ts'),
  rootDir: '/nowhere',
  shard: null,
  projects: [],
});

async function pools(): Promise<string[]> {
  await using client = await connect();
  return (await client.pools()).map(({ name }) => name);
}

// UI mode and editors do so.
test('run often, it is one broker, until all have left', async () => {
  const leave = [await setUp(config()), await setUp(config()), await setUp(config())];
  const { EPHEMERAL_PIPE } = process.env;
  await leave[0]!();
  await leave[0]!();
  await leave[1]!();
  expect(process.env.EPHEMERAL_PIPE).toBe(EPHEMERAL_PIPE);
  expect(await pools()).toEqual([]);
  await leave[2]!();
  expect(process.env).not.toHaveProperty('EPHEMERAL_PIPE');
  const again = await setUp(config());
  expect(process.env.EPHEMERAL_PIPE).not.toBe(EPHEMERAL_PIPE);
  await again();
});

test('the config is looked for from the place of the Playwright config', async () => {
  await writeFile(join(root, 'broker.config.mjs'), `export default { pools: { accounts: [1] } };`);
  const leave = await setUp(config());
  expect(await pools()).toEqual(['accounts']);
  await leave();
});

test('an inline config wins, functions and all', async () => {
  await writeFile(join(root, 'broker.config.mjs'), 'export default { pools: { accounts: [1] } };');
  const leave = await setUp(config(), { pools: { inline: [1] } });
  expect(await pools()).toEqual(['inline']);
  await leave();
});

test.each(['commonjs', 'module'])(
  'TypeScript is read as the project reads it: %s',
  async (type) => {
    await writeFile(join(root, 'package.json'), JSON.stringify({ type }));
    const text =
      type === 'module' ? 'export default { pols: {} };' : 'module.exports = { pols: {} };';
    await writeFile(join(root, 'broker.config.ts'), text);
    const starting = setUp(config());
    await expect(starting).rejects.toMatchObject({ code: 'bad_config' });
    await expect(starting).rejects.toThrow(join(root, 'broker.config.ts'));
  },
);
