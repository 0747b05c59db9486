import { execFileSync } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { COMMANDS } from './commands.ts';

/** What `ephemeral-broker completion SHELL` prints. */
async function script(shell: string): Promise<string> {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  try {
    await COMMANDS.find(({ name }) => name === 'completion')!.run({
      positionals: [shell],
      values: {},
      lists: {},
      flags: new Set(),
      command: [],
    });
    return write.mock.calls.map(([text]) => text).join('');
  } finally {
    write.mockRestore();
  }
}

test.each(['bash', 'zsh', 'fish'])('%s is told all commands and their options', async (shell) => {
  const text = await script(shell);
  for (const { name, options } of COMMANDS) {
    expect(text).toContain(name);
    for (const option of Object.keys(options)) expect(text).toContain(option);
  }
});

test('another shell is refused', async () => {
  for (const shell of ['tcsh', 'constructor']) {
    await expect(script(shell)).rejects.toThrow('the shell is not known');
  }
});

test.skipIf(process.platform === 'win32').each([
  [['lea'], ['lease']],
  [['status', '--w'], ['--watch']],
  [
    ['lease', 'accounts', '--t'],
    ['--timeout', '--ttl'],
  ],
  [['run', '--', 'cat', '--c'], []],
])('bash completes %j to %j', async (words, completed) => {
  const typed = ['ephemeral-broker', ...words].map((word) => `'${word}'`).join(' ');
  const program = `${await script('bash')}
COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _ephemeral_broker
for word in "\${COMPREPLY[@]}"; do echo "$word"; done`;
  const out = execFileSync('bash', ['--norc', '-c', program], { encoding: 'utf8' });
  expect(out.split('\n').filter(Boolean)).toEqual(completed);
});
