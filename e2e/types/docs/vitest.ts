import { brokerFixtures, type leased as lease, type TestBroker } from 'ephemeral-broker/vitest';
import { test as base, type describe as suite } from 'vitest';

const extended = base.extend(brokerFixtures);

declare global {
  const broker: TestBroker;
  const leased: typeof lease;
  const test: typeof extended;
  const describe: typeof suite;
}
