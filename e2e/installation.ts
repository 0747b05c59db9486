import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const run = promisify(execFile);

/** The versions of the runners that are tested, by the directories in which they are installed. */
const RUNNERS = {
  'vitest-3': { vitest: '3.2.7' },
  'vitest-4.0': { vitest: '4.0.18' },
  'vitest-4': { vitest: '4.1.12' },
  'vitest-5': { vitest: '5.1.1' },
  'vitest-4-aws': {
    vitest: '4.1.12',
    '@aws-sdk/client-s3': '3.1173.0',
    '@aws-sdk/client-sts': '3.1173.0',
  },
  'jest-29': { jest: '29.7.0', 'jest-environment-jsdom': '29.7.0' },
  'jest-30': {
    jest: '30.5.2',
    'jest-environment-jsdom': '30.5.2',
    'ts-jest': '29.4.11',
    typescript: '5.9.3',
  },
  'playwright-1.50': { '@playwright/test': '1.50.1' },
  'playwright-1.65': { '@playwright/test': '1.65.1' },
  'wdio-9': {
    '@wdio/cli': '9.32.0',
    '@wdio/local-runner': '9.32.0',
    '@wdio/mocha-framework': '9.32.0',
    '@wdio/types': '9.32.0',
    webdriverio: '9.32.0',
  },
};

export type RunnerVersion = keyof typeof RUNNERS;
export type NodeVersion = 20 | 22 | 24 | 26;

/** Where a runner is started from, in its `node_modules`. */
const COMMANDS = {
  vitest: 'vitest/vitest.mjs',
  jest: 'jest/bin/jest.js',
  playwright: '@playwright/test/cli.js',
  wdio: '@wdio/cli/bin/wdio.js',
};

export type Runner = keyof typeof COMMANDS;

/** This checkout, as the name of a directory. Short: paths of sockets have room for little. */
const CHECKOUT = createHash('sha256')
  .update(realpathSync(dirname(import.meta.dirname)))
  .digest('hex')
  .slice(0, 8);

/** Where a test's project finds this package and a version of a runner. */
export interface Installation {
  /** In its `node_modules` is this package, as packed; in those of the one above it, a version of a runner. */
  directory: string;
  version: RunnerVersion;
  runner: Runner;
  /** The script that starts it. */
  command: string;
  /** The Node that runs it. */
  node: string;
  nodeVersion: NodeVersion;
}

/**
 * Installs what is not there yet, outside of the repository. It is kept from run to run: only the
 * tarball is installed anew. Checkouts share the runners, and nothing else: their tests may run at
 * the same time.
 */
export async function installation(
  version: RunnerVersion,
  nodeVersion: NodeVersion = version === 'vitest-5' ? 24 : 20,
): Promise<Installation> {
  const shared = await install(version, RUNNERS[version]);
  const directory = join(shared, CHECKOUT);
  await unpack(inject('tarball'), directory);
  const runner = version.split('-')[0] as Runner;
  return {
    directory,
    version,
    runner,
    command: join(shared, 'node_modules', COMMANDS[runner]),
    node: await nodeOf(nodeVersion),
    nodeVersion,
  };
}

/** The Node that runs these tests where it is of that version, else one from the registry. */
export async function nodeOf(version: NodeVersion): Promise<string> {
  if (Number.parseInt(process.versions.node, 10) === version) return process.execPath;
  const windows = process.platform === 'win32';
  const name = `node-${windows ? 'win' : process.platform}-${process.arch}`;
  const directory = await install(`node-${version}`, { [name]: String(version) });
  return join(directory, 'node_modules', name, 'bin', windows ? 'node.exe' : 'node');
}

async function install(name: string, dependencies: Record<string, string>): Promise<string> {
  const directory = join(tmpdir(), `ephemeral-broker-e2e-${userInfo().uid}`, name);
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies });
  const isThere = async () => (await readOr(join(directory, 'installed.json'), '')) === manifest;
  if (await isThere()) return directory;
  await mkdir(dirname(directory), { recursive: true, mode: 0o700 });
  // Beside it, as another checkout may do the same: who is first has made it for both.
  const fresh = await mkdtemp(`${directory}-`);
  await writeFile(join(fresh, 'package.json'), manifest);
  await npm(fresh, 'install', '--ignore-scripts', '--no-package-lock');
  await writeFile(join(fresh, 'installed.json'), manifest);
  if (await isThere()) {
    await rm(fresh, { recursive: true });
  } else {
    await rm(directory, { recursive: true, force: true });
    await rename(fresh, directory);
  }
  return directory;
}

/** As npm installs a tarball that depends on nothing. */
async function unpack(tarball: string, directory: string): Promise<void> {
  const marker = join(directory, 'unpacked.txt');
  if ((await readOr(marker, '')) === tarball) return;
  const target = join(directory, 'node_modules', 'ephemeral-broker');
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  // Runners keep their caches beside the next package.json.
  await writeFile(join(directory, 'package.json'), '{ "private": true, "type": "module" }');
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  await writeFile(marker, tarball);
}

const readOr = (file: string, otherwise: string): Promise<string> =>
  readFile(file, 'utf8').catch(() => otherwise);

export const npm = (cwd: string, ...args: string[]) =>
  run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    shell: process.platform === 'win32',
    maxBuffer: 64 * 1024 * 1024,
  });
