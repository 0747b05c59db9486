import { expect } from 'vitest';
import { test } from '../fixtures.ts';

test('buys a book', async ({ account, customer }) => {
  await customer.put('emma', 1);
  expect((await customer.cart()).totalCents).toBe(990 + 390);
  const { id } = await customer.checkOut(account.password);
  expect(await customer.order(id)).toMatchObject({ status: 'paid', totalCents: 990 + 390 });
});

test('buys three copies', async ({ account, customer }) => {
  await customer.put('dracula', 3);
  expect((await customer.cart()).lines).toMatchObject([{ book: 'dracula', quantity: 3 }]);
  const { id } = await customer.checkOut(account.password);
  expect((await customer.order(id)).totalCents).toBe(3 * 1250);
});

test('buys two different books', async ({ account, customer }) => {
  await customer.put('emma', 1);
  await customer.put('middlemarch', 1);
  const { id } = await customer.checkOut(account.password);
  const { lines } = await customer.order(id);
  expect(lines.map(({ title }) => title)).toEqual(['Emma', 'Middlemarch']);
});
