import { expect } from 'vitest';
import { test } from '../fixtures.ts';
import { refusal } from '../shop-front.ts';

test('takes a tenth off', async ({ account, customer }) => {
  await customer.put('middlemarch', 2);
  await customer.redeem('TENTH');
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).totalCents).toBe(3380 - 338);
});

test('takes it off once', async ({ account, customer }) => {
  await customer.put('emma', 1);
  await customer.redeem('TENTH');
  await customer.redeem('TENTH');
  expect((await customer.cart()).discountCents).toBe(99);
  expect((await customer.checkOut(account.password)).discountCents).toBe(99);
});

test('refuses a voucher that it does not know', async ({ account, customer }) => {
  await customer.put('dracula', 1);
  expect((await refusal(customer.redeem('HALF'))).message).toBe('no such voucher');
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).discountCents).toBe(0);
});
