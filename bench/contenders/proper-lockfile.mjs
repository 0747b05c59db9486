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
  // Not a large number of retries: a list of that length would be made and sorted for every lock.
  const retries = { forever: true, retries: 1, factor: 1, minTimeout: 1, maxTimeout: 1 };
  return { lock: () => lockfile.lock(address, { retries }) };
}
