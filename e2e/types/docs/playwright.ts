import { test as base } from '@playwright/test';
import { brokerFixtures, type leased as lease, type TestBroker } from 'ephemeral-broker/playwright';

const extended = base.extend(brokerFixtures);

declare global {
  const broker: TestBroker;
  const leased: typeof lease;
  const test: typeof extended;
  /** Of Node, whose types this program has not. */
  const process: { env: Record<string, string | undefined> };
}
