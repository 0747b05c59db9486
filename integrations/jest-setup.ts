import type { Rooted } from './jest.ts';

/** Jest's `globalSetup`: starts the broker, and makes it known to all workers. */
export default async function globalSetup(
  globalConfig: Rooted,
  projectConfig: Rooted,
): Promise<void> {
  const { setUp } = await import('./jest.ts');
  await setUp(globalConfig, projectConfig);
}
