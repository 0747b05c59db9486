import { execFile } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { installation } from './installation.ts';

const run = promisify(execFile);
const resolve = createRequire(import.meta.url).resolve;

const tsc = (name: string) => join(dirname(resolve(`${name}/package.json`)), 'bin', 'tsc');
const COMPILERS = { 'TypeScript 7': tsc('typescript'), 'TypeScript 6': tsc('typescript-6') };

const NODE = { module: 'nodenext', moduleResolution: 'nodenext' };
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' };

/** Projects that import the packed package; their sources say by `@ts-expect-error` what must not compile. */
const CASES = [
  ['TypeScript 7', 'vitest-4', 'esm', NODE],
  ['TypeScript 7', 'vitest-4', 'esm', BUNDLER],
  ['TypeScript 7', 'vitest-4', 'cjs', NODE],
  ['TypeScript 7', 'vitest-4', 'created', NODE],
  ['TypeScript 7', 'vitest-4', 'unregistered', NODE],
  ['TypeScript 7', 'vitest-5', 'esm', NODE],
  ['TypeScript 7', 'vitest-5', 'created', NODE],
  ['TypeScript 7', 'vitest-5', 'unregistered', NODE],
  ['TypeScript 7', 'playwright-1.50', 'playwright', NODE],
  ['TypeScript 7', 'playwright-1.65', 'playwright', NODE],
  ['TypeScript 7', 'playwright-1.65', 'playwright', BUNDLER],
  ['TypeScript 7', 'playwright-1.65', 'playwright-cjs', NODE],
  ['TypeScript 6', 'playwright-1.65', 'playwright', NODE],
  ['TypeScript 6', 'vitest-4', 'esm', NODE],
  ['TypeScript 6', 'vitest-4', 'esm', BUNDLER],
  ['TypeScript 6', 'vitest-4', 'cjs', NODE],
  ['TypeScript 7', 'jest-30', 'jest', NODE],
  ['TypeScript 7', 'jest-30', 'jest', BUNDLER],
  ['TypeScript 7', 'jest-30', 'jest-cjs', NODE],
  ['TypeScript 7', 'jest-29', 'jest', NODE],
  ['TypeScript 6', 'jest-30', 'jest', NODE],
  ['TypeScript 6', 'jest-30', 'jest-cjs', NODE],
  ['TypeScript 7', 'wdio-9', 'wdio', NODE],
  ['TypeScript 7', 'wdio-9', 'wdio', BUNDLER],
  ['TypeScript 7', 'wdio-9', 'wdio-cjs', NODE],
  ['TypeScript 6', 'wdio-9', 'wdio', NODE],
] as const;

test.each(CASES)(
  '%s, %s: names and values are typed (%s, %j)',
  async (compiler, version, project, modules) => {
    const place = join((await installation(version)).directory, `types-${project}`);
    await rm(place, { recursive: true, force: true });
    await cp(join(import.meta.dirname, 'types', project), place, { recursive: true });
    const type = project.endsWith('cjs') ? 'commonjs' : 'module';
    await writeFile(join(place, 'package.json'), JSON.stringify({ private: true, type }));
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable', 'dom'],
      // What is shipped must hold by itself; what others ship is theirs.
      skipLibCheck: false,
      types: [
        // The one line by which the global is known.
        ...(project === 'jest-cjs' ? ['ephemeral-broker/jest/globals'] : []),
        // Jest’s own types need these, and bring them.
        ...(project.startsWith('jest') ? ['node'] : []),
      ],
      ...modules,
    };
    await writeFile(join(place, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const { stdout } = await run(process.execPath, [COMPILERS[compiler], '-p', place]).catch(
      (failed: { stdout: string }) => failed,
    );
    const ofOthers = /^[^(]*node_modules\/(?!ephemeral-broker\/)/;
    const told = stdout.split('\n').filter((line) => /error TS/.test(line) && !ofOthers.test(line));
    expect(told).toEqual([]);
  },
);
