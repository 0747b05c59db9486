import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findConfig } from '../config/find.ts';
import { messageOf, printable } from '../protocol/errors.ts';
import type { Command } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { BROKER_CONFIG } from './init/broker-config.ts';
import type { Plan } from './init/plan.ts';
import { write } from './init/write.ts';
import { tell } from './output.ts';

export const init: Command = {
  name: 'init',
  summary: "add the broker to the configs of this directory's test runners",
  usage: '[--yes]',
  details: `
It looks for the configs of Vitest, Jest, Playwright and WebdriverIO, and for a
broker.config.*, and prints what it would change as a diff. In a terminal it
then asks; elsewhere it changes nothing without --yes. What is there already
stays, and a config that is made elsewhere is left to you, with the line to add.`,
  options: { yes: { help: 'write without asking', short: 'y' } },
  words: [0, 0],
  example: 'init',
  async run({ flags }) {
    const directory = process.cwd();
    const brokerConfig = findConfig(directory, process.env);
    // On demand: it brings a parser.
    const { planFor } = await import('./init/plan.ts');
    const plan = planFor(directory, brokerConfig);
    tellOf(plan);
    if (plan.changes.length > 0) {
      process.stdout.write(process.stdout.isTTY ? harmless(plan.patch) : plan.patch);
      if (!flags.has('yes') && !process.stdin.isTTY) {
        tell(
          'Nothing was changed: there is no terminal to ask in. To write it: npx ephemeral-broker init --yes',
        );
      } else if (!flags.has('yes') && !(await agreed())) {
        tell('Nothing was changed.');
      } else if (!written(directory, plan)) {
        return EXIT.failed;
      }
    }
    return plan.byHand.length > 0 || isNothing(plan) ? EXIT.failed : EXIT.done;
  },
};

const isNothing = ({ changes, there, byHand }: Plan): boolean =>
  changes.length + there.length + byHand.length === 0;

function tellOf(plan: Plan): void {
  for (const file of plan.there) tell(`${file} needs no change.`);
  for (const sentence of plan.byHand) tell(sentence);
  if (isNothing(plan)) {
    tell(
      'This directory has no config of Vitest, Jest, Playwright or WebdriverIO, and its package.json names none of them. Run init where such a config is; or have a broker for any other runner: npx ephemeral-broker run -- COMMAND',
    );
  }
}

async function agreed(): Promise<boolean> {
  process.stderr.write('Write this? (y/N) ');
  const lines = createInterface({ input: process.stdin });
  const answer = await new Promise<string>((resolve) => {
    lines.once('line', resolve).once('close', () => resolve(''));
  });
  lines.close();
  return /^\s*y(es)?\s*$/i.test(answer);
}

function written(directory: string, { changes }: Plan): boolean {
  try {
    write(directory, changes);
  } catch (error) {
    tell(messageOf(error));
    return false;
  }
  const files = changes.map(({ file }) => file);
  tell(`Wrote ${files.join(', ')}.`);
  if (files.includes(BROKER_CONFIG.file)) {
    tell(`Next, name what there are few of in ${BROKER_CONFIG.file}: its pools are empty.`);
  }
  if (!isInstalled(directory)) {
    tell('The package is not installed here yet: npm install --save-dev ephemeral-broker');
  }
  return true;
}

function isInstalled(directory: string): boolean {
  try {
    createRequire(join(directory, '_.js')).resolve('ephemeral-broker');
    return true;
  } catch {
    return false;
  }
}

/** Without what could drive the terminal. */
const harmless = (text: string): string =>
  text.replaceAll('\r\n', '\n').split('\t').map(printable).join('\t');
