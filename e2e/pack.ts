import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const run = promisify(execFile);
const repository = join(import.meta.dirname, '..');

/** A directory in which this package, as packed, and one version of a runner are installed. */
export interface Installation {
  directory: string;
  /** The Node that runs it. */
  node: string;
  /** Of the runner: `4`. */
  major: number;
}

declare module 'vitest' {
  interface ProvidedContext {
    vitest4: Installation;
    vitest5: Installation;
  }
}

/** A newer Node than the one that runs these tests, as a package. */
const NODE_24 = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;

/**
 * Packs the built tree, and installs that into directories outside of the repository. They are kept
 * from run to run: only the tarball is installed anew.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(join(repository, 'dist', 'index.js'))) {
    throw new Error('There is no dist/: run `npm run build` first.');
  }
  const packed = await mkdtemp(join(tmpdir(), 'ephemeral-broker-pack-'));
  const { stdout } = await npm(repository, 'pack', '--json', '--pack-destination', packed);
  const tarball = join(packed, JSON.parse(stdout)[0].filename);
  provide('vitest4', {
    directory: await install('vitest-4', { vitest: '4.1.12' }, tarball),
    node: process.execPath,
    major: 4,
  });
  const directory = await install('vitest-5', { vitest: '5.1.1', [NODE_24]: '24' }, tarball);
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = join(directory, 'node_modules', NODE_24, 'bin', binary);
  provide('vitest5', { directory, node, major: 5 });
  return () => rm(packed, { recursive: true });
}

async function install(
  name: string,
  dependencies: Record<string, string>,
  tarball: string,
): Promise<string> {
  const directory = join(tmpdir(), `ephemeral-broker-e2e-${userInfo().uid}`, name);
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const manifest = JSON.stringify({ private: true, type: 'module', dependencies });
  const file = join(directory, 'package.json');
  const marker = join(directory, 'installed.json');
  if (
    await readFile(marker, 'utf8').then(
      (text) => text !== manifest,
      () => true,
    )
  ) {
    await rm(join(directory, 'node_modules'), { recursive: true, force: true });
    await writeFile(file, manifest);
    await npm(directory, 'install', '--ignore-scripts', '--no-package-lock');
    await writeFile(marker, manifest);
  }
  const target = join(directory, 'node_modules', 'ephemeral-broker');
  await rm(target, { recursive: true, force: true });
  await mkdir(target);
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
  return directory;
}

const npm = (cwd: string, ...args: string[]) =>
  run('npm', [...args, '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd,
    shell: process.platform === 'win32',
    maxBuffer: 64 * 1024 * 1024,
  });
