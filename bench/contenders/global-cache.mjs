// It has no `set`: the first `get` computes the value.
import { globalCache } from '@vitalets/global-cache';
import { value } from '../value.mjs';

export const clientModule = '@vitalets/global-cache';

export async function startServer() {
  const { storageServer } = await import('@vitalets/global-cache/server');
  await storageServer.start();
  return { address: `http://localhost:${storageServer.port}`, stop: () => storageServer.stop() };
}

export async function connect(serverUrl) {
  globalCache.defineConfig({ serverUrl });
  return { get: (key) => globalCache.get(key, () => value) };
}
