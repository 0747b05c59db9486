import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cli, directory, Started } from './cli.ts';

/** What is typed, up to the tab; and the words that it becomes. */
const TYPED: [line: string, becomes: string][] = [
  ['sta', 'status'],
  ['lease accounts --ti', 'lease accounts --timeout'],
  ['lease status --wh', 'lease status --where'],
  ['once k --ttl 5m --r', 'once k --ttl 5m --raw'],
  ['report broker.jour', 'report broker.journal'],
  ['run -- chmo', 'run -- chmod'],
  ['run -- cat broker.jour', 'run -- cat broker.journal'],
  [
    'run -- ephemeral-broker lease accounts --ti',
    'run -- ephemeral-broker lease accounts --timeout',
  ],
];

/** The script of a shell, in a file; and a file to be completed. */
async function script(shell: string): Promise<string> {
  const file = join(directory, 'completion');
  writeFileSync(join(directory, 'broker.journal'), '');
  writeFileSync(file, (await cli('completion', shell)).out);
  return file;
}

/** A shell in a terminal, with `ephemeral-broker` a function that says with which words it was run. */
async function interactive(shell: string[], setUp: string): Promise<Started> {
  const terminal = join(import.meta.dirname, 'terminal.py');
  const started = new Started('python3', [terminal, '200', '50', ...shell], {}, undefined);
  // In two words: what is typed is shown as well.
  const said = `${setUp}; ephemeral-broker() { echo "words"": $*;"; }; PS1='rea''dy> '\n`;
  started.child.stdin!.write(said);
  await started.says('ready> ');
  return started;
}

test.each([
  ['bash', ['bash', '--norc', '-i'], ''],
  ['zsh', ['zsh', '-f', '-i'], 'autoload -Uz compinit; compinit -D -u;'],
])(
  '%s completes commands, options, files, and the command behind --',
  async (name, shell, first) => {
    const started = await interactive(shell, `${first} . '${await script(name)}'`);
    for (const [line, becomes] of TYPED) {
      // bash leaves the words of another command to its own completion of files.
      if (name === 'bash' && line.includes('-- ephemeral-broker')) continue;
      started.child.stdin!.write(`ephemeral-broker ${line}\t\n`);
      await started.says(`words: ${becomes}`);
      await started.says('ready> ');
    }
    expect(started.out).not.toMatch(/command not found|parse error/);
  },
);

test('zsh says what options are for', async () => {
  const setUp = `autoload -Uz compinit; compinit -D -u; . '${await script('zsh')}'`;
  const started = await interactive(['zsh', '-f', '-i'], setUp);
  started.child.stdin!.write('ephemeral-broker lease accounts --t\t\t');
  await started.says('how long to wait');
  await started.says('how long it outlives');
});

test('fish completes commands, options, files, and the command behind --', async () => {
  const file = await script('fish');
  for (const [line, becomes] of TYPED) {
    const program = `source '${file}'; complete -C 'ephemeral-broker ${line}'`;
    const fish = new Started('fish', ['--no-config', '-c', program], {}, '');
    const { out, err } = await fish.end;
    expect(err).toBe('');
    const words = out
      .trim()
      .split('\n')
      .map((row) => row.split('\t')[0]);
    expect(words, line).toEqual([becomes.split(' ').at(-1)]);
  }
});
