import { BrokerError } from '../protocol/errors.ts';
import { type Command, PIPE_OPTION, wrongUse } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { withClient } from './find-broker.ts';
import { Gathered } from './gathered.ts';
import { say } from './output.ts';

export const set: Command = {
  name: 'set',
  summary: 'put a value, which is JSON, and print its version',
  usage: 'KEY VALUE|- [--ttl SPAN|run] [--if-absent]',
  details: `
With - the value is read from the standard input: arguments can be seen by other
users of the machine, so a secret has no place among them. A text has quotes:
'"north"'. A negative number goes behind a --: set KEY --ttl run -- -5`,
  options: {
    ttl: {
      value: 'SPAN',
      help: '30s, 5m, or run: as long as the broker; or else a defaultTtl',
    },
    'if-absent': { help: 'only if the key is not set; otherwise end with 1' },
    pipe: PIPE_OPTION,
  },
  words: [2, 2],
  example: `set user '{"name":"ada"}' --ttl 5m`,
  async run({ positionals: [key, given], values, flags }) {
    const value = parse(given === '-' ? await standardInput() : given!);
    return await withClient(values.pipe, async (client) => {
      const ifAbsent = flags.has('if-absent');
      const version = await client.set(key!, value, { ttl: values.ttl, ifAbsent }).catch(asOption);
      say(`${version}`);
      return EXIT.done;
    });
  },
};

/** What the client says in words of the API, in words of the command line. */
function asOption(error: unknown): never {
  if (!(error instanceof BrokerError) || error.code !== 'ttl_required') throw error;
  throw wrongUse(set, "a value needs a --ttl (a span such as 5m, or 'run': as long as the broker)");
}

async function standardInput(): Promise<string> {
  const read = new Gathered('The standard input');
  for await (const chunk of process.stdin) {
    read.add(chunk);
    if (read.tooMuch) break;
  }
  return read.text();
}

function parse(json: string): unknown {
  const value = parsed(json);
  if (/^\s*-?\d+\s*$/.test(json) && !Number.isSafeInteger(value)) {
    throw wrongUse(set, 'a number of so many digits would lose some: put it in quotes, as a text');
  }
  return value;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Not with the parser's message, which shows the value.
    throw wrongUse(set, `the value is not JSON (a text needs quotes of its own: '"north"')`);
  }
}
