import { expect } from 'vitest';
import { test } from '../fixtures.ts';
import { refusal } from '../shop-front.ts';

test('takes a book out of the cart', async ({ account, customer }) => {
  await customer.put('emma', 1);
  await customer.put('dracula', 1);
  await customer.put('emma', 0);
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).lines).toMatchObject([{ book: 'dracula' }]);
});

test('changes how many copies it wants', async ({ account, customer }) => {
  await customer.put('moby-dick', 5);
  await customer.put('moby-dick', 2);
  expect((await customer.cart()).lines).toMatchObject([{ quantity: 2, cents: 2 * 1490 }]);
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).lines).toMatchObject([{ quantity: 2 }]);
});

test('cannot check out an empty cart', async ({ account, customer }) => {
  await customer.put('emma', 1);
  await customer.put('emma', 0);
  expect((await refusal(customer.checkOut(account.password))).message).toBe('the cart is empty');
  expect((await customer.cart()).totalCents).toBe(0);
});
