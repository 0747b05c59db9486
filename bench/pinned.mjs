import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

const STEP_TIMEOUT_MS = 30_000;

/** The cores to measure on: the last that this process may use, and the last two. */
const allowed = allowedCores();
export const pinning =
  spawnSync('taskset', ['--version']).error || !allowed
    ? undefined
    : { 1: `${allowed.at(-1)}`, 2: allowed.slice(-2).join(',') };

/** A process of the bench, pinned to so many cores. `ask` sends it a message and gives its answer. */
export class Child {
  #process;
  #answer = { resolve() {}, reject() {} };
  #stderr = '';

  constructor(cores) {
    const node = [process.execPath, new URL('./child.mjs', import.meta.url).pathname];
    const [command, ...args] = pinning ? ['taskset', '-c', pinning[cores], ...node] : node;
    this.#process = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    this.#process.stderr.on('data', (text) => {
      this.#stderr = (this.#stderr + text).slice(-2000);
    });
    this.#process.on('message', (message) => {
      if (message.error) this.#answer.reject(Object.assign(new Error(), message.error));
      else this.#answer.resolve(message);
    });
    this.#process.on('error', (error) => this.#answer.reject(error));
    this.#process.on('exit', (code, signal) => {
      const last = this.#stderr.trim().split('\n').at(-1);
      this.#answer.reject(new Error(`a process ended with ${signal ?? code}: ${last}`));
    });
  }

  ask(message) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no answer in 30 s')), STEP_TIMEOUT_MS);
      const settled = (settle) => (result) => {
        clearTimeout(timer);
        settle(result);
      };
      this.#answer = { resolve: settled(resolve), reject: settled(reject) };
      this.#process.send(message, (error) => error && this.#answer.reject(error));
    });
  }

  /** Lets a server clean up; kills whatever is left. */
  async stop(gently) {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.#answer = { resolve() {}, reject() {} };
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), 1_000);
    if (gently && this.#process.connected) this.#process.send({ stop: true }, () => {});
    else this.#process.kill('SIGKILL');
    await gone;
    clearTimeout(timer);
  }
}

function allowedCores() {
  try {
    const list = readFileSync('/proc/self/status', 'utf8').match(/Cpus_allowed_list:\s*(\S+)/)[1];
    return list.split(',').flatMap((range) => {
      const [from, to = from] = range.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
  } catch {
    return Array.from({ length: availableParallelism() }, (_, i) => i);
  }
}
