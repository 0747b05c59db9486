import { describe, expect, test } from 'vitest';
import type { BrokerError } from '../protocol/errors.ts';
import { type Command, helpOf, parseCommand } from './command.ts';
import { COMMANDS } from './commands.ts';

const command: Command = {
  name: 'paint',
  summary: 'paint a thing',
  usage: 'THING [COLOUR] -- COMMAND',
  details: '',
  options: {
    with: { value: 'TOOL', help: 'what with' },
    dry: { help: 'do nothing', short: 'd' },
  },
  words: [1, 2],
  example: 'paint door red -- brush',
  runs: true,
  run: async () => 0,
};

const refusal = (args: string[]): BrokerError => {
  try {
    parseCommand(command, args);
  } catch (error) {
    return error as BrokerError;
  }
  return expect.unreachable('it should have been refused');
};

describe('what follows the name of a command', () => {
  test('is split into words, values, flags, and the command behind --', () => {
    const args = ['door', '--with', 'a', '-d', '--with=b', 'red', '--', 'brush', '--with', 'c'];
    expect(parseCommand(command, args)).toEqual({
      positionals: ['door', 'red'],
      values: { with: 'b' },
      lists: { with: ['a', 'b'] },
      flags: new Set(['dry']),
      command: ['brush', '--with', 'c'],
    });
  });

  test('is not looked at where help is asked for', () => {
    for (const args of [['--help'], ['-h', 'a', 'b', 'c', '--', 'x']]) {
      expect(parseCommand(command, args)).toBeUndefined();
    }
    expect(parseCommand(command, ['door', '--', 'brush', '--help'])).toBeDefined();
  });

  test.each([
    [['--', 'brush'], 'too few words'],
    [['a', 'b', 'c', '--', 'brush'], 'too many words (the command to run goes behind a --)'],
    [['door'], 'no command behind --'],
    [['door', '--'], 'no command behind --'],
    [['door', '--', '', 'red'], 'no command behind --'],
    [['door', '--colour', 'red', '--', 'brush'], "Unknown option '--colour'"],
    [['door', '--with'], "Option '--with <value>' argument missing"],
  ])('%j is refused: %s', (args, problem) => {
    const { code, message } = refusal(args);
    expect(code).toBe('bad_option');
    expect(message).toBe(
      `paint: ${problem}. Such as: ephemeral-broker paint door red -- brush. See ephemeral-broker paint --help.`,
    );
  });
});

test('a word that looks like an option is told where it goes, of a command that runs no other', () => {
  const set = { ...command, runs: false, words: [2, 2] as const };
  expect(() => parseCommand(set, ['n', '-5'])).toThrow(
    /^paint: Unknown option '-5' \(a word that begins with - goes behind a --\)\. /,
  );
  expect(parseCommand(set, ['n', '--', '-5'])).toMatchObject({ positionals: ['n', '-5'] });
});

describe.each(COMMANDS.map((each) => [each.name, each] as const))('the help of %s', (_, each) => {
  test('fits into 80 columns, and names each of its options', () => {
    const help = helpOf(each);
    for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    for (const option of Object.keys(each.options)) expect(help).toContain(`--${option}`);
  });

  test('shows an example that the command takes', () => {
    const [name, ...args] = words(each.example);
    expect(name).toBe(each.name);
    expect(parseCommand(each, args)).toBeDefined();
  });
});

/** As a shell splits them; a pair of single quotes makes one. */
const words = (line: string): string[] =>
  (line.match(/'[^']*'|\S+/g) ?? []).map((word) => word.replace(/^'(.*)'$/, '$1'));
