import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FullConfig } from '@playwright/test';
import { loadConfig } from '../src/config/load.ts';
import { importTypeScript } from '../src/config/typescript.ts';
import { withReport } from './playwright-report.ts';
import { SharedBroker } from './shared-broker.ts';

/**
 * Starts the broker, or joins the one that is there; returns how to leave it. UI mode and editors may
 * run this often, and may forget to leave.
 */
export const setUp = (
  {
    configFile,
    rootDir,
    shard,
    projects,
  }: Pick<FullConfig, 'configFile' | 'rootDir' | 'shard' | 'projects'>,
  inline?: unknown,
): Promise<() => Promise<void>> =>
  SharedBroker.of('ephemeral-broker.playwright').enter(async () => {
    const from = configFile ? dirname(configFile) : rootDir;
    const config = await loadConfig({
      from,
      inline,
      env: process.env,
      import: importAsPlaywright,
      shard,
    });
    return withReport(config, { directory: from, outputDir: projects[0]?.outputDir ?? from });
  });

/** Playwright has hooks of its own in this process, which compile TypeScript as what the project's modules are. */
async function importAsPlaywright(file: string): Promise<unknown> {
  if (file.endsWith('.mts') || isModule(dirname(file))) return importTypeScript(file);
  const require = createRequire(file);
  delete require.cache[file];
  return require(file);
}

function isModule(directory: string): boolean {
  const manifest = join(directory, 'package.json');
  if (existsSync(manifest)) return JSON.parse(readFileSync(manifest, 'utf8')).type === 'module';
  return dirname(directory) !== directory && isModule(dirname(directory));
}
