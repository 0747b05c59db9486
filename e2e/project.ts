import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from './installation.ts';
import type { JournalEvent } from './journal.ts';

export type Env = Record<string, string | undefined>;

/** A runner that was started. */
export interface Started {
  child: ChildProcess;
  /** What it has printed so far. */
  output: string;
  /** Its exit code; null where a signal ended it. */
  ended: Promise<number | null>;
}

/** A copy of one of `e2e/projects` or of the examples, in an installation. */
export class Project {
  readonly directory: string;
  readonly installation: Installation;
  readonly #children = new Set<ChildProcess>();

  constructor(directory: string, installation: Installation) {
    this.directory = directory;
    this.installation = installation;
  }

  static async copy<P extends Project>(
    this: new (
      directory: string,
      installation: Installation,
    ) => P,
    name: string,
    installation: Installation,
  ): Promise<P> {
    const parent = join(installation.directory, 'projects');
    await mkdir(parent, { recursive: true });
    const directory = await mkdtemp(join(parent, `${name.replaceAll(/\W+/g, '-')}-`));
    const source = name.startsWith('examples/') ? `../${name}` : `projects/${name}`;
    await cp(join(import.meta.dirname, source), directory, {
      recursive: true,
      filter: (file) => !file.endsWith('node_modules'),
    });
    return new this(directory, installation);
  }

  /** The files of another of `e2e/projects`, too. */
  async add(name: string): Promise<void> {
    await cp(join(import.meta.dirname, 'projects', name), this.directory, { recursive: true });
  }

  /** The runner, as a child process that is left to run. */
  start(args: string[], env: Env = {}): Started {
    const { node, command, runner } = this.installation;
    // These give their workers FORCE_COLOR, and Node warns of both.
    const colours = ['playwright', 'wdio'].includes(runner) ? { NO_COLOR: undefined } : {};
    const child = spawn(node, [command, ...args], {
      cwd: this.directory,
      env: { ...environment(), ...colours, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, to which a signal can be sent as a terminal sends it.
      detached: true,
    });
    this.#children.add(child);
    child.on('close', () => this.#children.delete(child));
    const started: Started = {
      child,
      output: '',
      ended: new Promise((resolve) => child.on('close', resolve)),
    };
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text) => {
        started.output += text;
      });
    }
    return started;
  }

  /** What a terminal does at Ctrl-C: all processes of the run that are still there get the signal. */
  static interrupt({ child }: Started): void {
    if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGINT');
  }

  file(name: string): Promise<string> {
    return readFile(join(this.directory, name), 'utf8');
  }

  /** The events that the broker wrote when it stopped. */
  async journal(): Promise<JournalEvent[]> {
    const lines = (await this.file('journal.jsonl')).trim().split('\n');
    return lines.slice(1).map((line) => JSON.parse(line));
  }

  /** Ends what was started here and still runs, too. */
  remove(): Promise<void> {
    for (const { pid, exitCode, signalCode } of this.#children) {
      if (exitCode === null && signalCode === null) process.kill(-pid!, 'SIGKILL');
    }
    return rm(this.directory, { recursive: true });
  }
}

/** Ours, without what the Vitest that runs us has added to it. */
export function environment(): NodeJS.ProcessEnv {
  const env = { ...process.env, NO_COLOR: '1' } as NodeJS.ProcessEnv;
  for (const name of Object.keys(env)) {
    if (
      /^(VITEST|WDIO_|TEST$|NODE_ENV$|EPHEMERAL_|FORCE_COLOR|DEV$|PROD$|MODE$|BASE_URL|SSR$)/.test(
        name,
      )
    ) {
      delete env[name];
    }
  }
  return env;
}
