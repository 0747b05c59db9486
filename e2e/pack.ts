import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { npm } from './installation.ts';

const repository = join(import.meta.dirname, '..');

declare module 'vitest' {
  interface ProvidedContext {
    /** This package, as packed. */
    tarball: string;
  }
}

/** Packs the built tree, for all the installations. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  if (!existsSync(join(repository, 'dist', 'index.js'))) {
    throw new Error('There is no dist/: run `npm run build` first.');
  }
  const packed = await mkdtemp(join(tmpdir(), 'ephemeral-broker-pack-'));
  const { stdout } = await npm(
    repository,
    'pack',
    '--json',
    '--ignore-scripts',
    '--pack-destination',
    packed,
  );
  provide('tarball', join(packed, JSON.parse(stdout)[0].filename));
  return () => rm(packed, { recursive: true });
}
