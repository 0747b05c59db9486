import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** One shop for all workers, which find it by `SHOP_URL`. */
export default async function startShop() {
  const server = fork(fileURLToPath(new URL('./server.mjs', import.meta.url)));
  const closed = once(server, 'exit');
  const [first] = await Promise.race([once(server, 'message'), closed]);
  if (!first?.url) throw new Error(`The shop did not open: its process ended with ${first}.`);
  process.env.SHOP_URL = first.url;
  return async () => {
    const logins = await (await fetch(`${first.url}/logins`)).text();
    console.log(`The shop saw ${logins} logins.`);
    server.disconnect();
    await closed;
  };
}
