import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type * as Package from '../../src/index.ts';
import { environment } from '../project.ts';

const DIST = join(import.meta.dirname, '../../dist');
const CLI = join(DIST, 'cli.js');
const { connect, startBroker }: typeof Package = await import(
  new URL('../../dist/index.js', import.meta.url).href
);

/** Where all of a test's brokers are: none of anybody else's is found. */
export let directory: string;
let cleanUps: (() => unknown)[];

beforeEach(() => {
  cleanUps = [];
  directory = mkdtempSync(join(tmpdir(), 'eb-'));
  process.env.EPHEMERAL_DIR = directory;
});

afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  delete process.env.EPHEMERAL_DIR;
  rmSync(directory, { recursive: true, force: true });
});

export interface Ended {
  /** 128 + n where signal n ended it. */
  code: number;
  out: string;
  err: string;
}

/** A process that was started. */
export class Started {
  readonly child: ChildProcess;
  out = '';
  err = '';
  readonly end: Promise<Ended>;
  #heard = () => {};

  constructor(file: string, args: string[], env: NodeJS.ProcessEnv, input: string | undefined) {
    this.child = spawn(file, args, {
      env: { ...environment(), EPHEMERAL_DIR: directory, ...env },
      cwd: directory,
    });
    this.child.stdout!.setEncoding('utf8').on('data', (text) => {
      this.out += text;
      this.#heard();
    });
    this.child.stderr!.setEncoding('utf8').on('data', (text) => {
      this.err += text;
      this.#heard();
    });
    // It may end before it has read all.
    this.child.stdin!.on('error', () => {});
    if (input !== undefined) this.child.stdin!.end(input);
    this.end = new Promise((resolve, reject) => {
      this.child.on('error', reject);
      this.child.on('close', (code, signal) => {
        const { out, err } = this;
        resolve({ code: code ?? (signal === 'SIGKILL' ? 137 : 143), out, err });
        this.#heard();
      });
    });
    cleanUps.push(() => {
      this.child.kill('SIGKILL');
      // A command that goes on without it has the same input, and holds its output open.
      this.child.stdin!.end();
      return this.end;
    });
  }

  /** In a terminal. */
  type(text: string): void {
    this.child.stdin!.write(text);
  }

  /** Until it has printed this, so many times. */
  async says(text: string, times = 1): Promise<void> {
    while (`${this.out}${this.err}`.split(text).length <= times) {
      const { exitCode, signalCode } = this.child;
      if (exitCode !== null || signalCode !== null) {
        throw new Error(`It ended without saying ${text}: ${this.out}${this.err}`);
      }
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }
}

export const start = (args: string[], env: NodeJS.ProcessEnv = {}, input?: string): Started =>
  new Started(process.execPath, [CLI, ...args], env, input);

export const cli = (...args: string[]): Promise<Ended> => start(args, {}, '').end;

/** As a shell runs it, `"$@"` in the script. */
export const inShell = (script: string, args: string[], env: NodeJS.ProcessEnv = {}): Started =>
  new Started('sh', ['-c', script, 'sh', process.execPath, CLI, ...args], env, undefined);

/** In a terminal of that size; what is written to its stdin is typed. */
export const inTerminal = (columns: number, rows: number, ...args: string[]): Started =>
  terminal(columns, rows, {}, process.execPath, CLI, ...args);

/** The same, as a shell in it runs it. */
export const inTerminalShell = (script: string, ...args: string[]): Started =>
  terminal(80, 24, {}, 'sh', '-c', script, 'sh', process.execPath, CLI, ...args);

/** A shell in a terminal, for people: it has jobs, and the command line is its `$cli`. */
export const jobShell = (): Started =>
  terminal(
    80,
    24,
    { PS1: '> ', LC_ALL: 'C', cli: `${process.execPath} ${CLI}` },
    ...['bash', '--noprofile', '--norc', '-i'],
  );

const terminal = (
  columns: number,
  rows: number,
  env: NodeJS.ProcessEnv,
  ...command: string[]
): Started =>
  new Started(
    'python3',
    [join(import.meta.dirname, 'terminal.py'), ...[columns, rows].map(String), ...command],
    env,
    undefined,
  );

export async function broker(config: Package.BrokerConfig = {}): Promise<Package.Broker> {
  const started = await startBroker(config);
  cleanUps.push(() => started.stop());
  return started;
}

export async function clientOf({ pipe, secret }: Package.Broker): Promise<Package.Client> {
  const client = await connect({ pipe, secret, identity: { runner: 'vitest', worker: '1' } });
  cleanUps.push(() => client.close());
  return client;
}

/** A command that runs this program. */
export const node = (program: string): string[] => ['--', process.execPath, '-e', program];
