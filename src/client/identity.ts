import type { Identity } from '../protocol/messages.ts';

/** The variable in which each runner tells its workers which one they are. */
const WORKER_VARIABLES = {
  vitest: 'VITEST_POOL_ID',
  jest: 'JEST_WORKER_ID',
  playwright: 'TEST_PARALLEL_INDEX',
  wdio: 'WDIO_WORKER_ID',
};

/** Who this process is, as far as its environment tells. */
export function ownIdentity(env: NodeJS.ProcessEnv): Identity {
  const { pid } = process;
  for (const [runner, variable] of Object.entries(WORKER_VARIABLES)) {
    const worker = env[variable];
    if (worker) return { runner, worker, pid };
  }
  return { pid };
}
