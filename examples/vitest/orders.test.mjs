import { describe, expect } from 'vitest';
import { test } from './fixtures.mjs';

describe('orders', () => {
  for (const book of ['Emma', 'Ulysses', 'Middlemarch', 'Dracula']) {
    test(`a customer orders ${book}`, async ({ customer, broker }) => {
      const number = await broker.incr('order-number'); // unique among all workers
      await broker.set(`order:${number}`, { book, by: customer.user }, { ttl: '1m' });
      expect(await broker.get(`order:${number}`)).toEqual({ book, by: customer.user });
    });
  }

  test('another orders Emma, too', async ({ broker }) => {
    await broker.withLease('customers', async (customer) => {
      const number = await broker.incr('order-number');
      await broker.set(`order:${number}`, { book: 'Emma', by: customer.user }, { ttl: '1m' });
    });
  });
});
