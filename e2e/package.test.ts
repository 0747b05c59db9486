import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
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

/** Jest reads its preset by a name without an ending; nobody imports it. */
const NO_TYPES = ['--exclude-entrypoints', './jest-preset'];

const node = (...args: string[]) => run(process.execPath, args, { cwd: directory });

test('publint finds nothing in the packed package', async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, level: 'warning', strict: true });
  expect(messages.map((message) => formatMessage(message, pkg))).toEqual([]);
});

test('every subpath has the right types in every way of resolving them', async () => {
  // Into a file: attw ends before a pipe has taken all that it says.
  const file = join(await mkdtemp(join(tmpdir(), 'attw-')), 'report.json');
  const report = await open(file, 'w');
  const attw = spawn('npx', ['attw', '--pack', root, '--format', 'json', ...NO_TYPES], {
    cwd: root,
    stdio: ['ignore', report.fd, 'ignore'],
  });
  await once(attw, 'close');
  await report.close();
  const { analysis } = JSON.parse(await readFile(file, 'utf8'));
  expect(Object.keys(analysis.entrypoints)).toEqual([
    '.',
    './vitest',
    './jest',
    './jest/globals',
    './jest/node',
    './jest/jsdom',
    './jest/setup',
    './jest/teardown',
    './playwright',
    './playwright/reporter',
    './wdio',
    './aws-sts',
    './package.json',
  ]);
  expect(analysis.problems).toEqual([]);
});

test.each(
  ['', '/vitest', '/jest', '/playwright', '/playwright/reporter', '/wdio', '/aws-sts'].map(
    (path) => `ephemeral-broker${path}`,
  ),
)('%s loads by import', async (subpath) => {
  await node('--input-type=module', '-e', `await import('${subpath}')`);
});

test.each([
  ['ephemeral-broker', 'connect'],
  ['ephemeral-broker/jest', 'withBroker'],
  ['ephemeral-broker/playwright', 'withBroker'],
  ['ephemeral-broker/playwright/reporter', 'default'],
  ['ephemeral-broker/wdio', 'BrokerService'],
  ['ephemeral-broker/aws-sts', 'awsSts'],
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

test.each(['setup', 'teardown', 'node', 'jsdom'])(
  'ephemeral-broker/jest/%s gives Jest a function',
  async (hook) => {
    const { stdout } = await node('-p', `typeof require('ephemeral-broker/jest/${hook}').default`);
    expect(stdout.trim()).toBe('function');
  },
);

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

test('the code of others is in init.js alone, with its licences beside it', async () => {
  const dist = join(installed, 'dist');
  const names = (await readdir(dist, { recursive: true })).filter((name) => /\.c?js$/.test(name));
  expect(names).toContain('init.js');
  for (const name of names) {
    expect(await readFile(join(dist, name), 'utf8'), name).not.toMatch(/^\/\/ node_modules\//m);
  }
  const licences = await readFile(join(dist, 'init.licences.txt'), 'utf8');
  expect(licences.match(/^\S+ \d+\.\d+\.\d+ \(.+\)$/gm)).toEqual([
    expect.stringMatching(/^@babel\/parser .+ \(MIT\)$/),
    expect.stringMatching(/^diff .+ \(BSD-3-Clause\)$/),
  ]);
  expect(licences.match(/^Copyright /gm)).toHaveLength(2);
});
