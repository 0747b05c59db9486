import { jest } from '@jest/globals';
import { BrokerError } from 'ephemeral-broker';
import { broker as imported } from 'ephemeral-broker/jest';

const lease = await broker.lease('accounts');

test('ES modules have it, too', async () => {
  expect(imported).toBe(broker);
  expect(lease.held).toBe(true);
  await expect(broker.lease('acounts')).rejects.toThrow(BrokerError);
  expect(jest).toBeDefined();
});
