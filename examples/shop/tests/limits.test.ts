import { expect } from 'vitest';
import { test } from '../fixtures.ts';
import { refusal } from '../shop-front.ts';

test('sells ten copies, and no more', async ({ account, customer }) => {
  await customer.put('emma', 10);
  expect(await refusal(customer.put('emma', 11))).toMatchObject({ status: 422 });
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).lines).toMatchObject([{ quantity: 10 }]);
});

test('does not sell what is out of print', async ({ account, customer }) => {
  await customer.put('emma', 1);
  expect((await refusal(customer.put('villette', 1))).message).toBe('out of print');
  const { lines } = await customer.checkOut(account.password);
  expect(lines).toMatchObject([{ book: 'emma' }]);
});

test('does not sell what it never had', async ({ account, customer }) => {
  await customer.put('dracula', 1);
  expect((await refusal(customer.put('ulysses', 1))).message).toBe('no such book');
  const { lines } = await customer.checkOut(account.password);
  expect(lines).toMatchObject([{ book: 'dracula' }]);
});
