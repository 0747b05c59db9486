import { type ParseArgsConfig, parseArgs } from 'node:util';
import { BrokerError, messageOf } from '../protocol/errors.ts';

/** An option, as its help has it. Those with the name of a value take one. */
export interface CommandOption {
  help: string;
  value?: string;
  short?: string;
}

/** What follows the name of a command. */
export interface Arguments {
  /** Of options that take a value, the last of each; `lists` has them all. */
  values: Readonly<Record<string, string | undefined>>;
  lists: Readonly<Record<string, readonly string[] | undefined>>;
  flags: ReadonlySet<string>;
  positionals: readonly string[];
  /** What stands behind `--`, of a command that runs one. */
  command: readonly string[];
}

/** One of the things that `ephemeral-broker` does. */
export interface Command {
  name: string;
  /** A line in the list of all. */
  summary: string;
  /** What follows the name, such as `KEY`. */
  usage: string;
  /** What else there is to know, in lines of 80 columns at most. */
  details: string;
  options: Readonly<Record<string, CommandOption>>;
  /** How many words it takes; an example of it, for who gives too few. */
  words: readonly [least: number, most: number];
  example: string;
  /** It runs what stands behind `--`. */
  runs?: boolean;
  /** Resolves to the exit code. */
  run(given: Arguments): Promise<number>;
}

/** The option of all who look for a broker that is there. */
export const PIPE_OPTION: CommandOption = {
  value: 'PATH',
  help: 'which broker, where several run',
};

const HELP_OPTION = 'help';
const BEHIND_HINT = ' (the command to run goes behind a --)';
const WORD_HINT = ' (a word that begins with - goes behind a --)';

/** @throws BrokerError `bad_option`. Undefined where help is asked for. */
export function parseCommand(command: Command, args: readonly string[]): Arguments | undefined {
  const end = command.runs ? args.indexOf('--') : -1;
  const own = end === -1 ? args : args.slice(0, end);
  const { values, positionals } = parsed(command, own);
  if (values[HELP_OPTION]) return undefined;
  const behind = end === -1 ? [] : args.slice(end + 1);
  const [least, most] = command.words;
  if (positionals.length < least || positionals.length > most) {
    const tooMany = `too many words${command.runs ? BEHIND_HINT : ''}`;
    throw wrongUse(command, positionals.length < least ? 'too few words' : tooMany);
  }
  if (command.runs && !behind[0]) throw wrongUse(command, 'no command behind --');
  const given = Object.entries(values);
  const lists = given.flatMap(([name, value]) =>
    Array.isArray(value) ? [[name, value as string[]] as const] : [],
  );
  return {
    values: Object.fromEntries(lists.map(([name, list]) => [name, list.at(-1)])),
    lists: Object.fromEntries(lists),
    flags: new Set(given.flatMap(([name, value]) => (value === true ? name : []))),
    positionals,
    command: behind,
  };
}

function parsed(command: Command, args: readonly string[]) {
  const options: NonNullable<ParseArgsConfig['options']> = {
    [HELP_OPTION]: { type: 'boolean', short: 'h' },
  };
  for (const [name, { value, short }] of Object.entries(command.options)) {
    options[name] = {
      ...(value === undefined ? { type: 'boolean' } : { type: 'string', multiple: true }),
      ...(short === undefined ? {} : { short }),
    };
  }
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    const unknown = (error as NodeJS.ErrnoException).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION';
    // Of a command that runs another, that is what stands there.
    const hint = unknown && !command.runs && command.words[1] > 0 ? WORD_HINT : '';
    throw wrongUse(command, firstSentence(messageOf(error)) + hint);
  }
}

/** Node goes on with advice that names the argument a second time. */
const firstSentence = (text: string): string => text.split(/\. |\n/)[0]!.replace(/\.$/, '');

export const wrongUse = ({ name, example }: Command, problem: string): BrokerError =>
  new BrokerError(
    'bad_option',
    `${name}: ${problem}. Such as: ephemeral-broker ${example}. See ephemeral-broker ${name} --help.`,
  );

export function helpOf({ name, summary, usage, details, options, example }: Command): string {
  const rows = Object.entries(options).map(([option, { value, short, help }]) => [
    `${short === undefined ? '' : `-${short}, `}--${option}${value === undefined ? '' : ` ${value}`}`,
    help,
  ]);
  const width = Math.max(...rows.map(([left]) => left!.length));
  return [
    `Usage: ephemeral-broker ${name}${usage === '' ? '' : ` ${usage}`}`,
    '',
    `${summary[0]!.toUpperCase()}${summary.slice(1)}.`,
    ...(details === '' ? [] : ['', details.trim()]),
    ...(rows.length === 0 ? [] : ['', 'Options:']),
    ...rows.map(([left, right]) => `  ${left!.padEnd(width)}  ${right}`),
    '',
    'Example:',
    `  ephemeral-broker ${example}`,
  ].join('\n');
}
