import { expect } from 'vitest';
import { test } from '../fixtures.ts';
import { refusal } from '../shop-front.ts';

test('finds the order in the list', async ({ account, customer }) => {
  await customer.put('emma', 2);
  const { id } = await customer.checkOut(account.password);
  expect((await customer.orders()).map((order) => order.id)).toContain(id);
});

test('cancels an order', async ({ account, customer }) => {
  await customer.put('dracula', 1);
  const { id } = await customer.checkOut(account.password);
  await customer.cancel(id);
  expect((await customer.order(id)).status).toBe('cancelled');
});

test('cannot cancel an order twice', async ({ account, customer }) => {
  await customer.put('moby-dick', 1);
  const { id } = await customer.checkOut(account.password);
  await customer.cancel(id);
  expect((await refusal(customer.cancel(id))).message).toBe('already cancelled');
});
