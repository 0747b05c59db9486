// Polls every millisecond; there is no server, the address is the file.
import { writeFileSync } from 'node:fs';
import lockfile from 'proper-lockfile';

export const clientModule = 'proper-lockfile';

export async function startServer(dir) {
  const address = `${dir}/locked`;
  writeFileSync(address, '');
  return { address, stop() {} };
}

export async function connect(address) {
  const retries = { retries: 1e6, factor: 1, minTimeout: 1, maxTimeout: 1 };
  return { lock: () => lockfile.lock(address, { retries }) };
}
