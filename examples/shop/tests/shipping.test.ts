import { expect } from 'vitest';
import { test } from '../fixtures.ts';

test('ships a small order for 3.90', async ({ account, customer }) => {
  await customer.put('moby-dick', 2);
  expect((await customer.cart()).shippingCents).toBe(390);
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).shippingCents).toBe(390);
});

test('ships from 30.00 for nothing', async ({ account, customer }) => {
  await customer.put('moby-dick', 3);
  expect((await customer.cart()).shippingCents).toBe(0);
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).shippingCents).toBe(0);
});

test('ships express for 7.90, however large the order', async ({ account, customer }) => {
  await customer.put('moby-dick', 3);
  await customer.ship('express');
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).shippingCents).toBe(790);
});
