import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { Broker } from '../broker/broker.ts';
import { joinBroker } from '../client/join.ts';
import { loadConfig } from '../config/load.ts';
import { CONFIG_VARIABLE, PIPE_VARIABLE } from '../protocol/environment.ts';
import { BrokerError } from '../protocol/errors.ts';

/** Passed on to the command, which decides when to end. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As a shell says it: found but not to be run, and not found. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** `run [--config FILE] -- COMMAND…`: runs the command with a broker, and returns its exit code. */
export async function runCommand(args: string[]): Promise<number> {
  const { configFile, command } = parse(args);
  const env = configFile ? { ...process.env, [CONFIG_VARIABLE]: configFile } : process.env;
  const config = await loadConfig({ from: process.cwd(), env });
  if (process.env[PIPE_VARIABLE]) {
    await joinBroker(config);
    return runChild(command, process.env);
  }
  const broker = await Broker.start(config);
  try {
    return await runChild(command, { ...process.env, ...broker.env });
  } finally {
    await broker.stop();
  }
}

function parse(args: string[]): { configFile: string | undefined; command: string[] } {
  const rest = [...args];
  let configFile: string | undefined;
  if (rest[0] === '--config') configFile = rest.splice(0, 2)[1];
  if (rest[0] === '--') rest.shift();
  else if (rest[0]?.startsWith('-')) {
    throw new BrokerError(
      'bad_option',
      `run has no option '${rest[0]}': see ephemeral-broker --help.`,
    );
  }
  if (rest.length === 0) {
    throw new BrokerError('bad_option', 'run needs a command: ephemeral-broker run -- npx vitest');
  }
  return { configFile, command: rest };
}

function runChild([file, ...args]: string[], env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(file!, args, { stdio: 'inherit', env });
    const forward = (signal: NodeJS.Signals) => {
      // From the terminal, Ctrl-C has reached the command already, and a second one may mean more.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    child.once('error', (error: NodeJS.ErrnoException) => {
      process.stderr.write(`ephemeral-broker: ${file}: ${error.message}\n`);
      resolve(error.code === 'ENOENT' ? NOT_FOUND : NOT_EXECUTABLE);
    });
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal!]));
  });
}
