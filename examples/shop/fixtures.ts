import { basename } from 'node:path';
import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base, inject } from 'vitest';
import { accounts } from './accounts.mjs';
import { ShopFront } from './shop-front.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Said by a test that leaves its account with another session, or with none. */
    endsSession?: boolean;
    /** Told to the demo: how often the test logged in, and how long it took to have its customer. */
    logins?: number;
    loginMs?: number;
  }
}

export const test = base
  .extend('shop', ({ task }, { onCleanup }) => {
    const shop = new ShopFront(inject('shopUrl'), `"${task.name}" (${basename(task.file.name)})`);
    onCleanup(() => {
      task.meta.logins = shop.logins;
    });
    return shop;
  })
  .extend(brokerFixtures)
  .extend(leased({ account: 'accounts' }))
  .extend('logIn', ({ account, shop }) => {
    return () => shop.login(account);
  })
  .extend('customer', async ({ logIn, task }) => {
    const started = performance.now();
    const customer = await logIn();
    task.meta.loginMs = performance.now() - started;
    return customer;
  });

// Where no broker runs: by worker, as suites do that have nothing better.
if (!process.env.EPHEMERAL_PIPE) {
  test.override('account', () => accounts[Number(process.env.VITEST_POOL_ID) % accounts.length]);
}

// One login for each account. Who leases the account is alone with its session, too.
if (process.env.SHOP_LOGIN === 'once') {
  test.override('logIn', ({ account, broker, shop, task }) => async () => {
    const key = `login:${account.name}`;
    const cookie = await broker.once(key, async () => (await shop.login(account)).cookie);
    if (task.meta.endsSession) await broker.del(key);
    const customer = shop.resume(cookie);
    await customer.empty(); // the cart is as the test before left it
    return customer;
  });
}
