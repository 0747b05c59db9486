import { describe, expect } from 'vitest';
import { test } from './fixtures.mjs';

// Declared: the wait for a customer is outside of each test's timeout (Vitest 4.1 and later).
describe('checkout', { meta: { lease: { customer: 'customers' } } }, () => {
  for (const card of ['visa', 'giro']) {
    test(`pays by ${card}`, ({ broker }) => {
      expect(broker.leased.customer.user).toMatch(/^(anna|ben|cleo)$/);
    });
  }
});
