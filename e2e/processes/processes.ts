import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Package from '../../src/index.ts';

const HERE = import.meta.dirname;

/** The package as it is built. */
export const { connect, startBroker, BrokerError }: typeof Package = await import(
  pathToFileURL(join(HERE, '../../dist/index.js')).href
);

/** Nanoseconds of the clock that all processes of a machine share. */
export const now = (): bigint => process.hrtime.bigint();

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
): Promise<void> {
  for (const end = performance.now() + 20_000; !(await condition()); await pause(5)) {
    if (performance.now() > end) throw new Error(`This never came: ${what}.`);
  }
}

/** Those that are there, and not only as an entry that nobody has collected. */
export async function running(pids: number[]): Promise<number[]> {
  const states = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => `${pid} (gone) Z`)),
  );
  return pids.filter((_, i) => !/\) [ZX]/.test(states[i]!));
}

export interface End {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What a script was asked to do, and failed at. */
export class ScriptError extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What a script sends: the value that was asked for, or the error that came instead. */
interface Answer {
  id: number;
  value?: unknown;
  code?: string;
  message?: string;
}

const children = new Set<Child>();

/** A process that runs one of the scripts, and does what it is asked by name. */
export class Child {
  readonly #process: ChildProcess;
  readonly #asked = new Map<number, (answer: { value?: unknown; error?: ScriptError }) => void>();
  #asks = 0;
  readonly end: Promise<End>;
  output = '';

  private constructor(script: string, env: Record<string, string>) {
    this.#process = fork(join(HERE, 'scripts', script), [], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
    });
    for (const stream of [this.#process.stdout!, this.#process.stderr!]) {
      stream.setEncoding('utf8').on('data', (chunk) => {
        this.output += chunk;
      });
    }
    this.#process.on('message', (message) => {
      const { id, value, code, message: text } = message as Answer;
      this.#asked.get(id)?.(
        code === undefined ? { value } : { error: new ScriptError(code, text ?? '') },
      );
      this.#asked.delete(id);
    });
    this.end = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        children.delete(this);
        for (const answer of this.#asked.values()) {
          answer({ error: new ScriptError('ended', `${script} ended. ${this.output}`) });
        }
        this.#asked.clear();
        resolve({ code, signal });
      });
    });
  }

  /** Resolves when the script is ready. */
  static async start(script: string, env: Record<string, string> = {}): Promise<Child> {
    const child = new Child(script, env);
    children.add(child);
    await child.ask('ready');
    return child;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  async ask<T = unknown>(name: string, ...args: unknown[]): Promise<T> {
    const id = ++this.#asks;
    const answer = new Promise<{ value?: unknown; error?: ScriptError }>((resolve) => {
      this.#asked.set(id, resolve);
    });
    this.#process.send({ id, name, args }, () => {});
    const { value, error } = await answer;
    if (error) throw error;
    return value as T;
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** Ends the process, stopped or not, and waits for that. */
  async kill(): Promise<End> {
    this.#process.kill('SIGKILL');
    return this.end;
  }
}

/** Ends what was started here and still runs, and nothing else. */
export async function endAll(): Promise<void> {
  await Promise.all([...children].map((child) => child.kill()));
  for (const directory of directories.splice(0))
    rmSync(directory, { recursive: true, force: true });
}

const directories: string[] = [];

/** A directory that is gone after the test. Short: sockets go into it. */
export function makeDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'eb-'));
  directories.push(directory);
  return directory;
}

export interface Host extends Child {
  address: { pipe: string; secret: string };
}

/** A broker in a process of its own, whose sockets go under `directory`. */
export async function startHost(
  config: Package.BrokerConfig = {},
  directory = makeDirectory(),
): Promise<Host> {
  const host = (await Child.start('host.mjs', {
    XDG_RUNTIME_DIR: directory,
    BROKER_CONFIG: JSON.stringify(config),
  })) as Host;
  host.address = await host.ask('address');
  return host;
}

export const envOf = ({ address }: Host): Record<string, string> => ({
  EPHEMERAL_PIPE: address.pipe,
  EPHEMERAL_SECRET: address.secret,
});

/** The value that `share` of all are at most. */
export function percentile(values: number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]!;
}

/** What a run measured, for whoever reads its output. */
export function report(what: string, ms: number[]): void {
  const at = (share: number) => percentile(ms, share).toFixed(2);
  console.log(
    `${what}: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms (${ms.length} times)`,
  );
}
