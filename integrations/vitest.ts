import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { loadConfig } from '../src/config/load.ts';
import { SharedBroker } from './shared-broker.ts';

/** Vitest runs its `globalSetup` for each project (5: once), all in one process: they share one broker. */
export async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { vitest } = project;
  const { root, shard } = vitest.config;
  const leave = await SharedBroker.of('ephemeral-broker.vitest').enter(() =>
    loadConfig({
      from: root,
      env: process.env,
      import: (file) => project.import(file),
      shard: shard && { current: shard.index, total: shard.count },
    }),
  );
  // Projects that do not inherit the set-up have the broker in their environment, too.
  for (const { config } of new Set([project, ...vitest.projects])) addHooks(config);
  return leave;
}

/**
 * Adds our setup file, first, so that its hooks are around all others. A page can open no pipe:
 * projects in browser mode go without.
 */
function addHooks(config: TestProject['config']): void {
  if (config.browser?.enabled) return;
  // Node itself, which runs the tests without Vite then, strips no types in packages.
  const native = config.experimental?.viteModuleRunner === false;
  const hooks = fileURLToPath(new URL(`./vitest-hooks.${native ? 'js' : 'mts'}`, import.meta.url));
  if (!config.setupFiles.includes(hooks)) config.setupFiles.unshift(hooks);
}
