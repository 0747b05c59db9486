import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ResolvedConfig } from '../src/config/check.ts';
import { givenFor, type UserHook } from '../src/config/given.ts';
import { type LoadOptions, loadConfig } from '../src/config/load.ts';
import { BrokerError, quoted } from '../src/protocol/errors.ts';
import { SharedBroker } from './shared-broker.ts';

/** What Jest gives to its `globalSetup` and `globalTeardown`. */
export interface Rooted {
  rootDir: string;
  shard?: { shardIndex: number; shardCount: number } | undefined;
}

const LEAVE = Symbol.for('ephemeral-broker.jest.leave');
const place = globalThis as { [LEAVE]?: () => Promise<void> };

/**
 * Jest runs its `globalSetup` once for all projects, in watch mode before every run. The user's own,
 * where `withBroker` has put ours in its place, run after it, and can use the broker.
 */
export async function setUp(globalConfig: Rooted, projectConfig: Rooted): Promise<void> {
  const { rootDir, shard } = globalConfig;
  const leave = await SharedBroker.of('ephemeral-broker.jest').enter(() =>
    configFor({
      from: rootDir,
      env: process.env,
      shard: shard && { current: shard.shardIndex, total: shard.shardCount },
    }),
  );
  place[LEAVE] = leave;
  try {
    await runAll(givenFor('jest').setUps, globalConfig, projectConfig);
  } catch (error) {
    // Jest runs no teardown then.
    await leave();
    throw error;
  }
}

/** The user's own run first. */
export async function tearDown(globalConfig: Rooted, projectConfig: Rooted): Promise<void> {
  try {
    await runAll(givenFor('jest').tearDowns, globalConfig, projectConfig);
  } finally {
    await place[LEAVE]?.();
  }
}

/** The one that `withBroker` was given, else the file's. @throws BrokerError `bad_config` where several differ. */
async function configFor(options: LoadOptions): Promise<ResolvedConfig> {
  const { configs } = givenFor('jest');
  const [first, ...others] = await Promise.all(
    (configs.length > 0 ? configs : [undefined]).map((inline) =>
      loadConfig({ ...options, inline }),
    ),
  );
  if (others.every(({ digest }) => digest === first!.digest)) return first!;
  throw new BrokerError(
    'bad_config',
    'Several calls of withBroker(config, { pools }) in this run name different pools, and all its projects share one broker. Say them in one call, or in a broker.config file.',
  );
}

/** Each module once, one after the other. */
async function runAll(hooks: UserHook[], globalConfig: Rooted, projectConfig: Rooted) {
  const paths = hooks.map((hook) => pathOf(hook, [globalConfig.rootDir, projectConfig.rootDir]));
  for (const path of new Set(paths)) {
    const run = await importFor(path);
    if (typeof run !== 'function') {
      throw new BrokerError(
        'bad_config',
        `${path}, a globalSetup or globalTeardown beside withBroker(), has no function as its default export. Add  module.exports = async () => { … }`,
      );
    }
    await run(globalConfig, projectConfig);
  }
}

function pathOf({ path, rootDir }: UserHook, roots: string[]): string {
  for (const root of rootDir === undefined ? roots : [rootDir, ...roots]) {
    const name = path.replace('<rootDir>', root);
    try {
      return createRequire(join(root, '_.js')).resolve(name);
    } catch {}
  }
  throw new BrokerError(
    'bad_config',
    `${quoted(path)}, which jest.config names beside withBroker(), is not found from ${roots[0]}.`,
  );
}

/** What `require` fails with where only `import()` goes, by version of Node. */
const REQUIRES_IMPORT = /^ERR_REQUIRE_(ESM|ASYNC_MODULE)$/;

/** By `require` where that goes: while our set-up runs, Jest compiles what is required. */
async function importFor(path: string): Promise<unknown> {
  let loaded: unknown;
  try {
    loaded = createRequire(path)(path);
  } catch (error) {
    if (!REQUIRES_IMPORT.test(String((error as { code?: unknown }).code))) throw error;
    loaded = await import(/* @vite-ignore */ pathToFileURL(path).href);
  }
  return (loaded as { default?: unknown }).default ?? loaded;
}
