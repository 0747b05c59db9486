import { afterEach, expect, test, vi } from 'vitest';
import { isForDebugging } from './debugged.ts';

afterEach(() => vi.unstubAllEnvs());

test.each([
  ['--inspect', true],
  ['--require x.js --inspect-brk=127.0.0.1:0', true],
  ['--inspect-wait', true],
  ['--inspect=9230 --enable-source-maps', true],
  ['--inspect-port=9230', false],
  ['--inspect-publish-uid=http', false],
  ['', false],
])('a process that is started with %j is for debugging: %s', (options, expected) => {
  vi.stubEnv('VSCODE_INSPECTOR_OPTIONS', undefined);
  vi.stubEnv('NODE_OPTIONS', options);
  expect(isForDebugging()).toBe(expected);
});

test('so is one that an editor started to debug it', () => {
  vi.stubEnv('NODE_OPTIONS', '');
  vi.stubEnv('VSCODE_INSPECTOR_OPTIONS', '{}');
  expect(isForDebugging()).toBe(true);
});
