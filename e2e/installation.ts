import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
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

/** A directory in which this package, as packed, and one version of a runner are installed. */
export interface Installation {
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
 * tarball is installed anew.
 */
export async function installation(
  version: RunnerVersion,
  nodeVersion: NodeVersion = version === 'vitest-5' ? 24 : 20,
): Promise<Installation> {
  const directory = await install(version, RUNNERS[version]);
  await unpack(inject('tarball'), directory);
  const runner = version.split('-')[0] as Runner;
  return {
    directory,
    version,
    runner,
    command: join(directory, 'node_modules', COMMANDS[runner]),
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
  const marker = join(directory, 'installed.json');
  if ((await readOr(marker, '')) === manifest) return directory;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, 'package.json'), manifest);
  await npm(directory, 'install', '--ignore-scripts', '--no-package-lock');
  await writeFile(marker, manifest);
  return directory;
}

/** As npm installs a tarball that depends on nothing. */
async function unpack(tarball: string, directory: string): Promise<void> {
  const marker = join(directory, 'unpacked.txt');
  if ((await readOr(marker, '')) === tarball) return;
  const target = join(directory, 'node_modules', 'ephemeral-broker');
  await rm(target, { recursive: true, force: true });
  await mkdir(target);
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
