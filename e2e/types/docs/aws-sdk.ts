import { brokerFixtures } from 'ephemeral-broker/vitest';
import { test as base } from 'vitest';

const extended = base.extend(brokerFixtures);

declare global {
  const test: typeof extended;
}
