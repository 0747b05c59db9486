import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, test } from 'vitest';
import { installation } from './installation.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..');
const { directory } = await installation('vitest-4');
const installed = join(directory, 'node_modules', 'ephemeral-broker');

const node = (...args: string[]) => run(process.execPath, args, { cwd: directory });

test('publint finds nothing in the packed package', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, level: 'warning', strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test('every subpath has the right types in every way of resolving them', async () => {
  const { stdout } = await run('npx', ['attw', '--pack', root, '--format', 'json'], {
    cwd: root,
  }).catch((failed: { stdout: string }) => failed);
  const { analysis } = JSON.parse(stdout);
  expect(Object.keys(analysis.entrypoints)).toEqual([
    '.',
    './vitest',
    './playwright',
    './package.json',
  ]);
  expect(analysis.problems).toEqual([]);
});

test.each(['ephemeral-broker', 'ephemeral-broker/vitest', 'ephemeral-broker/playwright'])(
  '%s loads by import',
  async (subpath) => {
    await node('--input-type=module', '-e', `await import('${subpath}')`);
  },
);

test.each([
  ['ephemeral-broker', 'connect'],
  ['ephemeral-broker/playwright', 'withBroker'],
])('%s loads by require, with the same names', async (subpath, name) => {
  const { stdout } = await node(
    '--input-type=module',
    '-e',
    `import { createRequire } from 'node:module';
     const required = createRequire(process.cwd() + '/x.js')('${subpath}');
     console.log(JSON.stringify([Object.keys(required), Object.keys(await import('${subpath}'))]));`,
  );
  const [required, imported] = JSON.parse(stdout);
  expect(required.sort()).toEqual(imported.sort());
  expect(required).toContain(name);
});

test('ephemeral-broker/vitest by require says that it is an ES module', async () => {
  await expect(
    node('--input-type=commonjs', '-e', `require('ephemeral-broker/vitest')`),
  ).rejects.toThrow('ephemeral-broker/vitest is an ES module, as Vitest is: import it.');
});

test('the package has no runtime dependencies and no install scripts', async () => {
  const { default: manifest } = await import(join(installed, 'package.json'), {
    with: { type: 'json' },
  });
  expect(manifest.dependencies).toBeUndefined();
  expect(Object.keys(manifest.scripts).filter((name) => /install|prepare/.test(name))).toEqual([]);
});
