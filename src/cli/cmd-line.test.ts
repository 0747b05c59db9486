import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { cmdLine } from './cmd-line.ts';

test.each([
  [['npx', 'vitest'], 'npx ^"vitest^"'],
  [['npx', 'vitest', '-t', 'two words'], 'npx ^"vitest^" ^"-t^" ^"two^ words^"'],
  [['C:\\Program Files\\node.exe', ''], '"C:\\Program Files\\node.exe" ^"^"'],
  [['node_modules/.bin/jest', 'a/b'], 'node_modules\\.bin\\jest ^"a/b^"'],
  [['e', 'a & b | c > d'], 'e ^"a^ ^&^ b^ ^|^ c^ ^>^ d^"'],
  [['e', '%PATH%'], 'e ^"^%PATH^%^"'],
  [['e', '{"a":1}'], 'e ^"{\\^"a\\^":1}^"'],
  [['e', 'c:\\dir\\'], 'e ^"c:\\dir\\\\^"'],
  [['e', 'a\\"b'], 'e ^"a\\\\\\^"b^"'],
])('%j is %s', (command, line) => {
  expect(cmdLine(command)).toBe(line);
});

test.runIf(process.platform === 'win32')('a program gets each word as it was given', () => {
  const words = ['two words', '', 'a"b', 'x&y|z', '%PATH%', 'c:\\dir\\', '{"a":"b c"}', '^', '!x!'];
  const program = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))';
  const line = cmdLine([process.execPath, '-e', program, '--', ...words]);
  const { stdout } = spawnSync(line, { shell: true, encoding: 'utf8' });
  expect(JSON.parse(stdout)).toEqual(words);
});
