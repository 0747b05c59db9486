import { expect } from 'vitest';
import { test } from '../fixtures.ts';
import { refusal } from '../shop-front.ts';

test('refuses a wrong password at the till', async ({ customer }) => {
  await customer.put('emma', 1);
  expect(await refusal(customer.checkOut('guess'))).toMatchObject({ status: 403 });
  expect((await customer.cart()).lines).toHaveLength(1);
});

test('pays at the second try', async ({ account, customer }) => {
  await customer.put('dracula', 1);
  await refusal(customer.checkOut('guess'));
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).status).toBe('paid');
});

test('empties the cart when it is paid', async ({ account, customer }) => {
  await customer.put('middlemarch', 1);
  await customer.checkOut(account.password);
  expect(await customer.cart()).toMatchObject({ lines: [], totalCents: 0 });
});
