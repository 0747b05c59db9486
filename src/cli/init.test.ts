import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { directory } from '../testing/directory.ts';
import { told } from '../testing/stderr.ts';
import { parseCommand } from './command.ts';
import { init } from './init.ts';

const BARE = 'export default {};\n';

let out: string;

beforeEach(() => {
  vi.spyOn(process, 'cwd').mockReturnValue(directory);
  out = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    out += text;
    return true;
  });
  vi.stubEnv('EPHEMERAL_BROKER_CONFIG', '');
});
afterEach(() => vi.unstubAllEnvs());

const run = async (...args: string[]) => init.run(parseCommand(init, args)!);
const put = (file: string, text: string) => writeFileSync(join(directory, file), text);
const text = (file: string) => readFileSync(join(directory, file), 'utf8');

test('without a terminal it prints the diff, changes nothing, and says how to', async () => {
  put('playwright.config.js', BARE);
  expect(await run()).toBe(0);
  expect(out).toContain('+export default withBroker({});');
  expect(out).toMatch(/^\+\+\+ b\/broker\.config\.mjs$/m);
  expect(told).toContain('init --yes');
  expect(readdirSync(directory)).toEqual(['playwright.config.js']);
  expect(text('playwright.config.js')).toBe(BARE);
});

test.each(['--yes', '-y'])('%s writes, and a second run finds nothing to do', async (yes) => {
  put('playwright.config.js', BARE);
  expect(await run(yes)).toBe(0);
  expect(text('playwright.config.js')).toContain('withBroker({})');
  expect(told).toContain('Wrote playwright.config.js, broker.config.mjs.');
  expect(told).toContain('name what there are few of in broker.config.mjs');
  expect(told).toContain('npm install --save-dev ephemeral-broker');
  out = '';
  expect(await run(yes)).toBe(0);
  expect(out).toBe('');
  expect(told).toContain('playwright.config.js needs no change.');
  expect(told).toContain('broker.config.mjs needs no change.');
});

test('what is left to the person is code 1, and all else is done', async () => {
  put('broker.config.json', '{}');
  put('playwright.config.js', BARE);
  put('vitest.config.js', 'export default made;\n');
  expect(await run('--yes')).toBe(1);
  expect(text('playwright.config.js')).toContain('withBroker');
  expect(text('vitest.config.js')).toBe('export default made;\n');
  expect(told).toContain("vitest.config.js:1 is left to you: 'made' is made elsewhere.");
});

test('no runner at all is code 1, and what to do then is said', async () => {
  expect(await run('--yes')).toBe(1);
  expect(told).toContain('no config of Vitest, Jest, Playwright or WebdriverIO');
  expect(told).toContain('Run init where such a config is');
  expect(told).toContain('npx ephemeral-broker run -- COMMAND');
  expect(readdirSync(directory)).toEqual([]);
});

test('two configs of the broker’s are an error before anything is read', async () => {
  put('broker.config.json', '{}');
  put('broker.config.ts', '');
  await expect(run('--yes')).rejects.toThrow(expect.objectContaining({ code: 'bad_config' }));
});
