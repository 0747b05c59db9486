import { expect } from 'vitest';
import { test } from '../fixtures.ts';
import { refusal } from '../shop-front.ts';

const endsSession = { meta: { endsSession: true } };

test('logs out', endsSession, async ({ customer }) => {
  await customer.put('emma', 1);
  await customer.logout();
  expect((await refusal(customer.cart())).message).toBe('not logged in');
});

test('a second login ends the first', endsSession, async ({ account, customer: phone, shop }) => {
  const laptop = await shop.login(account);
  await expect(phone.cart()).rejects.toThrow('logged in elsewhere');
  await laptop.put('dracula', 1);
  expect((await laptop.checkOut(account.password)).status).toBe('paid');
});

test('a wrong password ends no session', async ({ account, customer, shop }) => {
  await customer.put('emma', 1);
  const guess = { ...account, password: 'guess' };
  expect(await refusal(shop.login(guess))).toMatchObject({ status: 403 });
  expect((await customer.cart()).lines).toHaveLength(1);
});
