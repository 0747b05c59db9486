import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { TestProject } from 'vitest/node';
import { connect } from '../src/client/connect.ts';
import { setUp } from './vitest.ts';

let root: string;
let before: NodeJS.ProcessEnv;
let shard: { index: number; count: number } | undefined;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ephemeral-broker-test-'));
  before = { ...process.env };
  delete process.env.EPHEMERAL_PIPE;
  shard = undefined;
});

afterEach(async () => {
  process.env = before;
  await rm(root, { recursive: true });
});

/** A project as Vitest hands it to its `globalSetup`; the first is the root. */
function projects(...configs: object[]): TestProject[] {
  const all = configs.map((config) => ({ config: { setupFiles: ['user.ts'], ...config } }));
  const vitest = { config: { root, shard }, projects: all };
  for (const project of all) Object.assign(project, { vitest });
  return all as unknown as TestProject[];
}

const added = (project: TestProject): string[] =>
  project.config.setupFiles.filter((file) => file !== 'user.ts');

test('every project gets our setup file, once, before its own', async () => {
  const [main, other] = projects({}, {}) as [TestProject, TestProject];
  const leave = [await setUp(main), await setUp(other)];
  for (const { config } of [main, other]) {
    expect(config.setupFiles).toEqual([expect.stringMatching(/\/vitest-hooks\.mts$/), 'user.ts']);
  }
  for (const each of leave) await each();
});

test('a project in browser mode does not: a page can open no pipe', async () => {
  const [page] = projects({ browser: { enabled: true } }) as [TestProject];
  const leave = await setUp(page);
  expect(added(page)).toEqual([]);
  await leave();
});

test('where Node itself imports the tests, the file is one that it takes', async () => {
  const [native] = projects({ experimental: { viteModuleRunner: false } }) as [TestProject];
  const leave = await setUp(native);
  expect(added(native)).toEqual([expect.stringMatching(/\/vitest-hooks\.js$/)]);
  await leave();
});

test('a shard of Vitest’s leases its own part', async () => {
  const config = { pools: { accounts: ['ann', 'bob', 'cem'] }, shard: 'split' };
  await writeFile(join(root, 'broker.config.json'), JSON.stringify(config));
  shard = { index: 2, count: 3 };
  const leave = await setUp(projects({})[0]!);
  await using client = await connect();
  expect(await client.withLease('accounts', async (account) => account)).toBe('bob');
  expect(await client.pools()).toMatchObject([{ size: 1 }]);
  await leave();
});
