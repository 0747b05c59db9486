import type { Rooted } from './jest.ts';

/** Jest's `globalTeardown`: stops the broker. */
export default async function globalTeardown(
  globalConfig: Rooted,
  projectConfig: Rooted,
): Promise<void> {
  const { tearDown } = await import('./jest.ts');
  await tearDown(globalConfig, projectConfig);
}
