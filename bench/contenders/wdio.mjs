// Its pool is the lock: one resource, taken and put back; an empty pool is asked again after 1 ms.
import Service, {
  addValueToPool,
  getValue,
  getValueFromPool,
  launcher,
  setResourcePool,
  setValue,
} from '@wdio/shared-store-service';

export const clientModule = '@wdio/shared-store-service';

export async function startServer() {
  const capabilities = { browserName: 'none' };
  const server = new launcher();
  await server.onPrepare({}, [capabilities]);
  await setResourcePool('lock', [1]);
  return { address: capabilities, stop: () => server.onComplete() };
}

export async function connect(capabilities) {
  new Service({}, capabilities);
  return {
    get: getValue,
    set: setValue,
    async lock(name) {
      for (;;) {
        try {
          const value = await getValueFromPool(name, { timeout: 1 });
          return () => addValueToPool(name, value);
        } catch {
          // The answer to an empty pool is not JSON.
        }
      }
    },
  };
}
