import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    shopUrl: string;
  }
}

/** One shop for all workers. */
export default async function startShop(project: TestProject): Promise<() => Promise<void>> {
  const server = fork(fileURLToPath(new URL('./server.mjs', import.meta.url)));
  const closed = once(server, 'exit');
  const [first] = await Promise.race([once(server, 'message'), closed]);
  if (!first?.url) throw new Error(`The shop did not open: its process ended with ${first}.`);
  project.provide('shopUrl', first.url);
  return async () => {
    if (server.connected) server.disconnect();
    await closed;
  };
}
