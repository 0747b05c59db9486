import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { installation } from '../installation.ts';
import { JestProject } from '../jest/run.ts';
import { PlaywrightProject } from '../playwright/run.ts';
import { environment, type Project } from '../project.ts';
import { VitestProject } from '../vitest/run.ts';
import { WdioProject } from '../wdio/run.ts';
import { cli, directory, inTerminal } from './cli.ts';

const run = promisify(execFile);

async function init(project: Project, ...args: string[]): Promise<string> {
  const { node, directory: root } = project.installation;
  const bin = join(root, 'node_modules/ephemeral-broker/dist/cli.js');
  const { stdout, stderr } = await run(node, [bin, 'init', ...args], {
    cwd: project.directory,
    env: environment(),
  });
  return stdout + stderr;
}

/** Its broker.config with the example no comment any more. */
async function fill(project: Project): Promise<void> {
  const file = join(project.directory, 'broker.config.mjs');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('// accounts', 'accounts'));
}

describe('after init --yes the tests lease, and a second init changes nothing', () => {
  test.each(['vitest-3', 'vitest-4', 'vitest-5'] as const)('%s', async (version) => {
    const project = await VitestProject.copy('init-vitest', await installation(version));
    await init(project, '--yes');
    expect(await project.file('vitest.config.ts')).toContain(
      "globalSetup: ['ephemeral-broker/vitest', './shop.ts'],",
    );
    await fill(project);
    const { code, passed, output } = await project.run([]);
    expect([code, passed], output).toEqual([0, 1]);
    expect(await init(project)).toBe(THERE('vitest.config.ts'));
    await project.remove();
  });

  test.each([
    ['jest-29', 'verbose: true', "\tpreset: 'ephemeral-broker',\r\n\tverbose: true"],
    ['jest-30', 'verbose: true', "\tpreset: 'ephemeral-broker',\r\n\tverbose: true"],
    ['jest-30', 'testEnvironment: "jsdom"', 'module.exports = withBroker({\r\n'],
  ] as const)('%s, with %s', async (version, own, line) => {
    const project = await JestProject.copy('init-jest', await installation(version));
    const config = `/** @type {import("jest").Config} */\r\nmodule.exports = {\r\n\t${own}\r\n}\r\n`;
    await writeFile(join(project.directory, 'jest.config.js'), config);
    await init(project, '--yes');
    expect(await project.file('jest.config.js')).toContain(line);
    await fill(project);
    const { code, passed, output } = await project.run();
    expect([code, passed], output).toEqual([0, 1]);
    expect(await init(project)).toBe(THERE('jest.config.js'));
    await project.remove();
  });

  test.each([
    '{ "devDependencies": { "jest": "*" } }',
    '{ "jest": { "testEnvironment": "node" } }',
  ])('Jest, of which only package.json tells: %s', async (manifest) => {
    const project = await JestProject.copy('init-jest', await installation('jest-30'));
    await writeFile(join(project.directory, 'package.json'), manifest);
    await init(project, '--yes');
    await fill(project);
    const { code, passed, output } = await project.run();
    expect([code, passed], output).toEqual([0, 1]);
    await project.remove();
  });

  test('playwright', async () => {
    const project = await PlaywrightProject.copy(
      'init-playwright',
      await installation('playwright-1.65'),
    );
    await init(project, '--yes');
    await fill(project);
    const { code, passed, output } = await project.run();
    expect([code, passed], output).toEqual([0, 1]);
    expect(await init(project)).toBe(THERE('playwright.config.ts'));
    await project.remove();
  });

  test('wdio', async () => {
    const project = await WdioProject.copy('init-wdio', await installation('wdio-9'));
    await init(project, '--yes');
    await fill(project);
    const { code, output } = await project.run(['wdio.conf.ts']);
    expect(code, output).toBe(0);
    expect(await init(project)).toBe(THERE('wdio.conf.ts'));
    await project.remove();
  });
});

const THERE = (file: string): string =>
  [file, 'broker.config.mjs']
    .map((each) => `ephemeral-broker: ${each} needs no change.\n`)
    .join('');

describe.runIf(process.platform !== 'win32')('in a terminal init asks, and writes', () => {
  const BARE = 'export default {};\n';
  const file = () => join(directory, 'playwright.config.js');

  test.each([
    ['y', 'y\n', true],
    ['YES', 'YES\n', true],
    ['n', 'n\n', false],
    ['nothing', '\n', false],
    ['Ctrl-D', '\u0004', false],
  ])('where the answer is %s', async (_, typed, writes) => {
    writeFileSync(file(), BARE);
    const asking = inTerminal(80, 24, 'init');
    await asking.says('Write this? (y/N)');
    expect(readFileSync(file(), 'utf8')).toBe(BARE);
    asking.child.stdin!.write(typed);
    const { code, out } = await asking.end;
    expect(code).toBe(0);
    expect(out).toContain(writes ? 'Wrote playwright.config.js' : 'Nothing was changed.');
    expect(readFileSync(file(), 'utf8') !== BARE).toBe(writes);
  });

  test('nothing at Ctrl-C', async () => {
    writeFileSync(file(), BARE);
    const asking = inTerminal(80, 24, 'init');
    await asking.says('Write this? (y/N)');
    asking.child.stdin!.write('\u0003');
    expect((await asking.end).code).toBe(130);
    expect(readFileSync(file(), 'utf8')).toBe(BARE);
  });

  test('and shows no control characters of a config', async () => {
    writeFileSync(file(), '// \u001b[2J\texport\nexport default {};\n');
    const asking = inTerminal(80, 24, 'init');
    await asking.says('Write this? (y/N)');
    asking.child.stdin!.write('n\n');
    const { out } = await asking.end;
    expect(out).not.toContain('\u001b');
    expect(out).toContain('// �[2J\texport');
  });
});

test.runIf(process.platform !== 'win32')('what it prints is a patch', async () => {
  writeFileSync(join(directory, 'vitest.config.js'), '\ufeffexport default {\r\n\ttest: {}\r\n}');
  const { code, out } = await cli('init');
  expect(code).toBe(0);
  const patching = run('git', ['apply', '-'], { cwd: directory });
  patching.child.stdin!.end(out);
  await patching;
  expect(readFileSync(join(directory, 'vitest.config.js'), 'utf8')).toBe(
    "\ufeffexport default {\r\n\ttest: { globalSetup: 'ephemeral-broker/vitest' }\r\n}",
  );
  expect(await cli('init')).toMatchObject({ code: 0, out: '' });
});
