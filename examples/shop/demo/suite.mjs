import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** @typedef {import('./reporter.mjs').Result} Result */
/** @typedef {{ tests: Result[], others: string[], seconds: number, output: string, code: number }} Run */

export const SHOP = fileURLToPath(new URL('..', import.meta.url));
const VITEST = join(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs');

/**
 * `vitest run` with that config, as one would type it, in a process of its own. Throws where Vitest
 * did not come to its end.
 *
 * @param {string} config
 * @param {string} directory For what the run writes.
 * @param {Record<string, string>} [env] More of the environment.
 * @returns {Promise<Run>}
 */
export async function runSuite(config, directory, env = {}) {
  const results = join(directory, 'results.json');
  rmSync(results, { force: true });
  const started = performance.now();
  const vitest = spawn(
    process.execPath,
    [VITEST, 'run', '--config', config, '--reporter', './demo/reporter.mjs'],
    {
      cwd: SHOP,
      env: { ...environment(results, directory), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [vitest.stdout, vitest.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  const kill = () => vitest.kill();
  process.once('exit', kill);
  const code = await new Promise((resolve, reject) => {
    vitest.once('error', reject).once('close', (code) => resolve(code ?? 1));
  });
  process.off('exit', kill);
  const seconds = (performance.now() - started) / 1000;
  try {
    const { tests, others } = JSON.parse(readFileSync(results, 'utf8'));
    return { tests, others, seconds, output, code };
  } catch {
    throw new Error(`Vitest ended (${code}) without results:\n${output}`);
  }
}

/** @param {Run} run */
export const failed = ({ tests }) => tests.filter(({ passed }) => !passed);

/**
 * Failed because another test logged in with its account, and for no other reason.
 *
 * @param {Result} result
 */
export const collided = ({ passed, errors }) =>
  !passed && errors.length > 0 && errors.every(({ name }) => name === 'LoggedInElsewhere');

/** @param {string} directory */
export const journalIn = (directory) => join(directory, 'journal.jsonl');

/**
 * Ours, without a broker that may be running around us, and with a login per test.
 *
 * @param {string} results @param {string} directory
 */
function environment(results, directory) {
  const { EPHEMERAL_PIPE, EPHEMERAL_SECRET, EPHEMERAL_BROKER_CONFIG, SHOP_LOGIN, ...rest } =
    process.env;
  return { ...rest, SHOP_RESULTS: results, EPHEMERAL_JOURNAL: journalIn(directory) };
}
