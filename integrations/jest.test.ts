import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connect } from '../src/client/connect.ts';
import { givenFor } from '../src/config/given.ts';
import { slots } from '../src/config/pools.ts';
import { setUp, tearDown } from './jest.ts';

const given = givenFor('jest');
let rootDir: string;
let before: NodeJS.ProcessEnv;

beforeEach(async () => {
  rootDir = await mkdtemp(join(tmpdir(), 'ephemeral-broker-test-'));
  before = { ...process.env };
  delete process.env.EPHEMERAL_PIPE;
});

afterEach(async () => {
  process.env = before;
  for (const list of [given.configs, given.setUps, given.tearDowns]) list.length = 0;
  await rm(rootDir, { recursive: true });
});

/** A module that writes down what it was called with, and whether a broker was there. */
async function hook(name: string, text = ''): Promise<string> {
  const code = `module.exports = (config) => {
    (globalThis.calls ??= []).push(['${name}', config.rootDir, 'EPHEMERAL_PIPE' in process.env]);
    ${text}
  };`;
  await writeFile(join(rootDir, name), code);
  return `<rootDir>/${name}`;
}

function calls(): unknown[] {
  const place = globalThis as { calls?: unknown[] };
  const all = place.calls ?? [];
  delete place.calls;
  return all;
}

test('a config that was given in code serves, functions and all', async () => {
  given.configs.push({ pools: { made: slots(1, (n) => `slot ${n}`) } });
  await setUp({ rootDir }, { rootDir });
  await using client = await connect();
  await client.withLease('made', (value) => expect(value).toBe('slot 0'));
  await tearDown({ rootDir }, { rootDir });
  expect(process.env).not.toHaveProperty('EPHEMERAL_PIPE');
});

test('two that differ are refused', async () => {
  given.configs.push({ pools: { a: [1] } }, { pools: { a: [1] } });
  await setUp({ rootDir }, { rootDir });
  await tearDown({ rootDir }, { rootDir });
  given.configs.push({ pools: { a: [1, 2] } });
  await expect(setUp({ rootDir }, { rootDir })).rejects.toThrow('name different pools');
});

test('their set-up and teardown run within ours, once, as Jest would call them', async () => {
  const [up, down] = [await hook('up.cjs'), await hook('down.cjs')];
  given.setUps.push({ path: up, rootDir: undefined }, { path: up, rootDir });
  given.tearDowns.push({ path: './down.cjs', rootDir: undefined }, { path: down, rootDir });
  await setUp({ rootDir }, { rootDir });
  await tearDown({ rootDir }, { rootDir });
  expect(calls()).toEqual([
    ['up.cjs', rootDir, true],
    ['down.cjs', rootDir, true],
  ]);
});

test('one that fails leaves no broker', async () => {
  given.setUps.push({ path: await hook('up.cjs', "throw new Error('theirs')"), rootDir });
  await expect(setUp({ rootDir }, { rootDir })).rejects.toThrow('theirs');
  expect(calls()).toHaveLength(1);
  expect(process.env).not.toHaveProperty('EPHEMERAL_PIPE');
});

test('one that is not there, or is no function, is named', async () => {
  given.setUps.push({ path: './none.js', rootDir: undefined });
  await expect(setUp({ rootDir }, { rootDir })).rejects.toThrow(
    "'./none.js', which jest.config names beside withBroker(), is not found",
  );
  await writeFile(join(rootDir, 'none.js'), 'module.exports = { setup() {} };');
  await expect(setUp({ rootDir }, { rootDir })).rejects.toThrow(
    'has no function as its default export',
  );
});
