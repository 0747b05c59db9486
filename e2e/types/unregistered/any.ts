import { brokerFixtures, leased } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';

const test = base.extend(brokerFixtures).extend(leased({ account: 'whatever' }));

test('any pool, any value', { meta: { lease: { ours: 'anything' } } }, async ({
  account,
  broker,
}) => {
  account.anything.goes;
  broker.leased.ours.anything.goes;
  (await broker.lease('more')).value.anything.goes;
});
