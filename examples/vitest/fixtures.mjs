import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';

export const test = base.extend(brokerFixtures).extend(
  leased({
    customer: 'customers',
    port: 'ports',
    // One for all the tests of a file.
    admin: { pool: 'admins', scope: 'file' },
  }),
);
